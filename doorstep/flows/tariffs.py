"""What a parcel costs from a location to an address, and how long it is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.base.money import digits_of
from doorstep.locations import queries as locations
from doorstep.locations.rules import distance_km
from doorstep.locations.values import LocationRow
from doorstep.locations.working import EVERY_DAY
from doorstep.routing import lane_costs
from doorstep.routing.engine import lane_costs as levels
from doorstep.routing.engine.lane_costs import Bought
from doorstep.routing.engine.values import Tariff
from doorstep.shipping import tariffs as rates

# A table for those who have no rates yet: miles, a parcel, each kilogram, days.  Source: the zones of the routing trial (US parcel
# rates in cents); between the edges the price rises evenly, so that of two places in one zone the nearer is the cheaper.
ZONES = (
    (0, 520, 35, 1), (150, 560, 40, 1), (300, 590, 50, 2), (600, 630, 65, 2), (1000, 680, 85, 3), (1400, 730, 105, 4),
    (1800, 780, 125, 4), (12_500, 1900, 420, 5),
)  # fmt: skip
ABROAD_MINOR, ABROAD_DAYS = 900, 3  # what a border adds: papers, customs, another carrier
STEP_G, LEAST_STEPS = 500, 1
KM_PER_MILE = 1.609344
FARTHEST_KM = 12_500 * KM_PER_MILE
# Roughly what a cent buys in each currency that has other digits: these prices compare places and are never booked.
PER_CENT: Mapping[str, float] = {"KRW": 10.0, "JPY": 1.5, "VND": 250.0, "KWD": 3.0, "BHD": 3.8, "CLP": 9.0, "ISK": 1.4}


@dataclass(frozen=True, slots=True)
class Lane:
    """From a location to an address.  `distance_km`: None where nobody knows."""

    origin: LocationRow
    country: str
    postal_code: str
    distance_km: float | None


@dataclass(frozen=True, slots=True)
class Priced:
    """What a lane costs.  `days` on its way, of those on which the carrier moves (`weekdays`, bits).

    `is_guess`: a zone table stood in for rates.
    """

    tariff: Tariff
    days: int
    weekdays: int = EVERY_DAY
    is_guess: bool = True


def tariffs_for(ctx: Ctx, *, lanes: Sequence[Lane], currency: str) -> list[Priced]:
    """What parcels cost and how long they take: by the brand's own rate sheets, else by zones and what labels cost beside them.

    Shapes: one answer per lane, in order.  Units: minor units of `currency`.
    """
    scale = _scale(currency)
    asked = [
        rates.Lane(lane.origin.id, lane.origin.country, lane.country, lane.postal_code, lane.distance_km) for lane in lanes
    ]
    sheets = rates.tariffs(ctx, lanes=asked, currency=currency)
    learnt = lane_costs.known(ctx) if None in sheets else {}
    return [_by_sheet(sheet, _learnt(lane, _by_zone(lane, scale), learnt)) for lane, sheet in zip(lanes, sheets, strict=True)]


def learn(ctx: Ctx) -> int:
    """Learns anew, once a day, by how much labels cost more or less than the zones say.  Returns: from how many labels."""
    if not lane_costs.is_due(ctx):
        return 0
    currency = accounts.organisation(ctx).default_currency
    places = {at.id: at for at in locations.list_locations(ctx)}
    rows = [row for row in lane_costs.bought(ctx, currency=currency) if row.location_id in places]
    to = list(dict.fromkeys((row.country, row.postal_code) for row in rows))
    targets = dict(zip(to, locations.find_many(places=to), strict=True))
    scale, labels = _scale(currency), []
    for row in rows:
        at, target = places[row.location_id], targets[(row.country, row.postal_code)]
        km = distance_km(at.coordinates[:2], target[:2]) if at.coordinates and target else None
        expected = _by_zone(Lane(at, row.country, row.postal_code, km), scale).tariff(row.weight_g)
        labels.append(Bought(at.id, row.country, km, row.weight_g, float(row.cost_minor), expected))
    lane_costs.keep(ctx, learnt=levels.learn(labels), labels=len(labels))
    return len(labels)


def _learnt(lane: Lane, zones: Priced, known: Mapping[str, float]) -> Priced:
    if not known:
        return zones
    at = levels.tariff(
        zones.tariff, known, location_id=lane.origin.id, country=lane.country, distance_km=lane.distance_km
    )
    return replace(zones, tariff=at, is_guess=False)


def _by_sheet(sheet: rates.Tariff | None, zones: Priced) -> Priced:
    """A lane by a rate sheet; a weight that no service takes costs what its zone says, as somebody else has to carry it."""
    light = sheet(STEP_G) if sheet is not None else None
    if sheet is None or light is None:
        return zones
    at = sheet

    def tariff(weight_g: int) -> float:
        found = at(weight_g)
        return float(found.price.minor) if found else zones.tariff(weight_g)

    return Priced(tariff, zones.days if light.transit_days is None else light.transit_days, light.weekdays, is_guess=False)


def _scale(currency: str) -> float:
    return PER_CENT.get(currency) or 10.0 ** (digits_of(currency) - 2)


def _by_zone(lane: Lane, scale: float) -> Priced:
    km = FARTHEST_KM if lane.distance_km is None else min(lane.distance_km, FARTHEST_KM)
    parcel, per_kg, days = _between(km / KM_PER_MILE)
    abroad = lane.origin.country != lane.country
    base, step = (parcel + abroad * ABROAD_MINOR) * scale, per_kg * scale * STEP_G / 1000

    def tariff(weight_g: int) -> float:
        return base + step * max(ceil(weight_g / STEP_G), LEAST_STEPS)

    return Priced(tariff, days + abroad * ABROAD_DAYS)


def _between(miles: float) -> tuple[float, float, int]:
    """A parcel, a kilogram and days at a distance, on the line between the edges of its zone."""
    for (near, parcel, kg, _), (far, more, more_kg, days) in pairwise(ZONES):
        if miles <= far:
            share = (miles - near) / (far - near)
            return parcel + share * (more - parcel), kg + share * (more_kg - kg), days
    return float(ZONES[-1][1]), float(ZONES[-1][2]), ZONES[-1][3]
