"""Prices of stock without any forecast: what a location has little left of is dear.

Source: the penalty of Golrezaei, Nazerzadeh & Rusmevichientong, "Real-time Optimization of Personalized Assortments"
(Management Science 2014): the share that is left decides, exponentially.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import e, exp


def prices(stock: Mapping[int, int], bought: Mapping[int, int], spread: float) -> dict[int, float]:
    """What a unit of one variant is worth at each location that has some; nothing where only one does.

    Units: `spread` money: what sending from another location than the best commonly costs more.
    Shapes: by location, units now and at the last receipt.
    """
    held = {location: units for location, units in stock.items() if units > 0}
    if len(held) < 2:
        return {}
    found = {}
    for location, units in held.items():
        left = min(units / max(bought.get(location, units), 1), 1.0)
        found[location] = spread * (1 - (1 - exp(-left)) * e / (e - 1))
    return found
