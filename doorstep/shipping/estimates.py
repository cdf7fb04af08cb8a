"""When a parcel will be there, by how long those before it took on the same way.  Pure.

Time is counted in working days of who delivers, so that a weekend or a holiday moves an estimate and not what was learnt. For each
way a histogram of these days is kept, in which what is older weighs less; a way of which little is known borrows from the coarser
ways around it. The interval is the narrowest that holds a wanted share of the histogram. Days are coarse and the world drifts, so
the share asked of the histogram is moved after every delivery until the share of parcels that really came within it is the one
that is said.  Source: Gibbs and Candès, "Adaptive Conformal Inference Under Distribution Shift" (2021); the borrowing is a
Dirichlet prior whose mean is the coarser way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from doorstep.shipping import holidays

LONGEST_DAYS = 45
SAID = 0.80  # the share of parcels that come within what is said
LATE_BEYOND = 0.95  # slower than so many of those before it: late
STEP = 0.012  # how far one delivery moves the share that is asked of the histogram
LOWEST, HIGHEST = 0.35, 0.99
BORROWED = 6.0  # what the coarser way counts for, in parcels
KEPT = (0.975, 0.985, 0.99, 0.995)  # what is left of a parcel's weight after the next, from the finest way to the coarsest
ENOUGH, FEW = 8.0, 20.0  # parcels, in weight: below the one nothing is said, below the other it is said that they are few
TUNED_FROM = 25  # from so many deliveries on a way asks its own share, else that of the coarser one
DELIVERS_FROM, LEARNT_FROM = 0.03, 40.0  # a weekday with such a share of so many deliveries is one on which they come


GAP_H, LONGEST_GAPS = 12, 40  # silences are counted in halves of working days
SILENT_BEYOND = 0.97  # longer without a scan than so many of those before it


class Certainty(StrEnum):
    """How much stands behind an estimate."""

    USUAL = "usual"
    FEW = "few"


@dataclass(frozen=True, slots=True)
class Lane:
    """What was learnt of one way.  `days`: weight of parcels by working days; `weekdays`: by the day on which they came, Monday
    first; `asked`: the share that the interval is to hold by the histogram; `gaps`: weight by the longest time without a scan."""

    key: str
    days: tuple[float, ...] = (0.0,) * (LONGEST_DAYS + 1)
    weekdays: tuple[float, ...] = (0.0,) * 7
    seen: int = 0
    asked: float = SAID
    gaps: tuple[float, ...] = (0.0,) * (LONGEST_GAPS + 1)

    @property
    def weight(self) -> float:
        """How many parcels it speaks of, older ones in part."""
        return sum(self.days)


@dataclass(frozen=True, slots=True)
class Expected:
    """`on` the median day, `from_on` to `to_on` the days between which `SAID` of such parcels come; beyond `late_after` it is late.

    `level`: 0 where its very way is known, more the coarser it is; `seen`: deliveries there.
    """

    from_on: date
    on: date
    to_on: date
    late_after: date
    level: int
    seen: int
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which parcels are delivered somewhere."""

    country: str
    weekdays: frozenset[int]

    def works(self, on: date) -> bool:
        """Whether parcels come on that day."""
        return on.weekday() in self.weekdays and not holidays.is_holiday(self.country, on)

    def after(self, start: date, days: int) -> date:
        """So many delivering days later; at 0 the day itself, or the next that delivers."""
        on, left = start, days
        while not self.works(on):
            on += timedelta(days=1)
        while left > 0:
            on += timedelta(days=1)
            left -= self.works(on)
        return on

    def between(self, start: date, end: date) -> int:
        """How many delivering days after the one the other is: what `after` undoes."""
        begin, count = self.after(start, 0), 0
        while begin < end:
            begin += timedelta(days=1)
            count += self.works(begin)
        return count


def keys(*, location_id: int, origin: str, country: str, region: str, carrier_id: int, service: str) -> tuple[str, ...]:
    """The ways of a parcel, from the finest to the coarsest.  `origin`, `country`: ISO 3166; `region`: as `region_of` says it."""
    abroad = "home" if origin == country else "abroad"
    return (
        f"{location_id}>{country}/{region}:{carrier_id}/{service}"[:110],
        f"{location_id}>{country}:{carrier_id}/{service}"[:110],
        f"{origin}>{country}:{carrier_id}",
        f"{abroad}",
    )


def region_of(region: str, postal_code: str) -> str:
    """What part of a country an address lies in: its state where it says one, else the begin of its postal code."""
    said = " ".join(region.casefold().split())
    return said[:30] or postal_code.replace(" ", "").casefold()[:2]


def calendar_of(country: str, lanes: Sequence[Lane]) -> Calendar:
    """The days on which parcels come in a country: the usual ones, and of a weekend those that deliveries on a way show."""
    coarse, usual = lanes[2] if len(lanes) > 2 else None, holidays.delivery_weekdays(country)
    total = sum(coarse.weekdays) if coarse else 0.0
    if coarse is None or total < LEARNT_FROM:
        return Calendar(country, usual)
    shown = {day for day, weight in enumerate(coarse.weekdays) if weight >= DELIVERS_FROM * total}
    return Calendar(country, frozenset(shown | holidays.weekdays(country)))


def expect(lanes: Sequence[Lane], *, start: date, country: str) -> Expected | None:
    """When a parcel that is handed over on a day will come; None where too few went before it.  `lanes`: from the finest on."""
    level = next((n for n, lane in enumerate(lanes) if lane.weight >= ENOUGH), None)
    if level is None:
        return None
    shares = _shares(lanes)
    asked = next((lane.asked for lane in lanes if lane.seen >= TUNED_FROM), SAID)
    low, high = _narrowest(shares, asked)
    median = min(max(_quantile(shares, 0.5), low), high)
    days = calendar_of(country, lanes)
    late = max(_quantile(shares, LATE_BEYOND), high)
    return Expected(
        from_on=days.after(start, low),
        on=days.after(start, median),
        to_on=days.after(start, high),
        late_after=days.after(start, late),
        level=level,
        seen=lanes[level].seen,
        certainty=Certainty.FEW if lanes[level].weight < FEW else Certainty.USUAL,
    )


def learn(
    lanes: Sequence[Lane], *, start: date, came_on: date, country: str, within: bool | None, silence: timedelta | None = None
) -> list[Lane]:
    """The ways after a delivery.  `within`: whether it came within what was said of it; None where nothing was said.

    `silence`: the longest time without a scan, weekends left out; None where its scans are not known.
    """
    days = min(max(calendar_of(country, lanes).between(start, came_on), 0), LONGEST_DAYS)
    gap = None if silence is None else min(int(silence / timedelta(hours=GAP_H)), LONGEST_GAPS)
    return [_learn(lane, KEPT[min(n, len(KEPT) - 1)], days, came_on.weekday(), within, gap) for n, lane in enumerate(lanes)]


def most_silence(lanes: Sequence[Lane]) -> timedelta | None:
    """How long parcels on a way are without a scan and well; None where too few went before.  Units: as `learn` takes it."""
    enough = [lane for lane in lanes if sum(lane.gaps) >= FEW]
    if not enough:
        return None
    total = sum(enough[0].gaps)
    gap = _quantile([weight / total for weight in enough[0].gaps], SILENT_BEYOND)
    return timedelta(hours=GAP_H * (gap + 1))


def _learn(lane: Lane, kept: float, days: int, weekday: int, within: bool | None, gap: int | None) -> Lane:
    asked = lane.asked
    if within is not None:
        asked = min(max(asked + STEP * ((SAID - 1) if within else SAID), LOWEST), HIGHEST)
    return replace(
        lane,
        days=tuple(weight * kept + (n == days) for n, weight in enumerate(lane.days)),
        weekdays=tuple(weight * kept + (n == weekday) for n, weight in enumerate(lane.weekdays)),
        seen=lane.seen + 1,
        asked=asked,
        gaps=lane.gaps if gap is None else tuple(weight * kept + (n == gap) for n, weight in enumerate(lane.gaps)),
    )


def _shares(lanes: Sequence[Lane]) -> list[float]:
    """How likely each number of days is: from the coarsest way to the finest, each borrowing from the one before."""
    shares: list[float] | None = None
    for lane in reversed(lanes):
        total = lane.weight
        if shares is None:
            shares = [weight / total for weight in lane.days] if total else None
        else:
            shares = [(w + BORROWED * s) / (total + BORROWED) for w, s in zip(lane.days, shares, strict=True)]
    return shares or [0.0] * (LONGEST_DAYS + 1)


def _narrowest(shares: Sequence[float], asked: float) -> tuple[int, int]:
    """The fewest days in a row that hold a share; of those the likeliest."""
    sums = [0.0]
    for share in shares:
        sums.append(sums[-1] + share)
    best: tuple[int, float, int] | None = None
    for low in range(len(shares)):
        for high in range(low, len(shares)):
            held = sums[high + 1] - sums[low]
            if held >= asked - 1e-12:
                found = (high - low, -held, low)
                best = found if best is None else min(best, found)
                break
    if best is None:
        return 0, len(shares) - 1
    return best[2], best[2] + best[0]


def _quantile(shares: Sequence[float], level: float) -> int:
    held = 0.0
    for days, share in enumerate(shares):
        held += share
        if held >= level - 1e-12:
            return days
    return len(shares) - 1


def handed_over_on(local_hour: int, on: date, *, cut_off_hour: int, works: Callable[[date], bool]) -> date:
    """The day on which the carrier begins: after the driver came, or on a day on which none comes, the next."""
    if local_hour >= cut_off_hour:
        on += timedelta(days=1)
    while not works(on):
        on += timedelta(days=1)
    return on


def is_within(on: date, expected: tuple[date | None, date | None]) -> bool | None:
    """Whether a day lies in what was said; None where nothing was."""
    low, high = expected
    return None if low is None or high is None else low <= on <= high


def levels(found: Collection[Lane], wanted: Sequence[str]) -> list[Lane]:
    """Ways in the order of their keys, empty ones where nothing was learnt yet."""
    known = {lane.key: lane for lane in found}
    return [known.get(key, Lane(key)) for key in wanted]
