"""What is decided about conversations."""

from __future__ import annotations

from doorstep.base.states import Machine
from doorstep.inbox.values import ConversationState as S

CONVERSATIONS = Machine(
    "conversation",
    {
        S.OPEN: frozenset({S.PENDING, S.SNOOZED, S.RESOLVED}),
        S.PENDING: frozenset({S.OPEN, S.SNOOZED, S.RESOLVED}),
        S.SNOOZED: frozenset({S.OPEN, S.PENDING, S.RESOLVED}),
        S.RESOLVED: frozenset({S.OPEN, S.PENDING}),
    },
)


def reply_subject(subject: str) -> str:
    """The subject of an answer; one "Re:" is enough.  Source: RFC 5322, 3.6.5."""
    plain = subject.strip()
    return plain if plain[:3].lower() == "re:" else f"Re: {plain}".strip()
