"""The sandbox carrier's shapes and ours.  Pure.  Source: sandbox/README.md, "Carrier"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from doorstep.base.money import Money
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.texts import one_line
from doorstep.providers.plain import moment
from doorstep.shipping.port import Bought, LabelWish, Manifested, NotTaken, Rate, Scan
from doorstep.shipping.values import TrackingStatus

# None: the event says nothing of where the parcel is, so it keeps its status.
STATUS_OF_CODE: Mapping[str, TrackingStatus | None] = {
    "10": TrackingStatus.PRE_TRANSIT,
    "11": TrackingStatus.IN_TRANSIT,
    "21": TrackingStatus.IN_TRANSIT,
    "22": TrackingStatus.IN_TRANSIT,
    "31": TrackingStatus.IN_TRANSIT,
    "32": TrackingStatus.IN_TRANSIT,
    "41": TrackingStatus.IN_TRANSIT,
    "50": None,
    "71": TrackingStatus.ATTEMPT_FAILED,
    "72": TrackingStatus.EXCEPTION,
    "73": TrackingStatus.EXCEPTION,
    "75": TrackingStatus.DELAYED,
    "82": TrackingStatus.OUT_FOR_DELIVERY,
    "91": TrackingStatus.DELIVERED,
    "92": TrackingStatus.DELIVERED,
    "95": TrackingStatus.RETURN_TO_SENDER,
    "96": TrackingStatus.RETURN_TO_SENDER,
    "99": TrackingStatus.EXCEPTION,
}
# What the carrier prints beside each code, in the languages that it speaks.
WORDS_OF_CODE: Mapping[str, Mapping[str, str]] = {
    "10": {"ko": "운송장접수", "en": "label created"},
    "11": {"ko": "집화처리", "en": "picked up"},
    "21": {"ko": "간선상차", "en": "loaded at hub"},
    "22": {"ko": "간선하차", "en": "unloaded at hub"},
    "31": {"ko": "통관진행", "en": "in customs"},
    "32": {"ko": "통관완료", "en": "cleared customs"},
    "41": {"ko": "배송지도착", "en": "at delivery depot"},
    "50": {"ko": "정보수정", "en": "information corrected"},
    "71": {"ko": "미배달(수취인부재)", "en": "recipient absent"},
    "72": {"ko": "미배달(주소불명)", "en": "address unknown"},
    "73": {"ko": "파손", "en": "damaged"},
    "75": {"ko": "배송지연", "en": "delayed"},
    "82": {"ko": "배송출발", "en": "out for delivery"},
    "91": {"ko": "배달완료", "en": "delivered"},
    "92": {"ko": "위탁배달(경비실)", "en": "left with guard or in locker"},
    "95": {"ko": "반송출발", "en": "returning to sender"},
    "96": {"ko": "반송완료", "en": "returned to sender"},
    "99": {"ko": "분실", "en": "lost"},
}
SIDE_MM = 200  # of a parcel that nobody measured


def write_address(address: Mapping[str, Any]) -> dict[str, str]:
    """An address as the carrier wants it; what it cannot do without is never empty."""
    lines = [str(line) for line in address.get("lines") or ()]
    return {
        "name": str(address.get("name") or address.get("company") or "-"),
        "company": str(address.get("company") or ""),
        "address1": lines[0] if lines else "-",
        "address2": " ".join(lines[1:]),
        "city": str(address.get("city") or address.get("region") or "-"),
        "province": str(address.get("region") or ""),
        "zip": str(address.get("postal_code") or "-"),
        "country_code": str(address.get("country") or "").upper(),
        "phone": str(address.get("phone") or ""),
    }


def write_parcel(wish: LabelWish) -> dict[str, int]:
    """Units: grams and millimetres."""
    length, width, height = wish.dims_mm if all(wish.dims_mm) else (SIDE_MM, SIDE_MM, SIDE_MM // 2)
    return {"weight_g": wish.weight_g, "length_mm": length, "width_mm": width, "height_mm": height}


def write_label(wish: LabelWish) -> dict[str, Any]:
    """The body of POST /labels."""
    return {
        "service": wish.service,
        "from": write_address(wish.sender),
        "to": write_address(wish.recipient),
        "parcel": write_parcel(wish),
        "reference": wish.reference,
    }


def write_rates(wish: LabelWish, *, currency: str) -> dict[str, Any]:
    """The body of POST /rates."""
    return {
        "from": write_address(wish.sender),
        "to": write_address(wish.recipient),
        "parcels": [write_parcel(wish)],
        "currency": currency,
    }


def read_rates(body: Mapping[str, Any]) -> list[Rate]:
    """Cheapest first."""
    rates = [Rate(r["service"], Money(r["price_minor"], r["currency"]), r["transit_days"]) for r in body["rates"]]
    return sorted(rates, key=lambda r: (r.price.minor, r.transit_days))


def read_shipment(body: Mapping[str, Any]) -> Bought | None:
    """A label that was bought; None for one that was given back."""
    if body["state"] == "voided":
        return None
    return Bought(
        vendor_id=body["shipment_id"],
        tracking_number=body["tracking_number"],
        sort_code=body["sort_code"],
        service=body["service"],
        cost=Money(body["price_minor"], body["currency"]),
    )


def read_manifest(body: Mapping[str, Any]) -> list[NotTaken]:
    """What the driver will not collect."""
    return [NotTaken(r["tracking_number"], r["reason"]) for r in body["rejected"]]


def read_closing(body: Mapping[str, Any]) -> Manifested:
    """A manifest of the end of a day."""
    return Manifested(body["closing_id"], body["barcode"], not_taken=tuple(read_manifest(body)))


def read_tracking(body: Mapping[str, Any]) -> list[Scan]:
    """Every event, oldest first."""
    return [_read_event(body, event) for event in body["events"]]


def read_webhook(body: bytes) -> list[Scan]:
    """The event of a push; other topics say nothing.  Refuses: bodies of another shape."""
    try:
        said = json.loads(body)
        if said["type"] != "tracking.updated":
            return []
        return [_read_event(said["data"], said["data"]["event"])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        reason = f"no tracking event ({type(trouble).__name__}: {trouble})"[:150]
        raise Refused(UNREADABLE, {"reason": reason}) from None


def _read_event(about: Mapping[str, Any], event: Mapping[str, Any]) -> Scan:
    code = one_line(str(event["code"]))
    place = event.get("location") or {}
    return Scan(
        external_id=one_line(str(event["event_id"])),
        tracking_number=one_line(str(about["tracking_number"])),
        status=STATUS_OF_CODE.get(code, TrackingStatus.UNKNOWN),
        raw_code=code,
        description=one_line(str(event.get("text_ko") or event.get("text_en") or code)),
        place=one_line(", ".join(p for p in (place.get("name", ""), place.get("country_code", "")) if p)),
        at=moment(event["occurred_at"]),
        estimated_on=_read_day(about.get("estimated_delivery_at")),
    )


def _read_day(moment: str | None) -> date | None:
    return datetime.fromisoformat(moment).date() if moment else None


