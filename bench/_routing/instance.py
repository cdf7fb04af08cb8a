"""An instance of the routing benchmark: places, products, stock, orders seen and orders to decide; read from a folder."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from operator import mul
from pathlib import Path

FIRST = (5.60, 5.90, 6.30, 6.80, 7.30, 7.80, 8.40)  # a parcel's first price, by zone
EACH_KG = (0.40, 0.50, 0.65, 0.85, 1.05, 1.25, 1.45)
TRANSIT_DAYS = (1, 2, 2, 3, 4, 4, 5)
KG = 1_000_000_000  # weights are whole micrograms here, so that none is rounded across a step of the tariff
LATE_DAY = 3.0
EARTH_MILES = 3958.8
SPLIT = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """Shapes: `zones` and `miles` by location; `units` the SKUs, one twice is quantity 2."""

    region: str
    promise_days: int
    zones: tuple[int, ...]
    miles: tuple[float, ...]
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """What there is and what is asked for.  Units: dollars, micrograms.

    Shapes: `places` latitude and longitude; `stock` by SKU, how many at each location; `proof` by SKU, prices that prove the bound.
    """

    name: str
    handling: tuple[float, ...]
    weight_ug: tuple[int, ...]
    category: tuple[int, ...]
    stock: tuple[tuple[int, ...], ...]
    places: tuple[tuple[float, float], ...]
    history: list[Order]
    orders: list[Order]
    proof: dict[int, list[float]] = field(default_factory=dict)
    answers: dict[str, float] = field(default_factory=dict)


def read(folder: Path) -> Instance:
    """One folder, as the README beside the instances describes it."""
    locations = list(_rows(folder / "locations.csv.gz"))
    handling = tuple(float(row["handling"]) for row in locations)
    skus = list(_rows(folder / "skus.csv.gz"))
    stock = [[0] * len(handling) for _ in skus]
    for row in _rows(folder / "stock.csv.gz"):
        stock[int(row["sku"])][int(row["location"])] = int(row["qty"])
    proof: dict[int, list[float]] = {}
    if (folder / "bound_lambda.csv.gz").exists():
        for row in _rows(folder / "bound_lambda.csv.gz"):
            proof.setdefault(int(row["sku"]), [0.0] * len(handling))[int(row["location"])] = float(row["lambda"])
    answers = folder / "answers.json"
    return Instance(
        name=folder.name,
        handling=handling,
        weight_ug=tuple(round(float(row["weight_kg"]) * KG) for row in skus),
        category=tuple(int(row["category"]) for row in skus),
        stock=tuple(map(tuple, stock)),
        places=tuple((float(row["lat"]), float(row["lon"])) for row in locations),
        history=list(_orders(folder / "history.csv.gz", len(handling))),
        orders=list(_orders(folder / "orders.csv.gz", len(handling))),
        proof=proof,
        answers=json.loads(answers.read_text()) if answers.exists() else {},
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def _orders(path: Path, count: int) -> Iterator[Order]:
    with gzip.open(path, "rt", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for _, region, promise, *places, units in rows:
            yield Order(
                region,
                int(promise),
                tuple(map(int, places[:count])),
                tuple(map(float, places[count:])),
                tuple(map(int, units.split())),
            )


def parcel(zone: int, weight_ug: int) -> float:
    """What a carrier takes: a first price and half kilograms, at least one."""
    return FIRST[zone] + EACH_KG[zone] * max(1, -(-weight_ug * 2 // KG)) / 2


def late(zone: int, promise_days: int) -> float:
    """What the days after the promise cost."""
    return LATE_DAY * max(0, TRANSIT_DAYS[zone] - promise_days)


def true_miles(instance: Instance, order: Order) -> Sequence[float]:
    """The order's miles; where two are alike, since files give tenths, those of the spot that fits all of them best."""
    if len(set(order.miles)) == len(order.miles):
        return order.miles
    start = min(range(len(order.miles)), key=order.miles.__getitem__)
    lat, lon = instance.places[start][0] + 0.05, instance.places[start][1] + 0.05
    tiny = 1e-5
    for _ in range(60):  # Gauss and Newton's least squares in two unknowns
        here, north, east = (
            [miles(spot, place) for place in instance.places] for spot in ((lat, lon), (lat + tiny, lon), (lat, lon + tiny))
        )
        off = [want - have for want, have in zip(order.miles, here, strict=True)]
        up = [(a - b) / tiny for a, b in zip(north, here, strict=True)]
        right = [(a - b) / tiny for a, b in zip(east, here, strict=True)]
        uu, rr, ur = (sum(map(mul, *pair)) for pair in ((up, up), (right, right), (up, right)))
        uo, ro = sum(map(mul, up, off)), sum(map(mul, right, off))
        scale = uu * rr - ur * ur or 1e-12
        lat += max(-3.0, min(3.0, (uo * rr - ro * ur) / scale))
        lon += max(-3.0, min(3.0, (ro * uu - uo * ur) / scale))
    return [miles((lat, lon), place) for place in instance.places]


def miles(spot: tuple[float, float], place: tuple[float, float]) -> float:
    """The great circle between two places, by the haversine."""
    (a, b), (c, d) = (map(radians, spot), map(radians, place))
    chord = sin((a - c) / 2) ** 2 + cos(a) * cos(c) * sin((b - d) / 2) ** 2
    return 2 * EARTH_MILES * asin(sqrt(chord))
