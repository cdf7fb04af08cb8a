"""What no policy can beat: the Lagrangian pattern bound with perfect foresight, for any prices of stock.

Every policy that never refuses loses the same units, those that come when no location holds the product; they are dropped.  For
prices λ ≥ 0 the bound is Σ over orders of their least cost with every unit priced, less Σ λ · stock.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench._routing.instance import EACH_KG, FIRST, KG, LATE_DAY, SPLIT, TRANSIT_DAYS, Instance

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
FAR = 1e6


class Bound:
    """Orders of as many units are reckoned together: the cheapest location for each set of units, then the cheapest parting."""

    def __init__(self, instance: Instance) -> None:
        self.stock = np.array(instance.stock)
        left = self.stock.sum(axis=1)
        by: dict[int, list[tuple[tuple[int, ...], int]]] = defaultdict(list)
        self.lost_units = 0
        for at, order in enumerate(instance.orders):
            served = []
            for sku in order.units:
                if left[sku]:
                    left[sku] -= 1
                    served.append(sku)
                else:
                    self.lost_units += 1
            if served:
                by[len(served)].append((tuple(served), at))
        self.groups = [_Group(instance, rows, self.stock) for rows in by.values()]

    def value(self, prices: Floats) -> float:
        """A lower bound for these prices.  Shapes: `prices` by SKU and location."""
        return sum(group.least(prices)[0] for group in self.groups) - float((prices * self.stock).sum())

    def best(self, rounds: int = 250) -> tuple[float, Floats]:
        """Prices by subgradient ascent, and the highest bound met on the way."""
        prices = np.zeros(self.stock.shape)
        pace = np.zeros(self.stock.shape)
        best, kept = -np.inf, prices
        for turn in range(rounds):
            used = np.zeros(self.stock.shape)
            total = -float((prices * self.stock).sum())
            for group in self.groups:
                value, asked = group.least(prices)
                total += value
                used += asked
            if total > best:
                best, kept = total, prices.copy()
            slope = np.where(self.stock > 0, (used - self.stock) / np.sqrt(np.maximum(self.stock, 1)), 0)
            pace = 0.7 * pace + 0.3 * slope
            prices = np.clip(prices + 1.5 / (1 + turn / 12) * pace / np.sqrt(np.maximum(self.stock, 1)), 0, None)
        return best, kept


class _Group:
    def __init__(self, instance: Instance, rows: list[tuple[tuple[int, ...], int]], stock: Ints) -> None:
        self.units = len(rows[0][0])
        self.skus = np.array([skus for skus, _ in rows])
        orders = [instance.orders[at] for _, at in rows]
        zones = np.array([order.zones for order in orders])
        promise = np.array([order.promise_days for order in orders])
        weight = np.array(instance.weight_ug, dtype=np.int64)[self.skus]
        fixed = np.array(FIRST)[zones] + np.array(instance.handling)
        fixed += LATE_DAY * np.maximum(0, np.array(TRANSIT_DAYS)[zones] - promise[:, None])
        self.places = stock.shape[1]
        self.masks = 1 << self.units
        self.ship = np.zeros((self.masks, len(rows), self.places))
        for mask in range(1, self.masks):
            held = [index for index in range(self.units) if mask >> index & 1]
            halves = np.maximum(1, -(-weight[:, held].sum(axis=1) * 2 // KG))
            self.ship[mask] = fixed + np.array(EACH_KG)[zones] * halves[:, None] / 2 + SPLIT
        self.bare = np.where(stock[self.skus] > 0, 0.0, FAR)

    def least(self, prices: Floats) -> tuple[float, Floats]:
        """The orders' least cost together, and what it asks of each location."""
        own = prices[self.skus] + self.bare
        count = len(self.skus)
        rows = np.arange(count)
        summed = np.zeros((self.masks, count, self.places))
        cheapest = np.full((self.masks, count), FAR)
        where = np.zeros((self.masks, count), dtype=np.int64)
        for mask in range(1, self.masks):
            low = (mask & -mask).bit_length() - 1
            summed[mask] = summed[mask & (mask - 1)] + own[:, low]
            priced = self.ship[mask] + summed[mask]
            where[mask] = priced.argmin(axis=1)
            cheapest[mask] = priced[rows, where[mask]]
        least = np.zeros((self.masks, count))
        taken = np.zeros((self.masks, count), dtype=np.int64)
        for mask in range(1, self.masks):
            low = mask & -mask
            least[mask] = np.inf
            part = mask
            while part:
                if part & low:
                    value = cheapest[part] + least[mask ^ part]
                    better = value < least[mask]
                    least[mask][better] = value[better]
                    taken[mask][better] = part
                part = (part - 1) & mask
        used = np.zeros(prices.shape)
        state = np.full(count, self.masks - 1)
        while state.any():
            part = taken[state, rows]
            place = where[part, rows]
            for index in range(self.units):
                mine = (part >> index & 1).astype(bool) & (state > 0)
                np.add.at(used, (self.skus[mine, index], place[mine]), 1)
            state = state ^ part
        return float(least[-1].sum()) - SPLIT * count, used
