"""Decisions about parcels that need no database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from doorstep.shipping.port import Rate
from doorstep.shipping.values import Said, TrackingStatus

LIGHTEST_G = 100
HEAVIEST_KEPT_G = 10**9  # a product that somebody mistyped must not keep its order from being packed
SATURDAY = 5
_HANGUL = re.compile("[\\u1100-\\u11ff\\u3130-\\u318f\\uac00-\\ud7af]")

# How far along a parcel is; decides between events of the same moment.
STAGE = {
    TrackingStatus.UNKNOWN: 0,
    TrackingStatus.PRE_TRANSIT: 1,
    TrackingStatus.IN_TRANSIT: 2,
    TrackingStatus.DELAYED: 3,
    TrackingStatus.EXCEPTION: 4,
    TrackingStatus.OUT_FOR_DELIVERY: 5,
    TrackingStatus.ATTEMPT_FAILED: 6,
    TrackingStatus.AVAILABLE_FOR_PICKUP: 7,
    TrackingStatus.DELIVERED: 8,
    TrackingStatus.RETURN_TO_SENDER: 9,
    TrackingStatus.CANCELLED: 10,
    TrackingStatus.EXPIRED: 11,
}


def status_after(
    events: Iterable[tuple[datetime, str]], *, heard: Iterable[datetime] | None = None
) -> tuple[datetime, TrackingStatus] | None:
    """Where a parcel is, by everything its carrier told; None when nothing said.

    The answer is the same in whatever order the events came: they count by their own time, events without a status keep
    the former, those with a code that nobody knows say nothing where others do, and what was delivered stays so unless it later
    went back to its sender.
    Shapes: (time, status or "") each.  `heard`: when it was heard of each; one that is dated later counts as of then, else it would
    stay the newest until its day comes, whatever is scanned before.
    """
    told = list(events)
    known_by = [at for at, _ in told] if heard is None else list(heard)
    said = [(min(at, by), at, TrackingStatus(s)) for (at, s), by in zip(told, known_by, strict=True) if s]
    known = [event for event in said if event[2] is not TrackingStatus.UNKNOWN]
    now: tuple[datetime, TrackingStatus] | None = None
    for _, at, status in sorted(known or said, key=lambda e: (e[0], e[1], STAGE[e[2]])):
        event = (at, status)
        delivered = now is not None and now[1] == TrackingStatus.DELIVERED
        if not delivered or event[1] == TrackingStatus.RETURN_TO_SENDER:
            now = event
    return now


def words_for(language: str, *, description: str, words: Mapping[str, str]) -> Said:
    """A carrier's words of an event for a reader: in their language where the carrier has such words, else as they came.

    `description`: the event's own text, if any, whose language only Hangul tells.  `words`: what the carrier calls such events, by
    language.
    """
    own = "ko" if _HANGUL.search(description) else ""
    is_readable = bool(description) and (own == "ko") == (language == "ko")
    if not is_readable and words.get(language):
        return Said(words[language], language)
    return Said(description, own)


def weight_of(contents: Iterable[tuple[int, int]]) -> int:
    """What a parcel weighs.  Units: grams; (grams per unit, units) in, never less than a carrier accepts, nor more than is kept."""
    return min(max(LIGHTEST_G, sum(weight_g * qty for weight_g, qty in contents)), HEAVIEST_KEPT_G)


def cheapest(rates: Sequence[Rate]) -> Rate | None:
    """The service to buy: least money, then fewest days; None when no service takes the parcel."""
    return min(rates, key=lambda r: (r.price.minor, r.transit_days is None, r.transit_days or 0, r.service), default=None)


def search_text(*words: str) -> str:
    """What a person may type to find a parcel."""
    return " ".join(dict.fromkeys(word for word in words if word))[:500]


def silence(since: datetime, until: datetime, *, zone: str) -> timedelta:
    """How long nothing was heard of a parcel, Saturdays and Sundays left out.  `zone`: whose clocks begin and end the days."""
    clocks = ZoneInfo(zone)
    start, end = since.astimezone(clocks), until.astimezone(clocks)
    total, at = timedelta(0), start
    while at < end:
        midnight = datetime.combine(at.date() + timedelta(days=1), time(0), tzinfo=clocks)
        stop = min(midnight, end)
        if at.weekday() < SATURDAY:
            total += stop.astimezone(UTC) - at.astimezone(UTC)
        at = stop
    return total
