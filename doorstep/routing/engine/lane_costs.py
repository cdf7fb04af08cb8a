"""What labels cost, beside what a table of distances says: by brand, then place, then country, then distance, then weight.

Each level says by how much its labels cost more or less than the level above it says, drawn to that level by a few labels that
nobody bought; so a lane with few labels is priced as its place is, and a place without any as the brand is.  A ratio, so that
distance and weight go on to set two lanes apart within a band.  Kept only where it tells labels that it has not seen better than
the table does, the newest and every other one.

Source: shrinking group means to the mean of the whole, Efron & Morris, "Stein's Paradox in Statistics" (Scientific American 1977).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean

from doorstep.routing.engine.values import Tariff

MILES = (150, 300, 600, 1000, 1400, 1800)  # the zones' edges
GRAMS = (1_000, 2_000, 5_000, 10_000)
ENOUGH = 20  # labels of a brand, before anything is learnt
FEWEST = 5  # of a level below
DRAWN = 5.0  # labels by which a level is drawn to the one above it
MOST = log(4)  # a label that costs more than four times what is expected, or less than a quarter, counts as that
LATER = 4  # so many-th part of the labels, the newest, judges what the others teach
BETTER = 0.9  # of the table's error, or nothing is kept
KM_PER_MILE = 1.609344
Key = str


@dataclass(frozen=True, slots=True)
class Bought:
    """A label of the past.  `expected`: what the table says of it, in the same money."""

    location_id: int
    country: str
    distance_km: float | None
    weight_g: int
    cost: float
    expected: float


def keys(location_id: int, country: str, distance_km: float | None, weight_g: int) -> list[Key]:
    """The levels of a parcel, from the brand down."""
    miles = None if distance_km is None else distance_km / KM_PER_MILE
    band = "?" if miles is None else str(sum(miles > edge for edge in MILES))
    grams = str(sum(weight_g > edge for edge in GRAMS))
    path = [str(location_id), country, band, grams]
    return ["|".join(path[:n]) for n in range(len(path) + 1)]


def factor(known: Mapping[Key, float], levels: Iterable[Key]) -> float:
    """By what the table is multiplied: of the finest level that is known."""
    found = 0.0
    for key in levels:
        if key not in known:
            break
        found = known[key]
    return exp(found)


def tariff(table: Tariff, known: Mapping[Key, float], *, location_id: int, country: str, distance_km: float | None) -> Tariff:
    """The table's tariff of a lane by what was learnt.  More weight never costs less."""
    tops = [*GRAMS, GRAMS[-1] + 1]
    times = [factor(known, keys(location_id, country, distance_km, top)) for top in tops]
    least = [0.0]
    for top, by in zip(tops, times, strict=True):
        least.append(max(least[-1], table(top) * by))

    def at(weight_g: int) -> float:
        band = sum(weight_g > edge for edge in GRAMS)
        return max(table(weight_g) * times[band], least[band])

    return at


def learn(labels: Sequence[Bought]) -> dict[Key, float]:
    """What is kept: logarithms by level, nothing where too few are known or the table is no worse.  Shapes: labels oldest first."""
    usable = [one for one in labels if one.cost > 0 and one.expected > 0]
    if len(usable) < ENOUGH:
        return {}
    cut = len(usable) - len(usable) // LATER
    for taught, judged in ((usable[:cut], usable[cut:]), (usable[::2], usable[1::2]), (usable[1::2], usable[::2])):
        if error(_fit(taught), judged) > BETTER * error({}, judged):
            return {}
    return _fit(usable)


def error(known: Mapping[Key, float], labels: Sequence[Bought]) -> float:
    """How far what is expected of labels lies from what they cost, on an average, as a share of it."""
    return fmean(abs(one.expected * factor(known, _keys(one)) / one.cost - 1) for one in labels)


def _keys(one: Bought) -> list[Key]:
    return keys(one.location_id, one.country, one.distance_km, one.weight_g)


def _fit(labels: Sequence[Bought]) -> dict[Key, float]:
    by: dict[Key, list[float]] = defaultdict(list)
    above: dict[Key, Key] = {}
    for one in labels:
        told = log(one.cost / one.expected)
        levels = _keys(one)
        for key, upper in zip(levels, ["", *levels], strict=False):
            by[key].append(told)
            above[key] = upper
    found: dict[Key, float] = {}
    for key in sorted(by, key=lambda key: key.count("|") + bool(key)):
        if key == "":
            found[key] = _middle(by[key])
        elif len(by[key]) >= FEWEST and above[key] in found:
            base = found[above[key]]
            off = fmean(max(min(one - base, MOST), -MOST) for one in by[key])
            found[key] = base + off * len(by[key]) / (len(by[key]) + DRAWN)
    return found


def _middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
