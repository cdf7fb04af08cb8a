"""An instance of the routing benchmark: places, products, stock, orders seen and orders to decide; read from a folder."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FIRST = (5.60, 5.90, 6.30, 6.80, 7.30, 7.80, 8.40)  # a parcel's first price, by zone
EACH_KG = (0.40, 0.50, 0.65, 0.85, 1.05, 1.25, 1.45)
TRANSIT_DAYS = (1, 2, 2, 3, 4, 4, 5)
KG = 1_000_000_000  # weights are whole micrograms here, so that none is rounded across a step of the tariff
LATE_DAY = 3.0
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
    """Units: dollars, micrograms.  Shapes: `stock` by SKU, how many at each location; `proof` by SKU, prices that prove the bound; `answers` as in its file."""

    name: str
    handling: tuple[float, ...]
    weight_ug: tuple[int, ...]
    category: tuple[int, ...]
    stock: tuple[tuple[int, ...], ...]
    history: list[Order]
    orders: list[Order]
    proof: dict[int, list[float]] = field(default_factory=dict)
    answers: dict[str, float] = field(default_factory=dict)


def read(folder: Path) -> Instance:
    """One folder, as the README beside the instances describes it."""
    handling = tuple(float(row["handling"]) for row in _rows(folder / "locations.csv.gz"))
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
