"""What the planner is asked, and what it answers.

Money is a float in minor units of the brand's currency: these prices weigh plans against each other and are never booked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Tariff = Callable[[int], float]  # what a parcel of so many grams costs to the destination


@dataclass(frozen=True, slots=True)
class Need:
    """Units of one variant that an order line needs.  Units: grams for each.  `whole`: never split over parcels."""

    order_line_id: int
    variant_id: int
    qty: int
    weight_g: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """A location as one order sees it; hard rules have left only those that may serve it.

    Units: money for each parcel from here, but `worth`: money for each unit.  Shapes: `free` and `worth` by variant.
    """

    location_id: int
    tariff: Tariff
    free: Mapping[int, int]
    handling: float = 0.0
    late: float = 0.0  # what the days after the promise cost
    capacity: float = 0.0  # the price of the day's capacity that is left
    penalty: float = 0.0  # soft rules that are priced
    worth: Mapping[int, float] = field(default_factory=dict)  # what a unit here is worth later
    ranks: tuple[float, ...] = ()  # soft rules in their order: what each holds against a parcel from here
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a merchant wants of plans.  `split`: money for each parcel after the first; `most_parcels` 0: no limit.

    `most_over`: how much more than the cheapest plan the ranked rules may cost; None: whatever they cost.
    """

    split: float = 0.0
    most_parcels: int = 0
    most_over: float | None = None


class Level(StrEnum):
    """How well informed a decision was, best first."""

    SHADOW = "shadow"  # shadow prices of stock, fresh or the last known
    BALANCE = "balance"  # a balancing price by stock and demand
    COST = "cost"  # the cost of this order alone
    ZONES = "zones"  # rates were missing: a zone table stood in
    FEWEST = "fewest"  # no costs at all: fewest parcels, then nearest
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Planned:
    """One parcel of a plan.  Shapes: `units` are (order line id, variant id, qty) each.  `worth` is no money that is paid."""

    location_id: int
    units: tuple[tuple[int, int, int], ...]
    weight_g: int
    ship: float
    handling: float
    late: float
    capacity: float
    penalty: float
    worth: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole plan.  `paid`: what it costs in money, with `split`; `total`: with what its units are worth elsewhere."""

    parcels: tuple[Planned, ...]
    ranks: tuple[float, ...]
    split: float
    paid: float
    total: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The best plan, and up to three others that differ from it in their locations, best first."""

    best: Candidate
    others: tuple[Candidate, ...]
