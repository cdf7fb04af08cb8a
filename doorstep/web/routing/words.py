"""The merchant's rules in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.routing.ruling import applying
from doorstep.routing.ruling.kinds import FIELDS, Kind, Rule, RuleSet, Strength
from doorstep.web.parts import traces

KINDS: Mapping[Kind, Promise] = {
    Kind.SAME_COUNTRY: _("Same country"),
    Kind.FEWEST_PARCELS: _("Few parcels"),
    Kind.CLOSEST: _("Closest place"),
    Kind.CHEAPEST: _("Cheapest plan"),
    Kind.STOCK_PRIORITY: _("Stock priority"),
    Kind.ONLY_LOCATIONS: _("From these places"),
    Kind.NOT_LOCATIONS: _("Not from these places"),
    Kind.CAPACITY: _("Capacity of the day"),
    Kind.ARRIVE_BY: _("Arrives in time"),
    Kind.LEAVE_BY: _("Leaves in time"),
    Kind.SHIP_FROM_STORE: _("Not from shops"),
    Kind.MOST_PARCELS: _("At most so many parcels"),
    Kind.NEVER_SPLIT: _("Never split"),
    Kind.CARRIER_PICKUP: _("Carrier comes"),
}
ABOUT: Mapping[Kind, Promise] = {
    Kind.SAME_COUNTRY: _("Parcels leave from the country that they go to."),
    Kind.FEWEST_PARCELS: _("As few parcels as possible, or one more only where that saves more than it is worth."),
    Kind.CLOSEST: _("The nearer a place lies to the address, the better; or nothing beyond so many kilometres."),
    Kind.CHEAPEST: _("What the parcels cost to make and to send decides. Nothing that ranks below it is heard any more."),
    Kind.STOCK_PRIORITY: _("Places are served from in the order of their number under Locations, 1 first."),
    Kind.ONLY_LOCATIONS: _("These places and no others, or these before others."),
    Kind.NOT_LOCATIONS: _("Any place but these, or these only after the others."),
    Kind.CAPACITY: _(
        "A place that has its parcels of the day gets no more, or only if it pays. The day is the working day of the place, up to "
        "its cut-off."
    ),
    Kind.ARRIVE_BY: _("By cut-off, calendar, pick-up and transit time it arrives within so many days of the order."),
    Kind.LEAVE_BY: _("It leaves within so many working days: 0 is today, as long as the cut-off has not passed."),
    Kind.SHIP_FROM_STORE: _("Shops send nothing, or only what no warehouse can."),
    Kind.MOST_PARCELS: _("An order that would need more parcels waits."),
    Kind.NEVER_SPLIT: _("The units of a line travel in one parcel."),
    Kind.CARRIER_PICKUP: _("A carrier, or a certain one, picks up there."),
}
STRENGTHS: Mapping[Strength, Promise] = {
    Strength.HARD: _("Must"), Strength.RANKED: _("In its turn"), Strength.PRICED: _("For a price"),
}  # fmt: skip
STRENGTHS_ABOUT: Mapping[Strength, Promise] = {
    Strength.HARD: _("What breaks it is out. If nothing is left, the order waits."),
    Strength.RANKED: _("It comes before every rule below it, whatever that costs."),
    Strength.PRICED: _("Breaking it costs so much, which is weighed against everything else that costs."),
}
UNITS: Mapping[Kind, Promise] = {
    Kind.FEWEST_PARCELS: _("for each further parcel"), Kind.CLOSEST: _("for each 100 km"), Kind.ARRIVE_BY: _("for each late day"),
    Kind.LEAVE_BY: _("for each late day"), Kind.STOCK_PRIORITY: _("for each step"), Kind.CAPACITY: _("where the day is full"),
}  # fmt: skip
A_PARCEL = _("for each parcel")
LEVELS: Mapping[str, Promise] = {
    "shadow": _("by cost and by what the stock is worth later"),
    "balance": _("by cost and balance of stock"),
    "cost": _("by cost"),
    "zones": _("by cost, from a table of distances: there are no rates yet"),
    "fewest": _("by parcels: nobody knows where the address or the places lie"),
    "nearest": _("by distance"),
}


@dataclass(frozen=True, slots=True)
class ToldRule:
    """A rule, ready to show.  `change`: how it differs from what is in force; `is_unheard`: the cost decides before it is asked."""

    rule: Rule
    title: str
    detail: str
    strength: str
    when: traces.Sentence | None
    change: str = ""
    is_unheard: bool = False


def told(
    rules: RuleSet, *, places: Mapping[int, str], currency: str, changes: Mapping[str, str] | None = None
) -> list[ToldRule]:
    """Rules in their order.  Shapes: `places` are names by id; `changes` as `parsing.differences` tells them."""
    silent = applying.unheard(rules)
    return [tell(rule, places, currency, (changes or {}).get(rule.id, ""), rule.id in silent) for rule in rules.rules]


def tell(rule: Rule, places: Mapping[int, str], currency: str, change: str = "", is_unheard: bool = False) -> ToldRule:
    """One rule."""
    when = None if rule.is_always else traces.sentence(rule.when, _leaf)
    return ToldRule(rule, title(rule), detail(rule, places), strength(rule, currency), when, change, is_unheard)


def title(rule: Rule) -> str:
    """What a rule is called: as somebody named it, else by its kind."""
    return rule.name or str(KINDS[rule.kind])


def detail(rule: Rule, places: Mapping[int, str]) -> str:
    """What a rule is told besides its kind."""
    if rule.locations:
        return ", ".join(places.get(id, f"#{id}") for id in rule.locations)
    if rule.kind in (Kind.ARRIVE_BY, Kind.LEAVE_BY):
        return ngettext("within %(n)s day", "within %(n)s days", rule.days) % {"n": rule.days}
    if rule.kind is Kind.MOST_PARCELS:
        return ngettext("%(n)s parcel", "%(n)s parcels", rule.parcels) % {"n": rule.parcels}
    if rule.kind is Kind.CLOSEST and rule.km:
        return gettext("within %(n)s km") % {"n": number_format(rule.km, force_grouping=True)}
    if rule.kind is Kind.NEVER_SPLIT:
        return ", ".join([*rule.skus, *rule.categories]) or gettext("any line")
    return rule.carrier


def strength(rule: Rule, currency: str) -> str:
    """How a rule counts, with its price."""
    if rule.strength is not Strength.PRICED:
        return str(STRENGTHS[rule.strength])
    return f"{amount(rule.price_minor, currency)} {UNITS.get(rule.kind, A_PARCEL)}"


def amount(minor: float, currency: str) -> str:
    """Money as the reader writes it."""
    return money.show(Money(round(minor), currency), get_language() or "en")


def _leaf(when: Mapping[str, Any]) -> tuple[str, str]:
    return gettext(FIELDS[when["field"]].says), traces.value_of(when["value"], {})


def names(rules: Sequence[Rule]) -> dict[str, str]:
    """What rules are called, by id."""
    return {rule.id: title(rule) for rule in rules}
