"""How often a parcel comes within the days that are said of it, before and after the world changes.

A brand's parcels are made up, day by day for a year: two warehouses, six destinations, three carriers, more on Mondays. A carrier
needs time by lane, works on Saturdays or not, is slower after a weekend, and one parcel in sixteen waits for days with a heavy tail
(Pareto, shape 1.3: customs, wrong addresses). Half-way some lanes get slower, some quicker, and some less regular. Each parcel is
estimated when it leaves, from those alone that have arrived by then, and judged when it arrives; the first five weeks only teach.

`estimate.coverage_before`, `estimate.coverage_after`: the share of parcels that came within, 0.75 to 0.85 being the bar; `_worst`:
the worst of the seeds; `estimate.coverage_turn`: of the four weeks after the change alone, which are in `_after` too.
`estimate.lane_lowest`, `estimate.lane_highest`: of the lanes with 200 parcels.  `estimate.width`: days between the first and the
last, both counted; `estimate.naive_*`: mean ± 1.28 standard deviations of all days ever, in calendar days, as is often done.
`estimate.late_share`: how many are called late beyond the 95 % quantile.  `estimate.us`: microseconds for one estimate.
"""

from __future__ import annotations

import heapq
import math
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from doorstep.shipping import estimates, holidays
from doorstep.shipping.estimates import Expected, Lane

NAME = "estimate"
SEEDS = (1, 2, 3)
FIRST, DAYS, TEACHES, TURN = date(2025, 9, 1), 364, 35, 28
PER_DAY = 70
HEAVY, SHAPE = 1 / 16, 1.3
CARRIERS = ((1, (0, 1, 2, 3, 4, 5)), (2, (0, 1, 2, 3, 4)), (3, (0, 1, 2, 3, 4, 5)))
PLACES = (("US", "ny", 2.0), ("US", "ca", 3.5), ("US", "tx", 2.8), ("CA", "on", 4.5), ("DE", "10", 6.0), ("KR", "seoul", 5.0))


@dataclass(frozen=True)
class Way:
    keys: tuple[str, ...]
    country: str
    works: tuple[int, ...]
    days: float
    spread: float
    drift: float
    drift_spread: float


@dataclass
class Judged:
    """What became of estimates."""

    within: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    by_lane: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    widths: list[int] = field(default_factory=list)
    naive: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    naive_widths: list[int] = field(default_factory=list)
    late: list[bool] = field(default_factory=list)
    spent_s: float = 0.0


def ways(rng: random.Random) -> list[Way]:
    """The lanes of a brand; a third of them drifts in its mean, a third in its spread too."""
    made = []
    for location in (1, 2):
        for country, region, base in PLACES:
            for carrier, works in CARRIERS:
                keys = estimates.keys(
                    location_id=location, origin="US", country=country, region=region, carrier_id=carrier, service="std"
                )
                drift = rng.choice((0.0, 1.5, -1.0))
                made.append(
                    Way(keys, country, works, base * rng.uniform(0.7, 1.3), rng.uniform(0.25, 0.5), drift, rng.choice((1.0, 1.6)))
                )
    return made


def arrives(way: Way, left: date, rng: random.Random, *, drifted: bool) -> date:
    """When a parcel comes: days of work, of which Sundays and holidays are none, and now and then a long wait."""
    mean = max(way.days + (way.drift if drifted else 0.0), 0.8)
    spread = way.spread * (way.drift_spread if drifted else 1.0)
    need = mean * math.exp(rng.gauss(-spread * spread / 2, spread)) + (0.5 if left.weekday() >= 4 else 0.0)
    if rng.random() < HEAVY:
        need += min(rng.paretovariate(SHAPE), 25.0)
    on, work = left, max(round(need), 1)
    while work > 0:
        on += timedelta(days=1)
        work -= on.weekday() in way.works and not holidays.is_holiday(way.country, on)
    return on


def simulate(seed: int, *, days: int = DAYS, per_day: int = PER_DAY, teaches: int = TEACHES) -> Judged:
    """One year; every estimate is made from what has arrived by then."""
    rng = random.Random(seed)
    lanes, judged, way_of = dict[str, Lane](), Judged(), ways(rng)
    popular = [1.0 / (n + 2) for n in range(len(way_of))]
    rng.shuffle(popular)
    history: dict[str, tuple[int, float, float]] = {}
    coming: list[tuple[date, int, Way, date, Expected | None, tuple[int, int] | None, str]] = []
    number = 0
    for n in range(days):
        today, part = FIRST + timedelta(days=n), "before" if n < days // 2 else "after"
        while coming and coming[0][0] < today:
            came_on, _, way, left, said, naive, when = heapq.heappop(coming)
            _judge(judged, way, left, came_on, said, naive, when)
            found = [lanes.get(k, Lane(k)) for k in way.keys]
            within = estimates.is_within(came_on, (said.from_on, said.to_on) if said else (None, None))
            for lane in estimates.learn(found, start=left, came_on=came_on, country=way.country, within=within):
                lanes[lane.key] = lane
            _remember(history, way.keys[0], (came_on - left).days)
        if today.weekday() == 6:
            continue
        for way in rng.choices(way_of, popular, k=per_day * 2 if today.weekday() == 0 else per_day):
            began = time.perf_counter()
            said = estimates.expect([lanes.get(k, Lane(k)) for k in way.keys], start=today, country=way.country)
            judged.spent_s += time.perf_counter() - began
            number += 1
            when = part if n >= teaches else ""
            when = "turn" if when == "after" and n < days // 2 + TURN else when
            came_on = arrives(way, today, rng, drifted=n >= days // 2)
            heapq.heappush(coming, (came_on, number, way, today, said, _naive(history, way.keys[0]), when))
    return judged


def _judge(
    judged: Judged, way: Way, left: date, came_on: date, said: Expected | None, naive: tuple[int, int] | None, when: str
) -> None:
    if not when or said is None:
        return
    is_within = said.from_on <= came_on <= said.to_on
    judged.within[when].append(is_within)
    judged.by_lane[when, way.keys[0]].append(is_within)
    judged.widths.append((said.to_on - said.from_on).days + 1)
    judged.late.append(came_on > said.late_after)
    if naive:
        judged.naive[when].append(naive[0] <= (came_on - left).days <= naive[1])
        judged.naive_widths.append(naive[1] - naive[0] + 1)


def _remember(history: dict[str, tuple[int, float, float]], key: str, days: int) -> None:
    n, total, squares = history.get(key, (0, 0.0, 0.0))
    history[key] = (n + 1, total + days, squares + days * days)


def _naive(history: dict[str, tuple[int, float, float]], key: str) -> tuple[int, int] | None:
    n, total, squares = history.get(key, (0, 0.0, 0.0))
    if n < 8:
        return None
    mean = total / n
    deviation = math.sqrt(max(squares / n - mean * mean, 0.0))
    return max(math.floor(mean - 1.2816 * deviation), 0), math.ceil(mean + 1.2816 * deviation)


def run() -> dict[str, float]:
    """Figures over the seeds."""
    runs = [simulate(seed) for seed in SEEDS]
    figures = {"estimate.parcels": float(sum(len(one) for r in runs for one in r.within.values()))}
    for one in runs:
        one.within["after"] += one.within["turn"]
        one.naive["after"] += one.naive["turn"]
    for when in ("before", "after", "turn"):
        shares = [share(r.within[when]) for r in runs]
        figures[f"estimate.coverage_{when}"] = sum(shares) / len(shares)
        figures[f"estimate.coverage_{when}_worst"] = max(shares, key=lambda s: abs(s - estimates.SAID))
        figures[f"estimate.naive_coverage_{when}"] = sum(share(r.naive[when]) for r in runs) / len(runs)
    lanes = [share(one) for r in runs for one in r.by_lane.values() if len(one) >= 200]
    figures["estimate.lane_lowest"], figures["estimate.lane_highest"] = min(lanes), max(lanes)
    figures["estimate.width"] = mean([w for r in runs for w in r.widths])
    figures["estimate.naive_width"] = mean([w for r in runs for w in r.naive_widths])
    figures["estimate.late_share"] = share([late for r in runs for late in r.late])
    figures["estimate.us"] = 1e6 * sum(r.spent_s for r in runs) / max(figures["estimate.parcels"], 1)
    return figures


def share(these: Sequence[bool]) -> float:
    """How many of these are true."""
    return sum(these) / len(these)


def mean(these: Sequence[int]) -> float:
    """Their mean."""
    return sum(these) / len(these)
