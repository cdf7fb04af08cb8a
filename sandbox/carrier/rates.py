"""What a parcel costs and how long it takes: by distance class and billable weight, the same every time.

Source: https://docs.easypost.com/docs/shipments (rates of a shipment; own tariff). Volume weight in kg is length x
width x height in cm over 6000, as usual in air freight.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.serving import Fields, Refusal

# minor units of the currency for 100 KRW
_PER_100_KRW = {"KRW": 100.0, "USD": 7.5, "EUR": 6.8, "GBP": 5.8, "JPY": 11.0}
_HOME_CURRENCY = {"KR": "KRW", "US": "USD", "GB": "GBP", "JP": "JPY", "DE": "EUR", "FR": "EUR"}
_LIMIT_G = {"STANDARD": 30_000, "EXPRESS": 20_000}
# distance class -> service -> (KRW for the first kg, KRW per further kg begun, days)
_TARIFF = {
    "region": {"STANDARD": (3000, 500, 1), "EXPRESS": (5500, 900, 1)},
    "country": {"STANDARD": (3500, 600, 2), "EXPRESS": (6500, 1000, 1)},
    "international": {"STANDARD": (18_000, 6000, 7), "EXPRESS": (32_000, 9000, 3)},
}
_REMOTE_KRW, _REMOTE_DAYS = 3000, 1


@dataclass(frozen=True)
class Parcel:
    """What is sent: grams and millimetres."""

    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int

    @property
    def billable_g(self) -> int:
        """The greater of weight and volume weight."""
        return max(self.weight_g, math.ceil(self.length_mm * self.width_mm * self.height_mm / 6000))


@dataclass(frozen=True)
class Rate:
    """One service for one price in minor units."""

    service: str
    price_minor: int
    currency: str
    transit_days: int
    distance_class: str
    billable_weight_g: int


def parse_parcel(fields: Fields) -> Parcel:
    """A parcel of at most 30 kg and 1,600 mm; refuses 422."""
    sides = {name: fields.whole(name, low=1, high=1600) for name in ("length_mm", "width_mm", "height_mm")}
    return Parcel(weight_g=fields.whole("weight_g", low=1, high=30_000), **sides)


def parse_address(fields: Fields) -> dict[str, Any]:
    """An address with country_code, zip, city, address1 and name; everything else is kept as it is. Refuses 422."""
    for name in ("name", "country_code", "zip", "city", "address1"):
        fields.text(name)
    if not (len(fields.text("country_code")) == 2 and fields.text("country_code").isupper()):
        raise Refusal(422, "invalid", "country_code must be two capital letters")
    return fields.values


def parse_place(fields: Fields) -> dict[str, Any]:
    """As much of an address as a rate needs: country_code and zip."""
    for name in ("country_code", "zip"):
        fields.text(name)
    return fields.values


def home_currency(origin: dict[str, Any]) -> str:
    """The currency a label is priced in where none is asked for."""
    return _HOME_CURRENCY.get(origin["country_code"], "USD")


def rate(*, origin: dict[str, Any], to: dict[str, Any], parcels: list[Parcel], currency: str) -> list[Rate]:
    """The services that take all the parcels, cheapest first. Refuses 422 `currency`."""
    if currency not in _PER_100_KRW:
        raise Refusal(422, "currency", f"prices are told in {', '.join(_PER_100_KRW)}")
    distance = _distance_class(origin, to)
    is_remote = distance != "international" and _is_island(to)
    found = []
    for service, (first_krw, further_krw, days) in _TARIFF[distance].items():
        if any(parcel.billable_g > _LIMIT_G[service] for parcel in parcels):
            continue
        krw = sum(first_krw + further_krw * max(0, math.ceil(one.billable_g / 1000) - 1) for one in parcels)
        krw += _REMOTE_KRW * len(parcels) if is_remote else 0
        found.append(
            Rate(
                service=service,
                price_minor=math.ceil(krw * _PER_100_KRW[currency] / 100),
                currency=currency,
                transit_days=days + (_REMOTE_DAYS if is_remote else 0),
                distance_class=distance,
                billable_weight_g=sum(one.billable_g for one in parcels),
            )
        )
    return found


def get_rate(service: str, *, origin: dict[str, Any], to: dict[str, Any], parcel: Parcel, currency: str) -> Rate:
    """The rate of one service; refuses 422 `service` where it does not take the parcel."""
    for one in rate(origin=origin, to=to, parcels=[parcel], currency=currency):
        if one.service == service:
            return one
    raise Refusal(422, "service", f"{service} does not take this parcel there")


def show(one: Rate) -> dict[str, Any]:
    """A rate as the API tells it."""
    return asdict(one)


def _distance_class(origin: dict[str, Any], to: dict[str, Any]) -> str:
    if origin["country_code"] != to["country_code"]:
        return "international"
    return "region" if _region(origin) == _region(to) else "country"


def _region(place: dict[str, Any]) -> str:
    return str(place["zip"])[: 1 if place["country_code"] == "US" else 2]


def _is_island(place: dict[str, Any]) -> bool:
    prefixes = {"KR": ("63", "40200"), "US": ("967", "968", "995")}.get(place["country_code"], ())
    return str(place["zip"]).startswith(prefixes) if prefixes else False
