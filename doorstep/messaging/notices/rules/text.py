"""The little language in which brands write notices: paragraphs, lines, {{variables}}, **bold**, [links](…) and lists.

A line that names a variable of which nothing is known is left out whole, so that no sentence has a hole in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.messaging.notices.rules import sms as lengths
from doorstep.messaging.notices.values import BAD_WORDS, NOTICES, UNKNOWN_VARIABLE, NoticeKind, Way, Words

VARIABLE = re.compile(r"\{\{\s*([a-z_.]{1,40})\s*\}\}")
BRACES = re.compile(r"\{\{.*?\}\}|\{\{|\}\}", re.S)
LONGEST = {"subject": 150, "body": 5_000, "sms": 1_000}
# What is never empty: a line of these alone is always told.
ALWAYS = ("order.name", "brand.name", "tracking.link")
AGAIN = ("order.again",)
COMMON = (*ALWAYS, "customer.name", "brand.email", "order.items", "order.notes", "choices.link")
OF_PARCEL = (
    "tracking.carrier", "tracking.number", "tracking.estimated", "tracking.expected", "tracking.place", "tracking.said",
    "parcel.number", "parcel.count",
)  # fmt: skip
DELAYS = ("delay.reason", "delay.until", "delay.next")
ITEMS = ("delay.items",)
LINKS = ("tracking.link", "choices.link")
# No bracket stands within: else a row of them would be looked through from each one anew.
LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^)\s]+)\)")
JOINERS = "\u200c\u200d"  # what holds letters apart and pictures together: all else that cannot be seen is left out
BLOCKS = ("order.items", *ITEMS)
DELAYED = (NoticeKind.DELAYED_BEFORE_SHIPPING, NoticeKind.DELAY, NoticeKind.EXCEPTION)
OF_ITEMS = (NoticeKind.DELAYED_BEFORE_SHIPPING, NoticeKind.PART_CANCELLED)


def known(kind: NoticeKind) -> tuple[str, ...]:
    """The variables that the texts of a kind may hold."""
    some = COMMON + (OF_PARCEL if NOTICES[kind].of_parcel else ())
    delays = DELAYS if kind in DELAYED else ("delay.next",) if kind in OF_ITEMS else ()
    return some + delays + (AGAIN if kind is NoticeKind.SENT_AGAIN else ()) + (ITEMS if kind in OF_ITEMS else ())


def always(kind: NoticeKind) -> tuple[str, ...]:
    """The variables of a kind that are never empty."""
    return ALWAYS + (AGAIN if kind is NoticeKind.SENT_AGAIN else ())


def check(kind: NoticeKind, *, subject: str, body: str, sms: str) -> tuple[str, str, str]:
    """The three texts as they are kept.  Refuses: nothing written, too much, unknown variables, no line that is always told."""
    texts = {"subject": " ".join(_plain(subject).split()), "body": _plain(body), "sms": _plain(sms)}
    for field, text in texts.items():
        if not text.strip(JOINERS + " \n"):
            raise _bad(field, gettext_noop("There is nothing written yet."))
        if len(text) > LONGEST[field]:
            raise _bad(field, gettext_noop("The text is longer than it may be."))
        _check_variables(kind, field, text)
    for name in VARIABLE.findall(texts["subject"]):
        if name not in always(kind):
            raise _bad("subject", gettext_noop("A subject cannot be left out, so it holds only what is always known."))
    for field in ("body", "sms"):
        if not any(set(VARIABLE.findall(line)) <= set(always(kind)) for line in texts[field].split("\n") if line.strip()):
            raise _bad(field, gettext_noop("One line must hold no variable that may be empty, or nothing could be sent."))
    if lengths.size_of(texts["sms"]).segments > lengths.MOST_PARTS:
        raise _bad("sms", gettext_noop("The text is longer than it may be."))
    return texts["subject"], texts["body"], texts["sms"]


def _check_variables(kind: NoticeKind, field: str, text: str) -> None:
    for braces in BRACES.findall(text):
        found = VARIABLE.fullmatch(braces)
        if found is None or found[1] not in known(kind):
            raise Refused(UNKNOWN_VARIABLE, {"variable": braces[:60], "field": field})
        if found[1] in BLOCKS and field != "body":
            raise _bad(field, gettext_noop("The list of items stands in e-mails only."))
    for line in text.split("\n"):
        if any(name in BLOCKS for name in VARIABLE.findall(line)) and not VARIABLE.fullmatch(line.strip()):
            raise _bad(field, gettext_noop("The list of items needs a line of its own."))


def _bad(field: str, problem: str) -> Refused:
    return Refused(BAD_WORDS, {"field": field, "problem": problem})


def _plain(text: str) -> str:
    """A text with line breaks and spaces of one kind, nothing that cannot be seen, and no margins."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    clean = ["".join(_kept(char) for char in line).rstrip() for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(clean)).strip()


def _kept(char: str) -> str:
    return char if char.isprintable() or char in JOINERS else " " if char.isspace() else ""


def clipped(words: Words) -> Words:
    """Words that nobody looked at yet, no longer than they may be: what would be refused need not be shown whole."""
    most = LONGEST
    return replace(words, subject=words.subject[: most["subject"]], body=words.body[: most["body"]], sms=words.sms[: most["sms"]])


def lines_of(text: str, facts: Mapping[str, str]) -> list[str]:
    """The lines that are told: those whose variables are all known.  Two empty lines never follow each other."""
    told: list[str] = []
    for line in text.split("\n"):
        if any(not facts.get(name) for name in VARIABLE.findall(line)):
            continue
        if line.strip() or (told and told[-1].strip()):
            told.append(line)
    while told and not told[-1].strip():
        told.pop()
    return told


def fill(text: str, facts: Mapping[str, str], *, label: str = "") -> str:
    """A text as it is read: what is known filled in, what is not left out with its line; no marks for looks.

    `label`: what stands before a link on a line of its own.
    """
    filled = []
    for line in lines_of(text, facts):
        alone = VARIABLE.fullmatch(line.strip())
        if label and alone and alone[1] in LINKS:
            filled.append(f"{label}:\n{facts[alone[1]]}")
            continue
        plain = re.sub(r"\[([^\[\]\n]+)\]\(([^)\n]+)\)", r"\1: \2", line).replace("**", "")
        filled.append(VARIABLE.sub(lambda found: facts[found[1]], plain))
    return "\n".join(filled)


def one_line(text: str, facts: Mapping[str, str]) -> str:
    """A subject: on one line."""
    return " ".join(fill(text, facts).split())


def blocks_of(text: str, facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """A text as pieces of a page, in order: ("html", markup), ("items", ""), ("button", address).

    A link on a line of its own becomes a button.  Every value is escaped.
    """
    pieces: list[tuple[str, str]] = []
    for paragraph in "\n".join(lines_of(text, facts)).split("\n\n"):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            alone = VARIABLE.fullmatch(line.strip())
            if alone and alone[1] in (*BLOCKS, *LINKS):
                _flush(pieces, lines, facts)
                pieces.append(_block(alone[1], facts[alone[1]]))
            else:
                lines.append(line)
        _flush(pieces, lines, facts)
    return pieces


def _block(name: str, value: str) -> tuple[str, str]:
    """What stands on a line of its own: the order's items, some items as a list, or a button."""
    if name in ITEMS:
        items = "".join(f"<li>{escape(line.strip().removeprefix('- '))}</li>" for line in value.split("\n") if line.strip())
        return "html", f"<ul>{items}</ul>"
    return ("items", "") if name in BLOCKS else ("button", value)


def _flush(pieces: list[tuple[str, str]], lines: list[str], facts: Mapping[str, str]) -> None:
    told = [line for line in lines if line.strip()]
    lines.clear()
    if not told:
        return
    if all(line.lstrip().startswith("- ") for line in told):
        items = "".join(f"<li>{_inline(line.lstrip()[2:], facts)}</li>" for line in told)
        pieces.append(("html", f"<ul>{items}</ul>"))
    else:
        pieces.append(("html", "<p>" + "<br>".join(_inline(line, facts) for line in told) + "</p>"))


def _inline(line: str, facts: Mapping[str, str]) -> str:
    """A line with its marks as markup.  Values come in last and escaped, so that none of them is read as a mark."""
    marked = escape(line)
    marked = re.sub(r"\*\*([^*\n]+)\*\*", r"<b>\1</b>", marked)
    marked = LINK.sub(lambda found: _link(found[1], found[2], facts), marked)
    return VARIABLE.sub(lambda found: _value(facts[found[1]]), marked)


def _value(value: str) -> str:
    return escape(value).replace("\n", "<br>")


def _link(words: str, target: str, facts: Mapping[str, str]) -> str:
    """A link where its address is one of ours or begins like one; else the words and the address as they stand."""
    variable = VARIABLE.fullmatch(target)
    if variable and variable[1] in LINKS:
        return f'<a href="{escape(facts[variable[1]])}">{words}</a>'
    if re.match(r"https?://|mailto:", target) and "{{" not in target:
        return f'<a href="{target}">{words}</a>'
    return f"{words} ({target})"


def complete(texts: Sequence[str]) -> bool:
    """Whether something is written in every place."""
    return all(text.strip() for text in texts)


def needs(way: Way) -> tuple[str, ...]:
    """Which texts a way uses."""
    return ("subject", "body") if way is Way.MAIL else ("sms",)
