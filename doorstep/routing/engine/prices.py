"""Prices of stock by scenario: what a unit at a location is worth to the orders that come before the next receipt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from doorstep.routing.engine import pinned, transport
from doorstep.routing.engine.values import Need, Site, Tariff, Terms

Stock = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Lane:
    """A location as a destination sees it.  Units: `fixed` money for each parcel: handling and what lateness costs."""

    location_id: int
    tariff: Tariff
    fixed: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """An order of the past.  Shapes: `lines` are (variant, qty, grams of each)."""

    destination: Hashable
    lines: tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class _Context:
    """One variant in one order seen: what the order costs with this unit from each location."""

    seen: Seen
    variant_id: int
    key: object = None
    row: object = None


class Pricer:
    def __init__(self, *, locations: Sequence[int], lanes, split: float, kin: Mapping[int, Hashable], bought: Mapping[int, float],
                 seed: int = 0, scenarios: int = 16, context: bool = True, pool: int = 64, trust: float = 20.0, big: int = 40) -> None:
        self.locations = list(locations)
        self.place = {location: index for index, location in enumerate(locations)}
        self.lanes = lanes
        self.terms = Terms(split=split)
        self.kin = kin
        self.bought = bought
        self.random = np.random.default_rng(seed)
        self.scenarios, self.context, self.pool, self.trust, self.big = scenarios, context, pool, trust, big
        self.of: dict[int, list[_Context]] = {}
        self.by_kin: dict[Hashable, list[_Context]] = {}
        self.all: list[_Context] = []
        self.count: dict[int, int] = {}
        self.worth: dict[int, dict[int, float]] = {}
        self.single: dict = {}
        self.base: dict[int, np.ndarray] = {}

    def learn(self, seen: Seen) -> None:
        for variant, qty, _ in seen.lines:
            one = _Context(seen, variant)
            self.of.setdefault(variant, []).append(one)
            self.by_kin.setdefault(self.kin.get(variant), []).append(one)
            self.all.append(one)
            self.count[variant] = self.count.get(variant, 0) + qty

    def _single(self, destination, weight):
        key = (destination, weight)
        row = self.single.get(key)
        if row is None:
            row = np.full(len(self.locations), transport.FAR)
            for lane in self.lanes(destination):
                row[self.place[lane.location_id]] = lane.fixed + lane.tariff(weight)
            self.single[key] = row
        return row

    def _row(self, one: _Context, weight: int, stock: Stock, own: bool):
        """own: the context's order had this very variant"""
        lines = one.seen.lines
        if len(lines) == 1 or not self.context or not own:
            qty = next(q for v, q, _ in lines if v == one.variant_id) if own else 1
            return self._single(one.seen.destination, weight * qty) / qty
        partners = [(v, q, w) for v, q, w in lines if v != one.variant_id]
        key = tuple(tuple(k for k, n in stock.get(v, {}).items() if n >= q) for v, q, _ in partners)
        if one.key == key:
            return one.row
        one.key = key
        qty = next(q for v, q, _ in lines if v == one.variant_id)
        needs = [Need(0, one.variant_id, qty, weight, True)] + [Need(i + 1, v, q, w, True) for i, (v, q, w) in enumerate(partners) if any(n >= q for n in stock.get(v, {}).values())]
        sites = []
        for lane in self.lanes(one.seen.destination):
            loc = lane.location_id
            free = {v: stock.get(v, {}).get(loc, 0) for v, _, _ in partners}
            free[one.variant_id] = qty
            sites.append(Site(loc, lane.tariff, free, lane.fixed, worth={v: self.worth.get(v, {}).get(loc, 0.0) for v, _, _ in partners}))
        row = np.full(len(self.locations), transport.FAR)
        for site, value in zip(sites, pinned.costs(needs, sites, self.terms), strict=True):
            row[self.place[site.location_id]] = min(value, transport.FAR) / qty
        one.row = row
        return row

    def refresh(self, variants: Iterable[int], stock: Stock, weight: Mapping[int, int], left: float, elapsed: float) -> None:
        """left: share of a horizon; elapsed: horizons of history seen"""
        jobs: dict[tuple[int, int], list] = {}
        for v in variants:
            held = {k: n for k, n in stock[v].items() if n > 0}
            if len(held) < 2:
                self.worth[v] = {}
                continue
            total = sum(held.values())
            b = self.bought.get(v)
            shape = self.count.get(v, 0) + 1e-6
            span = elapsed
            if b:
                span += self.trust / b
                shape += self.trust
            elif not self.count.get(v):
                shape, span = 20.0, 20.0 / (total / 1.2 / max(left, 1e-9))
            K = self.scenarios
            rate = self.random.gamma(shape, 1 / span, K)
            asked = np.minimum(self.random.poisson(rate * left), total - 1)
            J = int(asked.max())
            if J == 0:
                self.worth[v] = {k: 0.0 for k in held}
                continue
            own = self.of.get(v, [])[-self.pool:]
            rows = [self._row(one, weight[v], stock, True) for one in own]
            short = self.pool // 2 - len(own)
            if short > 0:
                kin = self.by_kin.get(self.kin.get(v), []) or self.all
                for i in self.random.integers(0, len(kin), short):
                    rows.append(self._row(kin[i], weight[v], stock, False))
            rows = np.array(rows)
            p = np.ones(len(rows))
            if short > 0:
                p[len(own):] = 8 / short  # kin count as 8
            cols = [self.place[k] for k in held]
            pick = self.random.choice(len(rows), size=(K, J), p=p / p.sum())
            cost = rows[:, cols][pick]
            jobs.setdefault((len(cols), 1 << (J - 1).bit_length()), []).append((v, held, asked, cost))
        for (w, j), group in jobs.items():
            if j > self.big:
                for v, held, asked, cost in group:
                    x = np.array(list(held.values()))
                    K = len(asked)
                    old = self.worth.get(v) or {}
                    start = np.tile([old.get(k, 0.0) for k in held], (K, 1))
                    lam = transport.ascent(cost, asked, np.tile(x, (K, 1)), start).mean(0)
                    lam -= lam.min()
                    self.worth[v] = dict(zip(held, lam.tolist()))
                continue
            cost = np.full((sum(len(a) for _, _, a, _ in group), max(c.shape[1] for *_, c in group), w), transport.FAR)
            at = 0
            for _, held, asked, c in group:
                cost[at:at + len(asked), :c.shape[1]] = c
                at += len(asked)
            asked = np.concatenate([a for _, _, a, _ in group])
            x = np.concatenate([np.tile(list(h.values()), (len(a), 1)) for _, h, a, _ in group])
            lam = transport.prices(cost, asked, x)
            at = 0
            for v, held, a, _ in group:
                mean = lam[at:at + len(a)].mean(0)
                at += len(a)
                self.worth[v] = dict(zip(held, (mean - mean.min()).tolist()))
