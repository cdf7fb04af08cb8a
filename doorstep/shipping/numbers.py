"""Whose a scan is: carriers use tracking numbers again, after months, for somebody else's parcel.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstep.shipping.port import Scan
from doorstep.shipping.values import Aside, TrackingStatus

# Clocks differ, and a local time may be told by the wrong zone.
EARLIER_BY = timedelta(hours=24)
LATER_BY = timedelta(days=21)
# Who refuses or never collects a parcel sends it back within weeks of its delivery to a shop.
RETURNS_WITHIN = timedelta(days=60)
# A parcel of which nothing was heard for so long has lost its number to another.
FORGOTTEN_AFTER = timedelta(days=75)
ALIKE = 2  # postal codes that begin alike may be of a shop nearby


@dataclass(frozen=True, slots=True)
class Bearer:
    """A parcel that bears a number.  `since`: when it got it; `heard_at`: its newest scan."""

    id: int
    since: datetime
    delivered_at: datetime | None = None
    heard_at: datetime | None = None
    country: str = ""
    postal_code: str = ""
    vouched: bool = False


def owner_of(scan: Scan, bearers: Sequence[Bearer]) -> int | None:
    """Which of the parcels that bear its number a scan is told to: the last that got the number before it, else the first."""
    had_it = [one for one in bearers if one.since - EARLIER_BY <= scan.at]
    if had_it:
        return max(had_it, key=lambda one: (one.since, one.id)).id
    return min(bearers, key=lambda one: (one.since, one.id)).id if bearers else None


def asides(bearer: Bearer, scans: Iterable[Scan]) -> list[Aside | None]:
    """Why each scan is not of this parcel; None for those that are.  The same whatever the order in which they come."""
    told = list(scans)
    if bearer.vouched:
        return [None] * len(told)
    first = [_before(bearer, scan) for scan in told]
    ours = [scan for scan, aside in zip(told, first, strict=True) if aside is None]
    arrivals = [scan.at for scan in ours if scan.status is TrackingStatus.DELIVERED]
    delivered_at = min([*arrivals, *([bearer.delivered_at] if bearer.delivered_at else [])], default=None)
    heard = sorted([bearer.since, *([bearer.heard_at] if bearer.heard_at else []), *(scan.at for scan in ours)])
    return [
        aside or (Aside.LATER if _is_later(scan, delivered_at, heard) else None)
        for scan, aside in zip(told, first, strict=True)
    ]


def _before(bearer: Bearer, scan: Scan) -> Aside | None:
    if scan.at < bearer.since - EARLIER_BY:
        return Aside.EARLIER
    to = scan.goes_to
    if to is None or not to.country or not bearer.country:
        return None
    if to.country.upper() != bearer.country.upper():
        return Aside.ELSEWHERE
    theirs, ours = _begin(to.postal_code), _begin(bearer.postal_code)
    return Aside.ELSEWHERE if theirs and ours and theirs != ours else None


def _is_later(scan: Scan, delivered_at: datetime | None, heard: Sequence[datetime]) -> bool:
    if delivered_at is not None:
        returns = scan.status is TrackingStatus.RETURN_TO_SENDER
        return scan.at > delivered_at + (RETURNS_WITHIN if returns else LATER_BY)
    before = [at for at in heard if at < scan.at]
    return bool(before) and scan.at > max(before) + FORGOTTEN_AFTER


def _begin(postal_code: str) -> str:
    return postal_code.replace(" ", "").casefold()[:ALIKE]
