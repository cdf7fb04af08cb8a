"""The words by which somebody ends text messages, or wants them again.

Source: https://support.twilio.com/hc/en-us/articles/223134027 (default keywords); 수신거부 is what people in Korea
answer with.
"""

from __future__ import annotations

import unicodedata

STOP = frozenset({
    "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "optout", "revoke", "수신거부", "수신 거부", "문자거부",
})  # fmt: skip
START = frozenset({"start", "unstop", "yes", "수신동의", "수신 동의"})
# Their network ends texts at these, but whoever writes them may mean their order: a person reads them too.
DOUBTFUL = frozenset({"cancel", "yes", "end"})


def word_of(text: str) -> str:
    """The text as these words are compared: one line, small letters, no marks around it."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


def is_stop(text: str) -> bool:
    """Whether somebody wants no more texts: the word stands alone."""
    return word_of(text) in STOP


def is_start(text: str) -> bool:
    """Whether somebody wants texts again."""
    return word_of(text) in START


def is_all_said(text: str) -> bool:
    """Whether nobody needs to read it: it can mean nothing else."""
    return (is_stop(text) or is_start(text)) and word_of(text) not in DOUBTFUL
