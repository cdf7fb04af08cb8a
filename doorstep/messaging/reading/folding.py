"""What is new in an answer.

Every line gets a letter for what it looks like; then the first place is sought where somebody else's mail begins. What stands
before it is the answer. Where nothing stands before, or the quoted lines are answered one by one, the answers are kept.
Source: the approach of https://github.com/discourse/email_reply_trimmer, by whose 64 mails it is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.messaging.reading import phrases

TEXT, EMPTY, QUOTE, NAMED, DELIMITER, MACHINE = "t", "e", "q", "n", "d", "s"
MOST_LINES = 5_000
MOST_LINE = 400
ATTRIBUTION_LINES = 7
SIGNATURE_LINES = 12
DELIMITED_LINES = 3


@dataclass(frozen=True, slots=True)
class _Break:
    """Lines that announce somebody else's mail: an attribution, a marker, a block of headers."""

    start: int
    end: int


def fold(text: str) -> tuple[str, str]:
    """The text without quotes and signature, and what was folded away.

    Answers between or below quoted lines are kept; between them the quoted lines are too, for an answer means nothing
    without its question.
    """
    lines = text.split("\n")
    head, rest = lines[:MOST_LINES], lines[MOST_LINES:]
    kept = set(_kept(head, [_look(line) for line in _fenced(head)]))
    fresh = "\n".join(line for at, line in enumerate(head) if at in kept)
    away = [line for at, line in enumerate(head) if at not in kept]
    return fresh.strip(), "\n".join([*away, *rest]).strip("\n")


def _fenced(lines: list[str]) -> list[str]:
    """The lines with what stands between code fences made plain, so that nothing in code looks like a quote."""
    marks = [at for at, line in enumerate(lines) if phrases.FENCE.match(line)]
    plain = list(lines)
    for opened, closed in zip(marks[::2], marks[1::2], strict=False):
        plain[opened : closed + 1] = ["code"] * (closed + 1 - opened)
    return plain


def _look(line: str) -> str:
    line = line[:MOST_LINE]
    if phrases.EMPTY.match(line):
        return EMPTY
    if phrases.QUOTE.match(line):
        return QUOTE
    if phrases.NAMED_QUOTE.match(line):
        return NAMED
    if phrases.DELIMITER.match(line):
        return DELIMITER
    return MACHINE if phrases.MACHINE_LINE.match(line) else TEXT


def _kept(lines: list[str], looks: list[str]) -> list[int]:
    """The numbers of the lines that are new."""
    start, end = 0, _without_signature(lines, looks, 0, len(lines))
    while found := _find_break(lines, looks, start, end):
        if TEXT in looks[start : found.start]:
            return _before(lines, looks, start, end, found)
        after = _quoted_until(looks, found.end, end)
        if after > found.end and TEXT not in looks[after:end]:
            return []
        start = after
    while (last := _before_quote(looks, start, end)) < end:
        end = _without_signature(lines, looks, start, last)
    return list(range(start, end))


def _before(lines: list[str], looks: list[str], start: int, end: int, found: _Break) -> list[int]:
    """The answer above a break, and what answers below it line by line."""
    after = _quoted_until(looks, found.end, end)
    above = list(range(start, _without_signature(lines, looks, start, found.start)))
    if after == found.end or TEXT not in looks[after:end]:
        return above
    while (last := _before_quote(looks, after, end)) < end:
        end = _without_signature(lines, looks, after, last)
    below = list(range(found.end, after))
    at = after
    while following := _find_break(lines, looks, at, end):
        if following.start == following.end:  # an attribution within quoted lines: they stay with their answers
            until = _quoted_until(looks, following.end, end)
            below += range(at, until)
            at = until
            continue
        below += range(at, following.start)
        at = following.end
        if _quoted_until(looks, at, end) == at:
            end = at
    return [*range(start, found.start), *below, *range(at, end)]


def _find_break(lines: list[str], looks: list[str], start: int, end: int) -> _Break | None:
    for at in range(start, end):
        found = None
        if looks[at] in (TEXT, DELIMITER):
            found = _break_at(lines, looks, at, end)
        elif looks[at] == QUOTE and TEXT not in looks[start:at]:
            found = _break_at(lines, looks, at, end)
            if found:
                return _Break(at, at)
        if found:
            return found
    return None


def _break_at(lines: list[str], looks: list[str], at: int, end: int) -> _Break | None:
    if phrases.MARKER.match(lines[at][:MOST_LINE]):
        return _Break(at, _headers_until(lines, looks, at + 1, end, needed=2) or at + 1)
    until = _attribution_until(lines, looks, at, end)
    if until:
        return _Break(at, until)
    if looks[at] == TEXT:
        until = _headers_until(lines, looks, at, end, needed=3)
    return _Break(at, until) if until else None


def _attribution_until(lines: list[str], looks: list[str], at: int, end: int) -> int:
    """Where an attribution that begins here ends: it may be wrapped over lines, even over empty ones.  0: there is none."""
    first = lines[at][:MOST_LINE]
    if phrases.BARE_ATTRIBUTION.match(first):
        return at + 1
    leads = bool(phrases.ATTRIBUTION_LEAD.match(first))
    if not leads and not phrases.NAMED_LEAD.search(first):
        return 0
    whole = ""
    for until in range(at, min(end, at + (ATTRIBUTION_LINES if leads else 3))):
        line = lines[until][:MOST_LINE] if until > at else first
        open_angle = whole.count("<") > whole.count(">")
        if looks[until] == QUOTE and looks[at] != QUOTE and not open_angle:
            return 0
        whole = f"{whole} {line.strip() if open_angle else line.strip(' >') if until > at else line}"
        if phrases.BARE_ATTRIBUTION.match(whole.strip()):
            return until + 1
        if phrases.ATTRIBUTION_END.search(whole) and phrases.WROTE.search(whole):
            dated, addressed = phrases.DATED.search(whole), phrases.ADDRESSED.search(whole)
            return until + 1 if dated or addressed else 0
        if (
            leads
            and whole.rstrip().endswith(">:")
            and phrases.DATED.search(whole)
            and _is_quote_next(looks, until + 1, end)
        ):
            return until + 1
    return 0


def _is_quote_next(looks: list[str], at: int, end: int) -> bool:
    return next((look for look in looks[at:end] if look != EMPTY), "") == QUOTE


def _headers_until(lines: list[str], looks: list[str], at: int, end: int, *, needed: int) -> int:
    """Where a block of mail headers that begins here ends; 0 if there is none."""
    while at < end and looks[at] == EMPTY:
        at += 1
    found, sender, last, missed = 0, False, at, 0
    for here in range(at, min(end, at + 14)):
        line = lines[here][:MOST_LINE]
        if phrases.HEADER.match(line):
            found, last, missed = found + 1, here + 1, 0
            sender = sender or bool(phrases.FROM_HEADER.match(line))
        elif looks[here] == EMPTY:
            if found >= needed:
                break
        else:
            missed += 1
            if missed > 1 or not found:
                break
    if found < needed or not sender:
        return 0
    wrapped = last < end and looks[last] == TEXT and last + 1 < end and looks[last + 1] == EMPTY
    return last + 1 if wrapped and needed < 3 else last


def _quoted_until(looks: list[str], at: int, end: int) -> int:
    """Where quoted lines that begin here end; a line that lost its mark between two of them is quoted too."""
    until = at
    for here in range(at, end):
        if looks[here] == QUOTE:
            until = here + 1
        elif looks[here] != EMPTY and (here + 1 >= end or looks[here + 1] != QUOTE or looks[here - 1] != QUOTE):
            break
    return until


def _before_quote(looks: list[str], start: int, end: int) -> int:
    """Where the text ends when quoted lines close it; `end` if none do, or if nothing stands above them."""
    at = end
    while at > start and looks[at - 1] in (QUOTE, NAMED, EMPTY):
        at -= 1
    return at if at < end and {QUOTE, NAMED} & set(looks[at:end]) and TEXT in looks[start:at] else end


def _without_signature(lines: list[str], looks: list[str], start: int, end: int) -> int:
    """Where the text ends without its signatures, mobile lines, delimiters and empty lines."""
    while (at := _signature_at(lines, looks, start, _without_tail(looks, start, end))) is not None:
        end = at
    return _without_tail(looks, start, end)


def _signature_at(lines: list[str], looks: list[str], start: int, end: int) -> int | None:
    """Where a signature begins with which the text ends; None if there is none."""
    for at in range(end - 1, start - 1, -1):
        under = sum(look != EMPTY for look in looks[at + 1 : end])
        if under > SIGNATURE_LINES or QUOTE in looks[at:end]:
            return None
        if looks[at] == DELIMITER and TEXT in looks[start:at]:
            return at if under <= DELIMITED_LINES or phrases.SIGNATURE.match(lines[at]) else None
        if phrases.SIGNATURE.match(lines[at]) and TEXT in looks[start:at]:
            return at
    return None


def _without_tail(looks: list[str], start: int, end: int) -> int:
    while end > start and looks[end - 1] in (EMPTY, DELIMITER, MACHINE):
        end -= 1
    return end
