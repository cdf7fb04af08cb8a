"""How EasyPost tells things: errors, addresses, rates, and what a parcel costs here.

Source: https://docs.easypost.com/docs/errors, /docs/addresses, /docs/rates.  The tariff is our own.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

from sandbox.books import utc

OUNCE_G = 28.349523125
HEAVIEST_OZ = 1058.2  # 30 kg
# origin -> (carrier, currency, [(service, first pound in minor units, each further pound, days at home, days abroad)])
CARRIERS = {
    "US": ("USPS", "USD", [("GroundAdvantage", 820, 90, 3, 9), ("Priority", 1101, 140, 2, 7), ("Express", 5120, 420, 1, 4)]),
    "KR": ("KoreaPost", "KRW", [("Parcel", 4000, 500, 2, 9), ("EMS", 9800, 1900, 1, 4)]),
    "DE": ("DHLPaket", "EUR", [("Paket", 699, 60, 2, 7), ("Express", 1890, 210, 1, 3)]),
}
HUNDRED = {"KRW": 1}
FIELDS = ("name", "company", "street1", "street2", "city", "state", "zip", "country", "phone")


class EasyPostError(Exception):
    """A request that is answered with `status` and EasyPost's error object; nothing was written."""

    def __init__(self, status: int, code: str, message: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message, "errors": errors or []}}


def not_found() -> EasyPostError:
    """The requested resource could not be found."""
    return EasyPostError(404, "NOT_FOUND", "The requested resource could not be found.")


def new_id(prefix: str, *parts: object) -> str:
    """An id such as shp_40b6..."""
    return f"{prefix}_{hashlib.sha256(':'.join(map(str, (prefix, *parts))).encode()).hexdigest()[:32]}"


def show_address(given: dict[str, Any], *, id: str, at: float, verified: bool = False) -> dict[str, Any]:
    """An address; one that is verified comes in capitals."""
    texts = {name: given.get(name) for name in FIELDS}
    if verified:
        texts |= {name: str(texts[name]).upper() for name in ("street1", "street2", "city", "state") if texts[name]}
    return {
        "id": id, "object": "Address", "created_at": utc(at), "updated_at": utc(at), **texts, "email": given.get("email"),
        "mode": "test", "carrier_facility": None, "residential": None, "verifications": {},
    }  # fmt: skip


def check_address(given: Any, name: str) -> dict[str, Any]:
    """An address that says at least its country.  Refuses: 422."""
    if not isinstance(given, dict) or len(str(given.get("country") or "")) != 2:
        field = {"field": f"{name}.country", "message": "country is required", "suggestion": None}
        message = "Invalid 'country', please provide a 2 character ISO country code."
        raise EasyPostError(422, "ADDRESS.COUNTRY.INVALID", message, [field])
    return given


def verify(given: dict[str, Any]) -> list[dict[str, Any]]:
    """What is wrong with an address: no street, or a ZIP code that is none."""
    problems = []
    if not given.get("street1") or str(given.get("street1")).startswith("000"):
        problems.append({"code": "E.ADDRESS.NOT_FOUND", "field": "address", "message": "Address not found", "suggestion": None})
    return problems


def rates(shipment: dict[str, Any], *, id: str, at: float) -> list[dict[str, Any]]:
    """What each service costs; none for a parcel that is too heavy."""
    weight = float(shipment["parcel"]["weight"])
    origin, to = shipment["from_address"]["country"], shipment["to_address"]["country"]
    carrier, currency, services = CARRIERS.get(origin, CARRIERS["US"])
    if weight > HEAVIEST_OZ:
        return []
    pounds = max(1, math.ceil(weight / 16))
    factor = 1 if origin == to else 3
    return [
        {
            "id": new_id("rate", id, service), "object": "Rate", "created_at": utc(at), "updated_at": utc(at), "mode": "test",
            "service": service, "carrier": carrier, "rate": _major((first + further * (pounds - 1)) * factor, currency),
            "currency": currency, "delivery_days": home if origin == to else abroad,
            "est_delivery_days": home if origin == to else abroad, "delivery_date": None, "delivery_date_guaranteed": False,
            "shipment_id": id, "carrier_account_id": new_id("ca", carrier),
        }
        for service, first, further, home, abroad in services
    ]  # fmt: skip


def _major(minor: int, currency: str) -> str:
    return f"{minor}.00" if currency in HUNDRED else f"{minor // 100}.{minor % 100:02}"
