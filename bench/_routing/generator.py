"""Makes an instance of the routing benchmark: American metropolises, products of a long tail, stock bought with some error.

Populations are rounded, in thousands (US census of 2020, metropolitan areas); everything else is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench._routing.instance import EARTH_MILES, KG, Instance, Order

EDGES = (150, 300, 600, 1000, 1400, 1800)  # miles at which the next zone begins
CATEGORIES = 50
LINES = (0.60, 0.22, 0.10, 0.05, 0.03)
MOST_UNITS = 7
METROS = [
    ("New York", 40.71, -74.01, 20140), ("Los Angeles", 34.05, -118.24, 13200), ("Chicago", 41.88, -87.63, 9618),
    ("Dallas", 32.78, -96.80, 7637), ("Houston", 29.76, -95.37, 7122), ("Washington", 38.91, -77.04, 6385),
    ("Philadelphia", 39.95, -75.17, 6245), ("Miami", 25.76, -80.19, 6138), ("Atlanta", 33.75, -84.39, 6090),
    ("Boston", 42.36, -71.06, 4942), ("Phoenix", 33.45, -112.07, 4846), ("San Francisco", 37.77, -122.42, 4749),
    ("Riverside", 33.95, -117.40, 4600), ("Detroit", 42.33, -83.05, 4392), ("Seattle", 47.61, -122.33, 4019),
    ("Minneapolis", 44.98, -93.27, 3690), ("San Diego", 32.72, -117.16, 3299), ("Tampa", 27.95, -82.46, 3175),
    ("Denver", 39.74, -104.99, 2964), ("Baltimore", 39.29, -76.61, 2844), ("St. Louis", 38.63, -90.20, 2820),
    ("Orlando", 28.54, -81.38, 2673), ("Charlotte", 35.23, -80.84, 2660), ("San Antonio", 29.42, -98.49, 2558),
    ("Portland", 45.52, -122.68, 2513), ("Sacramento", 38.58, -121.49, 2397), ("Pittsburgh", 40.44, -79.99, 2371),
    ("Austin", 30.27, -97.74, 2283), ("Las Vegas", 36.17, -115.14, 2265), ("Cincinnati", 39.10, -84.51, 2256),
    ("Kansas City", 39.10, -94.58, 2192), ("Columbus", 39.96, -83.00, 2139), ("Indianapolis", 39.77, -86.16, 2111),
    ("Cleveland", 41.50, -81.69, 2088), ("San Jose", 37.34, -121.89, 2000), ("Nashville", 36.16, -86.78, 1990),
    ("Virginia Beach", 36.85, -75.98, 1800), ("Providence", 41.82, -71.41, 1677), ("Jacksonville", 30.33, -81.66, 1606),
    ("Milwaukee", 43.04, -87.91, 1575), ("Oklahoma City", 35.47, -97.52, 1426), ("Raleigh", 35.78, -78.64, 1414),
    ("Memphis", 35.15, -90.05, 1338), ("Richmond", 37.54, -77.44, 1314), ("Louisville", 38.25, -85.76, 1286),
    ("New Orleans", 29.95, -90.07, 1272), ("Salt Lake City", 40.76, -111.89, 1258), ("Buffalo", 42.89, -78.88, 1167),
    ("Birmingham", 33.52, -86.80, 1115), ("Boise", 43.62, -116.20, 765),
]  # fmt: skip
LOCATIONS = [
    "Riverside", "Columbus", "Dallas", "Philadelphia", "Atlanta", "Seattle", "Salt Lake City", "Chicago", "Orlando", "Kansas City",
    "Houston", "Denver", "Phoenix", "Charlotte", "Boston", "Minneapolis", "Sacramento", "Nashville", "Portland", "Miami",
    "Detroit", "San Antonio", "St. Louis", "Baltimore", "Las Vegas", "Indianapolis", "Pittsburgh", "Memphis", "Oklahoma City",
    "Jacksonville",
]  # fmt: skip

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Size:
    locations: int
    skus: int
    orders: int


SIZES = {
    "ci": Size(10, 2_000, 20_000),
    "full-5": Size(5, 10_000, 50_000),
    "full-10": Size(10, 10_000, 100_000),
    "full-30": Size(30, 10_000, 200_000),
}


def make(seed: int, size: Size) -> Instance:
    """The same seed and size make the same instance."""
    random = np.random.default_rng(seed)
    spots = {name: (lat, lon) for name, lat, lon, _ in METROS}
    places = np.array([spots[name] for name in LOCATIONS[: size.locations]])
    handling = random.uniform(1.2, 2.2, size.locations)
    weight_ug = np.round(np.clip(0.6 * np.exp(random.normal(0, 0.8, size.skus)), 0.05, 20) * KG).astype(np.int64)
    category = random.integers(0, CATEGORIES, size.skus)
    rate = (np.arange(size.skus) + 1 + 10.0) ** -0.9
    tilt = np.exp(random.normal(0, 0.4, (CATEGORIES, len(METROS))))
    later = rate * np.exp(random.normal(0, 0.2, size.skus))
    draw = _Draw(random, places, category, tilt)
    history = draw.orders(rate, size.orders)
    expected = draw.expected(later, size.orders)
    stock = _stock(random, places, category, tilt, expected)
    return Instance(
        name=f"seed {seed}",
        handling=tuple(handling.tolist()),
        weight_ug=tuple(weight_ug.tolist()),
        category=tuple(category.tolist()),
        stock=tuple(map(tuple, stock.tolist())),
        places=tuple((float(lat), float(lon)) for lat, lon in places),
        history=history,
        orders=draw.orders(later, size.orders),
    )


class _Draw:
    """Customers and what they want."""

    def __init__(self, random: np.random.Generator, places: Floats, category: NDArray[np.int64], tilt: Floats) -> None:
        self.random, self.places, self.category, self.tilt = random, places, category, tilt
        people = np.array([people for *_, people in METROS], dtype=float)
        self.people = people / people.sum()
        self.metros = np.array([(lat, lon) for _, lat, lon, _ in METROS])

    def expected(self, rate: Floats, orders: int) -> Floats:
        """Units of each product that so many orders hold, nearly."""
        lines = sum((index + 1) * chance for index, chance in enumerate(LINES)) * 1.1
        found: Floats = rate / rate.sum() * orders * lines
        return found

    def orders(self, rate: Floats, count: int) -> list[Order]:
        regions = self.random.choice(len(METROS), count, p=self.people)
        spots = self.metros[regions] + self.random.normal(0, 0.6, (count, 2))
        miles = np.round(_miles(spots, self.places), 6)
        zones = np.searchsorted(np.array(EDGES), miles, side="left")
        promise = self.random.choice([5, 3, 2], count, p=[0.70, 0.25, 0.05])
        lines = self.random.choice(np.arange(1, len(LINES) + 1), count, p=LINES)
        whole = [np.cumsum(rate * self.tilt[self.category, region]) for region in range(len(METROS))]
        own = {
            (kind, region): (skus := np.flatnonzero(self.category == kind), np.cumsum(rate[skus]))
            for kind in range(CATEGORIES)
            for region in range(len(METROS))
        }
        found = []
        for index in range(count):
            region = int(regions[index])
            units: list[int] = []
            first = self._pick(whole[region])
            for line in range(int(lines[index])):
                if line == 0:
                    sku = first
                elif self.random.random() < 0.5:
                    skus, sums = own[int(self.category[first]), region]
                    sku = int(skus[self._pick(sums)])
                else:
                    sku = self._pick(whole[region])
                if sku in units or len(units) >= MOST_UNITS:
                    continue
                units += [sku] * (2 if len(units) < MOST_UNITS - 1 and self.random.random() < 0.1 else 1)
            found.append(
                Order(
                    METROS[region][0],
                    int(promise[index]),
                    tuple(zones[index].tolist()),
                    tuple(miles[index].tolist()),
                    tuple(units),
                )
            )
        return found

    def _pick(self, sums: Floats) -> int:
        return int(np.searchsorted(sums, self.random.random() * sums[-1], side="right"))


def _stock(
    random: np.random.Generator, places: Floats, category: NDArray[np.int64], tilt: Floats, expected: Floats
) -> NDArray[np.int64]:
    """What was bought for the horizon, and where it was put."""
    skus, count = len(expected), len(places)
    people = np.array([people for *_, people in METROS], dtype=float)
    miles = _miles(np.array([(lat, lon) for _, lat, lon, _ in METROS]), places)
    rank = np.arange(skus) / skus
    chance = np.where(rank < 0.10, 0.9, np.where(rank < 0.40, 0.5, 0.2))
    plan = expected * np.exp(random.normal(0, 0.15, skus))
    total = np.ceil(1.2 * plan + 0.5 * np.sqrt(plan)).astype(int)
    stock = np.zeros((skus, count), dtype=np.int64)
    for sku in range(skus):
        held = np.flatnonzero(random.random(count) < chance[sku])
        if not len(held):
            held = random.integers(0, count, 1)
        nearest = held[np.argmin(miles[:, held], axis=1)]
        demand = people * tilt[category[sku]]
        share = np.array([demand[nearest == place].sum() for place in held]) + 1e-9
        share *= np.exp(random.normal(0, 0.7, len(held)))
        stock[sku, held] = random.multinomial(total[sku], share / share.sum())
    return stock


def _miles(spots: Floats, places: Floats) -> Floats:
    """Great circles, by the haversine."""
    a, b = np.radians(spots)[:, None, :], np.radians(places)[None, :, :]
    half = np.sin((a - b) / 2) ** 2
    chord = half[..., 0] + np.cos(a[..., 0]) * np.cos(b[..., 0]) * half[..., 1]
    found: Floats = 2 * EARTH_MILES * np.arcsin(np.sqrt(chord))
    return found
