"""The sandbox warehouse's shapes and ours.  Pure.  Source: sandbox/README.md, "Warehouse"."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from doorstep.base.refusals import BAD_SIGNATURE, UNREADABLE, Refused
from doorstep.fulfilment.port import Adjusted, Confirmed, FoundShort, GivenBack, News, Report, Sent, WarehouseWish
from doorstep.providers.plain import moment, text

MOST_UNITS = 1_000_000


def write_order(wish: WarehouseWish) -> dict[str, Any]:
    """The body of POST /orders."""
    to = wish.recipient
    return {
        "reference": wish.reference,
        "service": wish.service,
        "note": wish.note,
        "gift": wish.is_gift,
        "incoterm": wish.incoterm,
        "ship_to": {
            "name": str(to.get("name") or to.get("company") or "-"),
            "company": str(to.get("company") or ""),
            "lines": [str(line) for line in to.get("lines") or ()],
            "city": str(to.get("city") or ""),
            "province": str(to.get("region") or ""),
            "zip": str(to.get("postal_code") or ""),
            "country_code": str(to.get("country") or "").upper(),
            "phone": str(to.get("phone") or ""),
        },
        "lines": [
            {"line": x.line, "sku": x.sku, "barcode": x.barcode, "title": x.title, "quantity": x.qty} for x in wish.lines
        ],
    }


def read_news(body: Mapping[str, Any]) -> News:
    """Each report in the wrapping of a webhook, so that both are kept alike."""
    items = tuple(
        (str(event["event_id"])[:200], json.dumps({"type": event["type"], "data": event}, ensure_ascii=False).encode())
        for event in body["events"]
    )
    return News(items, str(body["next_after"]), bool(body["more"]))


def id_of(body: bytes) -> str:
    """The report's id in a webhook.  Refuses: a signed body without one, as nothing that may be kept."""
    try:
        return str(json.loads(body)["data"]["event_id"])[:200]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(BAD_SIGNATURE, {"reason": "its text has no right form"}) from None


def read(body: bytes) -> Sequence[Report]:
    """What a report says; topics that we do not know say nothing.  Refuses: bodies of another shape."""
    try:
        said = json.loads(body)
        reader = READERS.get(said["type"])
        return [] if reader is None else [reader(said["data"], moment(said["data"]["occurred_at"]))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        reason = f"no report ({type(trouble).__name__}: {trouble})"[:150]
        raise Refused(UNREADABLE, {"reason": reason}) from None


def _text(value: Any, longest: int) -> str:
    """As our columns hold it: what cannot be kept of a word keeps no parcel from being booked."""
    return text(str(value), longest)


def _units(number: Any, *, low: int = 1) -> int:
    """Raises: ValueError for what is no number of units."""
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= MOST_UNITS:
        raise ValueError(f"{number!r} units")
    return number


def _short(data: Mapping[str, Any], at: datetime) -> Report:
    return FoundShort(_text(data["key"], 100), _text(data["line"], 100), _units(data["missing"]), at)


def _sent(data: Mapping[str, Any], at: datetime) -> Report:
    units = tuple((_text(one["line"], 100), _units(one["quantity"])) for one in data["lines"])
    if not units:
        raise ValueError("a parcel without units")
    return Sent(
        key=_text(data["key"], 100), carrier=_text(data["carrier"], 80), service=_text(data.get("service") or "", 40),
        tracking_number=_text(data["tracking_number"], 60), weight_g=_units(data.get("weight_g") or 0, low=0), units=units, at=at,
    )  # fmt: skip


def _adjusted(data: Mapping[str, Any], at: datetime) -> Report:
    return Adjusted(_text(data["sku"], 80), _units(data["change"], low=-MOST_UNITS), _text(data.get("reason") or "", 200), at)


READERS: Mapping[str, Callable[[Mapping[str, Any], datetime], Report]] = {
    "order.confirmed": lambda data, at: Confirmed(_text(data["key"], 100), at),
    "order.short": _short,
    "order.shipped": _sent,
    "order.given_back": lambda data, at: GivenBack(_text(data["key"], 100), _text(data.get("reason") or "", 200), at),
    "stock.adjusted": _adjusted,
}
