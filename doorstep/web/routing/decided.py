"""Why this warehouse: a routing decision in a sentence, and the table behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.locations.values import LocationRow
from doorstep.routing import queries as routing
from doorstep.routing.ruling import parsing
from doorstep.routing.values import DecisionRow
from doorstep.web.routing import words

Places = Mapping[int, LocationRow]
COSTS = ("ship", "handling", "late", "capacity", "penalty", "worth")
NAMES_NEAREST = ("cheapest", "only_complete", "nearest_complete")  # the reasons beside which the nearest place is told of
NAMED = 3  # things that a place lacks, in a sentence


@dataclass(frozen=True, slots=True)
class Considered:
    """A place that was weighed.  `costs`: what the whole order would cost from there; `verdict`: why it was not taken."""

    place: str
    distance_km: int | None
    arrives: str
    total: str
    costs: str
    verdict: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """One routing decision in words.  `notes`: what further there is to say; `rules_version`: None before there were rules."""

    sentence: str
    at: datetime
    considered: Sequence[Considered]
    others: Sequence[str]
    notes: Sequence[str]
    rules_version: int | None
    took_us: int
    part_id: int | None
    locations: frozenset[int]


def decisions(ctx: Ctx, *, order_id: int, places: Places) -> list[Decided]:
    """Every routing decision of an order in words, newest first."""
    rows = routing.decisions_of(ctx, order_id=order_id)
    if not rows:
        return []
    missing = {v for row in rows for place in row.considered for v in place.get("missing", [])}
    skus = {id: found.sku for id, found in catalog.variants_by_id(ctx, ids=sorted(missing)).items()}
    versions = {row.rules_version for row in rows if row.rules_version is not None}
    names = {
        version: words.names(parsing.parse(routing.get_rules(ctx, version=version).rules).rules) for version in versions
    }
    return [_decided(row, places, skus, names.get(row.rules_version or 0, {})) for row in rows]


def of_part(found: Sequence[Decided], *, part_id: int, location_id: int | None) -> Decided | None:
    """The decision that a part of an order goes by: its own, else that of the part it was split off."""
    own = next((one for one in found if one.part_id == part_id), None)
    if own is not None and (location_id is None or location_id in own.locations):
        return own
    if location_id is None:
        return None
    return next((one for one in found if location_id in one.locations), None)


def _decided(row: DecisionRow, places: Places, skus: Mapping[int, str], rules: Mapping[str, str]) -> Decided:
    chosen = [part["location_id"] for part in row.plan.get("parts", [])]
    currency = row.plan.get("currency", "")
    told = [_considered(one, places, skus, rules, chosen, row.plan) for one in row.considered]
    others = [
        gettext("%(places)s: %(more)s more")
        % {"places": _names(places, one["locations"]), "more": words.amount(one["more"], currency)}
        for one in row.plan.get("others", [])
        if one["more"] >= 0
    ]
    return Decided(
        sentence(row.plan, _names(places, chosen), places, rules), row.decided_at, told, others, _notes(row), row.rules_version,
        row.took_us, row.fulfilment_order_id, frozenset(chosen),
    )  # fmt: skip


def _considered(
    one: Mapping[str, Any], places: Places, skus: Mapping[int, str], rules: Mapping[str, str], chosen: Sequence[int],
    plan: Mapping[str, Any],
) -> Considered:  # fmt: skip
    cost, currency = one.get("cost", {}), plan.get("currency", "")
    arrives = date_format(date.fromisoformat(one["arrives"]), "MONTH_DAY_FORMAT") if one.get("arrives") else ""
    parts = ", ".join(f"{_cost_word(name)} {words.amount(cost[name], currency)}" for name in COSTS if round(cost.get(name, 0)))
    is_chosen = one["location_id"] in chosen
    return Considered(
        name_of(places, one["location_id"]), one.get("distance_km"), arrives,
        words.amount(cost["total"], currency) if cost else "", parts, _verdict(one, skus, rules, is_chosen, plan), is_chosen,
    )  # fmt: skip


def _cost_word(name: str) -> str:
    return {
        "ship": gettext("shipping"), "handling": gettext("handling"), "late": gettext("lateness"), "capacity": gettext("capacity"),
        "penalty": gettext("rules"), "worth": gettext("worth of the stock there"),
    }[name]  # fmt: skip


def _verdict(
    one: Mapping[str, Any], skus: Mapping[int, str], rules: Mapping[str, str], is_chosen: bool, plan: Mapping[str, Any]
) -> str:
    if is_chosen:
        return gettext("chosen")
    if one.get("excluded"):
        return gettext("does not send this order")
    if one.get("rule"):
        return gettext("out by the rule “%(rule)s”") % {"rule": rules.get(one["rule"], one["rule"])}
    if not one.get("complete"):
        return gettext("lacks %(skus)s") % {"skus": ", ".join(skus.get(v, str(v)) for v in one.get("missing", [])) or "–"}
    more = one.get("cost", {}).get("total", 0) - plan.get("total", 0)
    if round(more) > 0:
        return gettext("%(more)s more") % {"more": words.amount(more, plan.get("currency", ""))}
    return gettext("behind by rank") if round(more) < 0 else gettext("has everything")


def _notes(row: DecisionRow) -> list[str]:
    found = []
    if row.level:
        found.append(gettext("Decided %(how)s.") % {"how": words.LEVELS.get(row.level, row.level)})
    if row.plan.get("paid") is not None:
        parts = {name: sum(part.get(name, 0) for part in row.plan["parts"]) for name in COSTS} | {"split": row.plan.get("split", 0)}
        told = [f"{_cost_word(name)} {_amount(row, parts[name])}" for name in COSTS if round(parts[name])]
        if round(parts["split"]):
            told.append(gettext("further parcels %(sum)s") % {"sum": _amount(row, parts["split"])})
        found.append(gettext("It costs %(sum)s: %(parts)s.") % {"sum": _amount(row, row.plan["total"]), "parts": ", ".join(told)})
    if row.plan.get("kept_back"):
        found.append(gettext("It takes of what places keep back, because nothing else suffices."))
    return found


def _amount(row: DecisionRow, minor: float) -> str:
    return words.amount(minor, row.plan.get("currency", ""))


def sentence(why: Mapping[str, Any], place: str, places: Places, rules: Mapping[str, str] | None = None) -> str:
    """Why this warehouse, in a sentence."""
    facts = {"place": place, "km": why.get("distance_km")}
    if why.get("why") == "batch":
        saved = {**facts, "saved": words.amount(why.get("saves_minor", 0), why.get("currency", ""))}
        return gettext("Looked at once more together with other orders, it goes from %(place)s: that saves %(saved)s.") % saved
    if why.get("why") == "nobody":
        return _nobody(why, rules or {})
    told = {
        "only_complete": gettext("%(place)s is the only place that has everything."),
        "sold_in_shop": gettext("Handed over in %(place)s."),
        "by_hand": gettext("A person chose %(place)s."),
        "split": gettext("No place has everything, so the order goes in several parcels: %(place)s."),
        "cheapest": gettext("%(place)s is the best place for it by the rules."),
        "nearest_complete": _nearest(why),
    }.get(str(why.get("why")), "") % facts  # fmt: skip
    if why.get("why") == "split" and why.get("nearest", {}).get("why") in ("dearer", "ranked"):
        told = gettext("Several parcels cost less than one: %(place)s.") % facts
    near = _not_nearest(why, places, rules or {}) if why.get("why") in NAMES_NEAREST else ""
    return f"{told} {near}".strip()


def _nearest(why: Mapping[str, Any]) -> str:
    if why.get("distance_km") is None:
        return gettext("%(place)s has everything; how far it is, nobody knows.")
    if why.get("rough"):
        return gettext(
            "%(place)s is the nearest place that has everything: some %(km)s km from the middle of the country, since "
            "the postal code is not known here."
        )
    return gettext("%(place)s is the nearest place that has everything: %(km)s km.")


def _nobody(why: Mapping[str, Any], rules: Mapping[str, str]) -> str:
    out = dict.fromkeys(rule for _, rule in why.get("out", []))
    if not out:
        return gettext("No place that may send it has what is left to send.")
    return ngettext(
        "No place may send it: the rule “%(rules)s” leaves none that has it.",
        "No place may send it: the rules %(rules)s leave none that has it.",
        len(out),
    ) % {"rules": ", ".join(rules.get(id, id) for id in out)}  # fmt: skip


def _not_nearest(why: Mapping[str, Any], places: Places, rules: Mapping[str, str]) -> str:
    near = why.get("nearest")
    if not near or near["location_id"] not in places:
        return ""
    facts = {"place": name_of(places, near["location_id"]), "rule": rules.get(near.get("rule", ""), near.get("rule", ""))}
    if near["why"] == "rule":
        if not rules:
            return gettext("%(place)s is nearer, but a rule keeps it out.") % facts
        return gettext("%(place)s is nearer, but the rule “%(rule)s” keeps it out.") % facts
    if near["why"] == "dearer" and round(near.get("more", 0)) > 0:
        more = words.amount(near["more"], why.get("currency", ""))
        return gettext("%(place)s is nearer, but %(more)s dearer.") % {**facts, "more": more}
    if near["why"] == "short" and near.get("skus"):
        skus = near["skus"]
        lacks = {**facts, "skus": ", ".join(skus[:NAMED]), "n": len(skus) - NAMED}
        if len(skus) > NAMED:
            return gettext("%(place)s is nearer, but lacks %(skus)s and %(n)s more.") % lacks
        return gettext("%(place)s is nearer, but lacks %(skus)s.") % lacks
    if near["why"] == "ranked":
        return gettext("%(place)s is nearer, but a rule of higher rank speaks for another.") % facts
    return ""


def _names(places: Places, ids: Sequence[int]) -> str:
    return " + ".join(name_of(places, id) for id in ids)


def name_of(places: Places, id: int | None) -> str:
    """What a place is called; "" for one that is not known."""
    return places[id].name if id is not None and id in places else ""
