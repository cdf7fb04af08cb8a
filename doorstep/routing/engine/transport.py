"""What one unit fewer at a location costs: exact prices of many small transport problems at once, with NumPy.

Source: successive shortest paths with node prices (Ahuja, Magnanti & Orlin, "Network Flows", 1993, ch. 9), carried out for all
problems in step; a subgradient ascent of the Lagrangian dual (Held, Wolfe & Crowder, 1974) where there is much demand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

FAR = 1e9  # no way from here


def prices(cost: Floats, asked: Ints, stock: Ints) -> Floats:
    """For each problem and location: the cost of the demand with one unit fewer there, less the cost of it as it is.

    Shapes: `cost` (problems, units of demand, locations), `FAR` where a location has none; `asked` (problems): how many of the
    units count, fewer than there is stock; `stock` and the answer (problems, locations).
    """
    problems, units, places = cost.shape
    slack = stock.astype(np.int64)
    at = np.full((problems, units), -1)
    every = np.arange(problems)
    step = np.full((problems, places, places), FAR)  # the least that moving a unit from one place to another costs
    price, onward = _distances(step, slack)
    for unit in range(int(asked.max(initial=0))):
        fresh = every[asked > unit]
        live, place = fresh, np.argmin(cost[fresh, unit] + price[fresh], axis=1)
        mover = np.full(len(live), unit)
        at[live, unit] = place
        own = cost[live, unit]
        step[live, place] = np.minimum(step[live, place], own - own[np.arange(len(live)), place][:, None])
        pushed = live[slack[live, place] <= 0]
        while len(live):
            at[live, mover] = place
            full = slack[live, place] <= 0
            slack[live[~full], place[~full]] -= 1
            live, place = live[full], place[full]
            if not len(live):
                break
            beyond = onward[live, place]
            here = cost[live, : unit + 1]
            rows = np.arange(len(live))
            more = here[rows, :, beyond] - here[rows, :, place]
            mover = np.argmin(np.where(at[live, : unit + 1] == place[:, None], more, np.inf), axis=1)
            place = beyond
        if len(pushed):
            seen, lies = cost[pushed, : unit + 1], at[pushed, : unit + 1]
            for here_ in range(places):
                more = np.where((lies == here_)[:, :, None], seen - seen[:, :, here_, None], FAR)
                step[pushed, here_] = more.min(axis=1)
        price[fresh], onward[fresh] = _distances(step[fresh], slack[fresh])
    return np.clip(price, 0, None) * (stock > 0)


def _distances(step: Floats, slack: Ints) -> tuple[Floats, Ints]:
    """How far each place is from one that has a unit left, and where to first."""
    price = np.where(slack > 0, 0.0, FAR)
    onward = np.zeros(price.shape, dtype=np.int64)
    for _ in range(price.shape[1] - 1):
        over = step + price[:, None, :]
        best = over.argmin(axis=2)
        least = np.take_along_axis(over, best[:, :, None], axis=2)[:, :, 0]
        better = least < price - 1e-12
        if not better.any():
            break
        price = np.where(better, least, price)
        onward = np.where(better, best, onward)
    return price, onward


def ascent(cost: Floats, asked: Ints, stock: Ints, start: Floats, rounds: int = 60) -> Floats:
    """The same, nearly, for much demand: prices at which each location is asked for what it has.  Shapes: as `prices`."""
    problems, units, places = cost.shape
    counted = (np.arange(units)[None, :] < asked[:, None]).astype(np.float64)
    price = start.copy()
    total = np.zeros_like(price)
    reach = np.where(cost < FAR / 2, cost, np.nan) - cost.min(axis=2, keepdims=True)
    size = 2 * float(np.nanmean(reach)) or 1.0
    weight = 0.0
    row = np.arange(problems)[:, None] * places
    for turn in range(rounds):
        choice = np.argmin(cost + price[:, None, :], axis=2)
        load = np.bincount((row + choice).ravel(), counted.ravel(), problems * places).reshape(problems, places)
        price = np.clip(price + size / (1 + turn) ** 0.7 * (load - stock) / (load + stock + 1), 0, None)
        if turn >= rounds // 2:
            total += price
            weight += 1
    return total / weight * (stock > 0)
