"""The words of the merchant's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from doorstep.base import conditions
from doorstep.base.conditions import Field
from doorstep.base.conditions import Kind as Asks
from doorstep.base.words import gettext_noop

MOST_RULES = 50


class Kind(StrEnum):
    """What a rule is about."""

    SAME_COUNTRY = "same_country"
    FEWEST_PARCELS = "fewest_parcels"
    CLOSEST = "closest"
    CHEAPEST = "cheapest"
    STOCK_PRIORITY = "stock_priority"
    ONLY_LOCATIONS = "only_locations"
    NOT_LOCATIONS = "not_locations"
    CAPACITY = "capacity"
    ARRIVE_BY = "arrive_by"
    LEAVE_BY = "leave_by"
    SHIP_FROM_STORE = "ship_from_store"
    MOST_PARCELS = "most_parcels"
    NEVER_SPLIT = "never_split"
    CARRIER_PICKUP = "carrier_pickup"


class Strength(StrEnum):
    """How a rule counts.  `hard`: what breaks it is out; `ranked`: in its turn, before all that stands below; `priced`: money for
    each time it is broken."""

    HARD = "hard"
    RANKED = "ranked"
    PRICED = "priced"


H, R, P = Strength.HARD, Strength.RANKED, Strength.PRICED
STRENGTHS: Mapping[Kind, tuple[Strength, ...]] = {
    Kind.SAME_COUNTRY: (H, R, P),
    Kind.FEWEST_PARCELS: (P, R),
    Kind.CLOSEST: (R, P, H),
    Kind.CHEAPEST: (R,),
    Kind.STOCK_PRIORITY: (R, P),
    Kind.ONLY_LOCATIONS: (H, R, P),
    Kind.NOT_LOCATIONS: (H, R, P),
    Kind.CAPACITY: (H, R, P),
    Kind.ARRIVE_BY: (P, R, H),
    Kind.LEAVE_BY: (P, R, H),
    Kind.SHIP_FROM_STORE: (R, P, H),
    Kind.MOST_PARCELS: (H,),
    Kind.NEVER_SPLIT: (H,),
    Kind.CARRIER_PICKUP: (H, R, P),
}


class Needs(StrEnum):
    """What a kind of rule is told besides."""

    LOCATIONS = "locations"  # ids
    DAYS = "days"
    KM = "km"
    PARCELS = "parcels"
    PRODUCTS = "products"  # SKUs and categories
    CARRIER = "carrier"


PARAMS: Mapping[Kind, Needs] = {
    Kind.ONLY_LOCATIONS: Needs.LOCATIONS,
    Kind.NOT_LOCATIONS: Needs.LOCATIONS,
    Kind.ARRIVE_BY: Needs.DAYS,
    Kind.LEAVE_BY: Needs.DAYS,
    Kind.CLOSEST: Needs.KM,
    Kind.MOST_PARCELS: Needs.PARCELS,
    Kind.NEVER_SPLIT: Needs.PRODUCTS,
    Kind.CARRIER_PICKUP: Needs.CARRIER,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the ranked list.  `when`: the JSON form of its condition.

    Units: `price_minor` for each time it is broken: a parcel, a late day, 100 km or a step of priority.  `km` 0: however far;
    `carrier` empty: whichever.
    """

    id: str
    kind: Kind
    strength: Strength
    name: str = ""
    on: bool = True
    when: Mapping[str, Any] = field(default_factory=lambda: {"all": []})
    price_minor: int = 0
    locations: tuple[int, ...] = ()
    days: int = 0
    km: int = 0
    parcels: int = 1
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    carrier: str = ""

    @property
    def is_always(self) -> bool:
        """Whether it applies to every order."""
        return dict(self.when) == {"all": []}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in their order.  `most_over_minor`: what the ranked rules may cost over the cheapest plan; None: any sum."""

    rules: tuple[Rule, ...]
    most_over_minor: int | None = None

    @property
    def in_use(self) -> tuple[Rule, ...]:
        """Those that are switched on, in their order."""
        return tuple(rule for rule in self.rules if rule.on)

    def without(self, id: str) -> RuleSet:
        """The same set, less one rule."""
        return RuleSet(tuple(rule for rule in self.rules if rule.id != id), self.most_over_minor)


FIELDS: Mapping[str, Field] = conditions.fields_of(
    [
        Field("country", Asks.TEXT, gettext_noop("Country")),
        Field("region", Asks.TEXT, gettext_noop("Region")),
        Field("postal_code", Asks.TEXT, gettext_noop("Postal code")),
        Field("channel", Asks.WORDS, gettext_noop("Channel")),
        Field("order_value", Asks.MONEY, gettext_noop("Value of the order")),
        Field("weight_g", Asks.NUMBER, gettext_noop("Weight in grams")),
        Field("units", Asks.NUMBER, gettext_noop("Units")),
        Field("order_tags", Asks.WORDS, gettext_noop("Tags of the order")),
        Field("skus", Asks.WORDS, gettext_noop("SKUs")),
        Field("categories", Asks.WORDS, gettext_noop("Categories")),
        Field("language", Asks.TEXT, gettext_noop("Language")),
        Field("placed_on", Asks.DATE, gettext_noop("Day of the order")),
        Field("shipping_paid", Asks.MONEY, gettext_noop("Shipping paid")),
        Field("shipping_service", Asks.TEXT, gettext_noop("Shipping service ordered")),
        Field("customer_groups", Asks.WORDS, gettext_noop("Groups of the customer")),
        Field("priority", Asks.NUMBER, gettext_noop("Priority of the order")),
    ]
)
# What a further parcel costs where nothing is known of a brand: packing, a second notice, a customer who waits twice.
# Source: the yardstick of the routing trial, one US dollar, in each currency's usual size.
SPLIT_MINOR: Mapping[str, int] = {"KRW": 1300, "JPY": 150, "VND": 25_000, "CLP": 900, "ISK": 130, "KWD": 300, "BHD": 380}
SPLIT_MINOR_ELSE = 100


def default_rules(currency: str) -> RuleSet:
    """What every brand begins with: what the order costs to send decides, and each further parcel counts."""
    split = SPLIT_MINOR.get(currency, SPLIT_MINOR_ELSE)
    return RuleSet(
        (
            Rule("fewest", Kind.FEWEST_PARCELS, Strength.PRICED, price_minor=split),
            Rule("capacity", Kind.CAPACITY, Strength.PRICED, price_minor=split),
            Rule("cheapest", Kind.CHEAPEST, Strength.RANKED),
        )
    )
