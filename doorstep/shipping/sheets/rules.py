"""What a parcel costs by a rate sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from doorstep.base.money import MAX_MINOR, Money
from doorstep.shipping.sheets.values import (
    ANYWHERE,
    FROM_ELSEWHERE,
    NO_ZONE,
    NOT_SOLD_TO,
    TOO_HEAVY,
    NotQuoted,
    Place,
    Quoted,
    Remote,
    Service,
    Sheet,
    Zone,
)

_CODE = re.compile(r"[^0-9A-Z]")
_NUMBERED = re.compile(r"(\D*)(\d{1,9})(\D*)")
BASIS = 10_000


def place(country: object, postal_code: object) -> Place:
    """One end of a way, from an address."""
    return Place(str(country or "").upper(), _CODE.sub("", str(postal_code or "").upper()))


def billable_g(weight_g: int, dims_mm: Sequence[int], divisor: int) -> int:
    """The weight that counts: the greater of weight and volume weight.  Units: grams; cubic millimetres to a gram."""
    length, width, height = dims_mm
    return max(weight_g, -(-length * width * height // divisor)) if divisor else weight_g


def zone_of(sheet: Sheet, to: Place, *, km: float | None) -> Zone | None:
    """The first zone that has this address; one that takes all others of a country, or of the world, comes after those.

    Zones by distance have none whose distance nobody knows.
    """
    return min((zone for zone in sheet.zones if _holds(zone, to, km)), key=_breadth, default=None)


def _breadth(zone: Zone) -> int:
    """0: some codes or distances; 1: all others of a country; 2: all others."""
    if zone.codes or zone.km_from is not None or zone.km_to is not None:
        return 0
    return 2 if zone.country == ANYWHERE else 1


def columns(service: Service) -> list[str]:
    """A service's zones as they are read: in the order in which its line names them; numbered ones by number, 2 before 10."""
    named = list(dict.fromkeys(zone for one in service.breaks for zone in one.prices))
    parts = [_NUMBERED.fullmatch(name) for name in named]
    numbered = [part for part in parts if part]
    if len(numbered) < len(parts) or len({(part[1], part[3]) for part in numbered}) > 1:
        return named
    return [part[0] for part in sorted(numbered, key=lambda part: int(part[2]))]


def _holds(zone: Zone, to: Place, km: float | None) -> bool:
    if zone.country not in (ANYWHERE, to.country) or not to.country:
        return False
    if zone.km_from is not None or zone.km_to is not None:
        return km is not None and (zone.km_from or 0) <= km and (zone.km_to is None or km <= zone.km_to)
    return not zone.codes or begins(zone.codes, to.postal_code)


def begins(codes: Sequence[tuple[str, str]], postal_code: str) -> bool:
    """Whether a postal code begins with one of these beginnings."""
    return any(low <= postal_code[: len(low)] <= high for low, high in codes if len(postal_code) >= len(low))


def quote(
    sheet: Sheet, *, origin: Place, to: Place, weight_g: int, dims_mm: Sequence[int] = (0, 0, 0), km: float | None = None
) -> list[Quoted | NotQuoted]:
    """What each service of a sheet costs, or why it does not take the parcel, in the order of the sheet."""
    if sheet.origin != origin.country:
        return [NotQuoted(service.name, FROM_ELSEWHERE) for service in sheet.services]
    zone = zone_of(sheet, to, km=km)
    if zone is None:
        return [NotQuoted(service.name, NO_ZONE) for service in sheet.services]
    billed = billable_g(weight_g, dims_mm, sheet.divisor)
    remote = next((one for one in sheet.remote if one.country == to.country and begins(one.codes, to.postal_code)), None)
    return [_quote(sheet, service, zone, remote, billed) for service in sheet.services]


def _quote(sheet: Sheet, service: Service, zone: Zone, remote: Remote | None, billed_g: int) -> Quoted | NotQuoted:
    base = base_minor(service, zone.name, billed_g)
    if isinstance(base, str):
        return NotQuoted(service.name, base)
    fuel = -(-base * sheet.fuel_bp // BASIS)
    extra = remote.surcharge_minor if remote else 0
    if base + fuel + extra > MAX_MINOR:
        return NotQuoted(service.name, TOO_HEAVY)
    days = service.days.get(zone.name)
    more_days = remote.more_days if remote else 0
    return Quoted(service.name, Money(base + fuel + extra, sheet.currency), None if days is None else days + more_days)


def base_minor(service: Service, zone: str, billed_g: int) -> int | str:
    """The price by zone and weight, or why there is none."""
    if service.heaviest_g and billed_g > service.heaviest_g:
        return TOO_HEAVY
    if not any(zone in one.prices for one in service.breaks):
        return NOT_SOLD_TO
    for one in service.breaks:
        if billed_g <= one.up_to_g and zone in one.prices:
            return one.prices[zone]
    last = service.breaks[-1]
    if service.more is None or zone not in last.prices or zone not in service.more.prices:
        return TOO_HEAVY
    return last.prices[zone] - (last.up_to_g - billed_g) // service.more.up_to_g * service.more.prices[zone]
