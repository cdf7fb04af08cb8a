"""What a unit is worth where it lies: to the orders that come before the next receipt.

λ(variant, location) is the change in the cost of serving sampled demand when one unit fewer lies there.  Demand is sampled from
orders seen: each sample is an order context, that is its destination and the other lines it had, so that a unit is cheap for an
order whose rest goes from the same place anyway.  With `context` off only the destination counts.

Source: duals of a transport problem as prices of stock, Acimovic & Graves (M&SOM 2015); averaging them over sampled demand,
Talluri & van Ryzin, "A Randomized Linear Programming Method for Computing Network Bid Prices" (Transportation Science 1999).
The order contexts in place of regions are our own.  NumPy is needed here, never where an order is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from doorstep.routing.engine import pinned, transport
from doorstep.routing.engine.transport import FAR, Floats, Ints
from doorstep.routing.engine.values import Need, Site, Tariff, Terms

Worth = dict[int, dict[int, float]]  # by variant and location

STALE = 0.05  # the share of its stock by which a variant moves before its prices are reckoned anew
COVER = 1.2  # where nothing was sold, stock is so much more than the demand it was bought for


@dataclass(frozen=True, slots=True)
class Lane:
    """A location as one destination sees it.  Units: `fixed` money for each parcel: handling, and what lateness costs."""

    location_id: int
    tariff: Tariff
    fixed: float = 0.0


Lanes = Callable[[Hashable], Sequence[Lane]]  # from a destination, or a group of them


@dataclass(frozen=True, slots=True)
class Seen:
    """An order of the past.  Shapes: `lines` are (variant, qty, grams of each), a variant once."""

    destination: Hashable
    lines: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A variant's stock.  Shapes: `free` by location."""

    weight_g: int
    free: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far prices must see.  Units: all in one measure of time.

    `left`: until the next receipt; `seen`: what the orders seen span.
    """

    left: float
    seen: float


@dataclass(frozen=True, slots=True)
class Sampling:
    """`trust`: units seen that weigh as much as what lies there; `kin`: samples of kindred variants that weigh as one's own."""

    scenarios: int = 16
    samples: int = 128
    context: bool = True
    trust: float = 20.0
    kin: float = 8.0
    exactly: int = 40  # units of demand up to which a scenario is solved exactly
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Priced:
    """Shapes: `worth` by variant and location, none where only one location has some.  `version`: alike for alike prices."""

    worth: Worth
    version: str


@dataclass(slots=True)
class _Pool:
    """What is known of one variant's demand.  Shapes: `rows` money by location, one for each sample; `together` by index."""

    own: list[Seen] = field(default_factory=list)
    rows: list[Floats] = field(default_factory=list)
    together: dict[int, object] = field(default_factory=dict)  # orders of several lines: what their partners' stock was
    borrowed: list[Floats] = field(default_factory=list)
    units: int = 0


@dataclass(frozen=True, slots=True)
class _Job:
    """One variant's scenarios.  Shapes: `cost` (scenarios, units, locations), `asked` (scenarios)."""

    variant_id: int
    places: list[int]
    stock: Ints
    asked: Ints
    cost: Floats


class Pricer:
    """Keeps the demand of one brand between refreshes; its prices are a function of what it was told, and of its seed.

    `kin` says which variants are asked for in the same places: a product type, a category.
    """

    def __init__(self, locations: Sequence[int], lanes: Lanes, *, split: float, kin: Mapping[int, Hashable], how: Sampling) -> None:
        self.locations = list(locations)
        self.lanes, self.kin, self.how = lanes, kin, how
        self.terms = Terms(split=split)
        self.place = {location: index for index, location in enumerate(self.locations)}
        self.random = np.random.default_rng(how.seed)
        self.pools: dict[int, _Pool] = {}
        self.kindred: dict[Hashable, list[Seen]] = {}
        self.all: list[Seen] = []
        self.worth: Worth = {}

    def see(self, order: Seen) -> None:
        """One more order that was asked for, whether it could be sent or not."""
        self.all.append(order)
        for variant, qty, _ in order.lines:
            pool = self.pools.setdefault(variant, _Pool())
            pool.own.append(order)
            pool.units += qty
            self.kindred.setdefault(self.kin.get(variant), []).append(order)

    def refresh(self, shelves: Mapping[int, Shelf], variants: Iterable[int], ahead: Ahead) -> Priced:
        """New prices of these variants, those of the others as they were.  `shelves` also has the variants they go with."""
        jobs: dict[tuple[int, int], list[_Job]] = {}
        for variant in variants:
            shelf = shelves[variant]
            held = {self.place[at]: units for at, units in shelf.free.items() if units > 0}
            if len(held) < 2:
                self.worth.pop(variant, None)
                continue
            job = self._job(variant, held, shelves, ahead)
            if job is None:
                self.worth[variant] = {self.locations[place]: 0.0 for place in held}
            else:
                size = 1 << (job.cost.shape[1] - 1).bit_length()
                jobs.setdefault((len(held), size), []).append(job)
        for (_, units), alike in jobs.items():
            for job, found in zip(alike, self._solved(alike, units <= self.how.exactly), strict=True):
                least = found.min()
                self.worth[job.variant_id] = {
                    self.locations[place]: float(price - least) for place, price in zip(job.places, found, strict=True)
                }
        return Priced(self.worth, version(self.worth))

    # demand

    def _job(self, variant: int, held: dict[int, int], shelves: Mapping[int, Shelf], ahead: Ahead) -> _Job | None:
        pool = self.pools.setdefault(variant, _Pool())
        total = sum(held.values())
        asked = np.minimum(self._asked(pool, total, ahead), total - 1)
        most = int(asked.max())
        rows, weight = self._samples(variant, pool, shelves)
        if most <= 0 or not rows:
            return None
        places = list(held)
        sums = np.cumsum(weight)
        picked = np.searchsorted(sums, self.random.random((self.how.scenarios, most)) * sums[-1], side="right")
        cost = np.array(rows)[:, places][np.minimum(picked, len(rows) - 1)]
        return _Job(variant, places, np.array(list(held.values())), asked, cost)

    def _asked(self, pool: _Pool, total: int, ahead: Ahead) -> Ints:
        """Units that are asked for in each scenario: Poisson at a rate that is itself uncertain, from what was sold.

        What came with the last receipt is left out: on the instances of the benchmark it moves the gap by 0.03 points.
        """
        units, span = float(pool.units), ahead.seen
        if not pool.units:
            units, span = self.how.trust, self.how.trust * max(ahead.left, 1e-9) / (total / COVER)
        rates = self.random.gamma(max(units, 1e-6), 1 / max(span, 1e-9), self.how.scenarios)
        return self.random.poisson(rates * ahead.left)

    def _samples(self, variant: int, pool: _Pool, shelves: Mapping[int, Shelf]) -> tuple[list[Floats], Floats]:
        """What a unit costs from each location in orders seen, the latest of its own and, while these are few, of its kin's."""
        weight_g = shelves[variant].weight_g
        for order in pool.own[len(pool.rows) :]:
            if len(order.lines) > 1 and self.how.context:
                pool.together[len(pool.rows)] = None
            qty = next(qty for line, qty, _ in order.lines if line == variant)
            pool.rows.append(self._alone(order.destination, weight_g * qty) / qty)
        start = max(len(pool.own) - self.how.samples, 0)
        for index, known in pool.together.items():
            if index >= start:
                pool.together[index] = self._with_partners(variant, pool, index, known, shelves)
        lacking = self.how.samples // 2 - len(pool.own)
        if lacking > len(pool.borrowed):
            kin = self.kindred.get(self.kin.get(variant)) or self.all
            for index in self.random.integers(0, len(kin), lacking - len(pool.borrowed)) if kin else ():
                if all(line != variant for line, _, _ in kin[index].lines):
                    pool.borrowed.append(self._alone(kin[index].destination, weight_g))
        borrowed = pool.borrowed[: max(lacking, 0)]
        rows = pool.rows[start:] + borrowed
        weight = np.ones(len(rows))
        if borrowed:
            weight[-len(borrowed) :] = self.how.kin / len(borrowed)
        return rows, weight

    def _alone(self, destination: Hashable, weight_g: int) -> Floats:
        row = np.full(len(self.locations), FAR)
        for lane in self.lanes(destination):
            if lane.location_id in self.place:
                row[self.place[lane.location_id]] = min(lane.fixed + lane.tariff(weight_g), FAR)
        return row

    def _with_partners(self, variant: int, pool: _Pool, index: int, known: object, shelves: Mapping[int, Shelf]) -> object:
        """Reckons an order of several lines anew where the locations that have the other lines are no longer the same."""
        order = pool.own[index]
        having: list[tuple[int, ...]] = []
        partners: list[Need] = []
        for other, qty, weight_g in order.lines:
            if other != variant:
                shelf = shelves.get(other)
                having.append(tuple([at for at, units in shelf.free.items() if units >= qty]) if shelf else ())
                if having[-1]:
                    partners.append(Need(len(partners) + 1, other, qty, weight_g, whole=True))
        if having == known:
            return known
        qty = next(qty for line, qty, _ in order.lines if line == variant)
        needs = [Need(0, variant, qty, shelves[variant].weight_g, whole=True), *partners]
        lanes = [lane for lane in self.lanes(order.destination) if lane.location_id in self.place]
        sites = [
            Site(
                lane.location_id,
                lane.tariff,
                {variant: qty} | {one.variant_id: shelves[one.variant_id].free.get(lane.location_id, 0) for one in partners},
                lane.fixed,
                worth={one.variant_id: self.worth.get(one.variant_id, {}).get(lane.location_id, 0.0) for one in partners},
            )
            for lane in lanes
        ]
        row = np.full(len(self.locations), FAR)
        for lane, cost in zip(lanes, pinned.costs(needs, sites, self.terms), strict=True):
            row[self.place[lane.location_id]] = min(cost / qty, FAR)
        pool.rows[index] = row
        return having

    # prices

    def _solved(self, jobs: list[_Job], exactly: bool) -> list[Floats]:
        """The mean over each job's scenarios; all of one size are solved together."""
        if not exactly:
            return [self._nearly(job) for job in jobs]
        each = self.how.scenarios
        units = max(job.cost.shape[1] for job in jobs)
        cost = np.full((each * len(jobs), units, len(jobs[0].places)), FAR)
        for index, job in enumerate(jobs):
            cost[index * each : (index + 1) * each, : job.cost.shape[1]] = job.cost
        asked = np.concatenate([job.asked for job in jobs])
        stock = np.concatenate([np.tile(job.stock, (each, 1)) for job in jobs])
        found = transport.prices(cost, asked, stock)
        return list(found.reshape(len(jobs), each, -1).mean(axis=1))

    def _nearly(self, job: _Job) -> Floats:
        each = self.how.scenarios
        old = self.worth.get(job.variant_id, {})
        start = np.tile([old.get(self.locations[place], 0.0) for place in job.places], (each, 1))
        found: Floats = transport.ascent(job.cost, job.asked, np.tile(job.stock, (each, 1)), start).mean(axis=0)
        return found


def price(
    shelves: Mapping[int, Shelf],
    seen: Iterable[Seen],
    lanes: Lanes,
    ahead: Ahead,
    *,
    split: float,
    kin: Mapping[int, Hashable] | None = None,
    how: Sampling | None = None,
) -> Priced:
    """Prices of everything that lies at more than one location, from nothing kept."""
    locations = sorted({location for shelf in shelves.values() for location in shelf.free})
    pricer = Pricer(locations, lanes, split=split, kin=kin or {}, how=how or Sampling())
    for order in seen:
        pricer.see(order)
    return pricer.refresh(shelves, sorted(shelves), ahead)


def has_moved(before: int, now: int) -> bool:
    """Whether a variant's stock has moved so far since its prices were reckoned that they are due again."""
    return abs(now - before) >= max(STALE * before, 1)


def version(worth: Worth) -> str:
    """Eight letters that stand for these prices."""
    told = blake2b(digest_size=4)
    for variant in sorted(worth):
        for location, price in sorted(worth[variant].items()):
            told.update(f"{variant} {location} {price:.4f};".encode())
    return told.hexdigest()
