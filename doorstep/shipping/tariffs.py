"""What lanes cost for the planner, without a call: own rate sheets first, else what labels on that lane cost before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.shipping.own import find_sheet_row
from doorstep.shipping.port import abilities_of, carriers
from doorstep.shipping.queries import list_carriers
from doorstep.shipping.sheets import reading, rules
from doorstep.shipping.sheets.values import Quoted, Sheet

LEARNT_FROM = timedelta(days=90)
ENOUGH = 5  # labels, before a lane is known
EVERY_DAY = 0b1111111


@dataclass(frozen=True, slots=True)
class Lane:
    """From a location to an address.  Units: kilometres; None where nobody knows."""

    location_id: int
    from_country: str
    country: str
    postal_code: str
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """One service for one weight.  `transit_days` None: nobody knows."""

    price: Money
    transit_days: int | None
    weekdays: int
    carrier_id: int
    service: str


@dataclass(frozen=True, slots=True)
class LaneTariff:
    """`at`: grams to what the cheapest service costs there, None where none takes that weight.  `is_learnt`: from bought labels."""

    at: Callable[[int], Priced | None]
    is_learnt: bool


@lru_cache(maxsize=64)
def _sheet(text: str) -> Sheet | None:
    return reading.read(text).sheet


def tariffs(ctx: Ctx, *, lanes: Sequence[Lane], currency: str, may_learn: bool = True) -> list[LaneTariff | None]:
    """What lanes cost.  Shapes: one answer per lane, in order; None where neither a sheet nor the past tells.

    Only prices in `currency` count: amounts of money in different currencies are not compared.  `may_learn` False: own sheets
    alone, which costs no look at labels.
    """
    sheets = []
    for row in list_carriers(ctx):
        able = row.provider in carriers.names() and abilities_of(row.provider).sells_by_sheet
        saved = find_sheet_row(ctx, carrier_id=row.id) if row.active and able else None
        sheet = _sheet(saved.text) if saved else None
        if sheet is not None and sheet.currency == currency:
            sheets.append((row, sheet))
    learnt = _learnt(ctx, currency) if may_learn else {}
    found: list[LaneTariff | None] = []
    for lane in lanes:
        mine = [(row.id, row.delivers, sheet) for row, sheet in sheets
                if row.collects_at(lane.location_id) and sheet.origin == lane.from_country]  # fmt: skip
        priced = _by_sheets(lane, mine)
        past = learnt.get((lane.location_id, lane.country))
        found.append(LaneTariff(priced, False) if mine and priced(1) else LaneTariff(past, True) if past else None)
    return found


def _by_sheets(lane: Lane, sheets: Sequence[tuple[int, int, Sheet]]) -> Callable[[int], Priced | None]:
    """The cheapest service of these sheets, each weight asked once."""
    origin, to = rules.place(lane.from_country, ""), rules.place(lane.country, lane.postal_code)

    @lru_cache(maxsize=512)
    def at(weight_g: int) -> Priced | None:
        offers = [
            Priced(one.price, one.transit_days, delivers, carrier_id, one.service)
            for carrier_id, delivers, sheet in sheets
            for one in rules.quote(sheet, origin=origin, to=to, weight_g=weight_g, km=lane.distance_km)
            if isinstance(one, Quoted)
        ]
        return min(offers, key=lambda o: (o.price.minor, o.transit_days is None, o.transit_days, o.carrier_id), default=None)

    return at


def _learnt(ctx: Ctx, currency: str) -> dict[tuple[int, str], Callable[[int], Priced | None]]:
    """What labels cost in the last ninety days, by location and country: a line through their weights, never falling."""
    lines = db.dicts(
        """SELECT p.location_id, p.ship_to->>'country' AS country, avg(l.cost_minor)::float8 AS mean,
                  GREATEST(COALESCE(regr_slope(l.cost_minor, p.weight_g), 0), 0)::float8 AS per_g,
                  avg(p.weight_g)::float8 AS weight,
                  round(avg(extract(epoch FROM p.delivered_at - p.handed_over_at) / 86400))::int AS days,
                  (array_agg(l.carrier_id ORDER BY l.id DESC))[1] AS carrier_id
             FROM shipping_label l JOIN shipping_parcel p ON p.organisation_id = l.organisation_id AND p.id = l.parcel_id
            WHERE l.organisation_id = %s AND l.state = 'bought' AND l.cost_currency = %s AND l.settled_at >= %s
              AND p.direction = 'out'
            GROUP BY 1, 2 HAVING count(*) >= %s""",
        [ctx.organisation_id, currency, ctx.now - LEARNT_FROM, ENOUGH],
    )
    return {(line["location_id"], line["country"]): _line(line, currency) for line in lines}


def _line(line: dict[str, float], currency: str) -> Callable[[int], Priced | None]:
    mean, per_g, weight, days = line["mean"], line["per_g"], line["weight"], line["days"]
    carrier_id = int(line["carrier_id"])

    def at(weight_g: int) -> Priced:
        minor = max(1, round(mean + per_g * (weight_g - weight)))
        return Priced(Money(minor, currency), None if days is None else max(1, int(days)), EVERY_DAY, carrier_id, "")

    return at
