"""What lanes cost for the planner, without a call: by the brand's own rate sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.shipping.own import find_sheet_row
from doorstep.shipping.port import abilities_of, carriers
from doorstep.shipping.queries import list_carriers
from doorstep.shipping.sheets import reading, rules
from doorstep.shipping.sheets.values import Quoted, Sheet


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


Tariff = Callable[[int], Priced | None]  # grams to what the cheapest service costs there, None where none takes that weight


@lru_cache(maxsize=64)
def _sheet(text: str) -> Sheet | None:
    return reading.read(text, is_kept=True).sheet


def tariffs(ctx: Ctx, *, lanes: Sequence[Lane], currency: str) -> list[Tariff | None]:
    """What lanes cost.  Shapes: one answer per lane, in order; None where no sheet tells.

    Only prices in `currency` count: amounts of money in different currencies are not compared.
    """
    sheets = []
    for row in list_carriers(ctx):
        able = row.provider in carriers.names() and abilities_of(row.provider).sells_by_sheet
        saved = find_sheet_row(ctx, carrier_id=row.id) if row.active and able else None
        sheet = _sheet(saved.text) if saved else None
        if sheet is not None and sheet.currency == currency:
            sheets.append((row, sheet))
    found: list[Tariff | None] = []
    for lane in lanes:
        mine = [(row.id, row.delivers, sheet) for row, sheet in sheets
                if row.collects_at(lane.location_id) and sheet.origin == lane.from_country]  # fmt: skip
        priced = _by_sheets(lane, mine)
        found.append(priced if mine and priced(1) else None)
    return found


def _by_sheets(lane: Lane, sheets: Sequence[tuple[int, int, Sheet]]) -> Tariff:
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
