"""EasyPost's shapes and ours.  Pure.

Source: https://docs.easypost.com/docs/shipments, /trackers, /scan-form, /shipping-refund, /addresses, /errors.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from doorstep.base.money import Money, digits_of
from doorstep.base.refusals import BAD_SIGNATURE, UNREADABLE, Refused
from doorstep.base.texts import one_line
from doorstep.shipping.port import (
    AddressAnswer,
    Bought,
    Credit,
    CustomsTerms,
    LabelWish,
    Manifested,
    ManifestWish,
    Rate,
    Scan,
)
from doorstep.shipping.values import TrackingStatus

OUNCE_G, INCH_MM = Decimal("28.349523125"), Decimal("25.4")  # exact by definition: NIST SP 811, appendix B.8
# Source: https://docs.easypost.com/docs/shipments/options, "label_format".
FORMAT_OF: Mapping[str, str] = {"pdf": "PDF", "zpl": "ZPL"}
FILE_TYPE_OF: Mapping[str, str] = {"pdf": "application/pdf", "zpl": "application/zpl"}
TENTH = Decimal("0.1")
LONGEST_SERVICE = 40
STATUS_OF: Mapping[str, TrackingStatus | None] = {
    "unknown": None,
    "pre_transit": TrackingStatus.PRE_TRANSIT,
    "in_transit": TrackingStatus.IN_TRANSIT,
    "out_for_delivery": TrackingStatus.OUT_FOR_DELIVERY,
    "delivered": TrackingStatus.DELIVERED,
    "available_for_pickup": TrackingStatus.AVAILABLE_FOR_PICKUP,
    "return_to_sender": TrackingStatus.RETURN_TO_SENDER,
    "failure": TrackingStatus.EXCEPTION,
    "cancelled": TrackingStatus.CANCELLED,
    "error": TrackingStatus.UNKNOWN,
}
# Details that say more than the status beside them.
STATUS_OF_DETAIL: Mapping[str, TrackingStatus] = {
    "delayed": TrackingStatus.DELAYED,
    "weather_delay": TrackingStatus.DELAYED,
    "missorted": TrackingStatus.DELAYED,
    "damaged": TrackingStatus.EXCEPTION,
    "lost": TrackingStatus.EXCEPTION,
    "delivery_exception": TrackingStatus.EXCEPTION,
    "transit_exception": TrackingStatus.EXCEPTION,
    "address_correction": TrackingStatus.EXCEPTION,
    "awaiting_information": TrackingStatus.EXCEPTION,
    "held": TrackingStatus.EXCEPTION,
    "refused": TrackingStatus.RETURN_TO_SENDER,
    "return": TrackingStatus.RETURN_TO_SENDER,
    "arrived_at_pickup_location": TrackingStatus.AVAILABLE_FOR_PICKUP,
    "canceled": TrackingStatus.CANCELLED,
    "expired": TrackingStatus.EXPIRED,
}
# The carrier may have sold it all the same: the shipment is read again before anybody says what became of it.
PERHAPS_BOUGHT = frozenset(
    {"SHIPMENT.POSTAGE.EXISTS", "SHIPMENT.PURCHASE.IN_PROGRESS", "SHIPMENT.POSTAGE.TIMED_OUT", "SHIPMENT.POSTAGE.NO_RESPONSE"}
)
TAKEN_BACK = frozenset({"submitted", "refunded"})
CREDIT_OF = {"submitted": Credit.PENDING, "refunded": Credit.GIVEN}
_COMPACT = re.compile(r"[^0-9A-Z]")


def write_address(address: Mapping[str, Any]) -> dict[str, str]:
    """An address as EasyPost takes it; what is empty is left out."""
    lines = [str(line) for line in address.get("lines") or ()]
    written = {
        "name": str(address.get("name") or ""),
        "company": str(address.get("company") or ""),
        "street1": lines[0] if lines else "",
        "street2": ", ".join(lines[1:]),
        "city": str(address.get("city") or ""),
        "state": str(address.get("region") or ""),
        "zip": str(address.get("postal_code") or ""),
        "country": str(address.get("country") or "").upper(),
        "phone": str(address.get("phone") or ""),
    }
    return {name: value for name, value in written.items() if value}


def write_parcel(wish: LabelWish) -> dict[str, float]:
    """Units: ounces and inches, each begun tenth whole; sides that nobody measured are left out."""
    names = ("length", "width", "height")
    sides = {name: _tenths(mm / INCH_MM) for name, mm in zip(names, wish.dims_mm, strict=True) if all(wish.dims_mm)}
    return {**sides, "weight": _tenths(wish.weight_g / OUNCE_G)}


def _tenths(amount: Decimal) -> float:
    return float(amount.quantize(TENTH, rounding=ROUND_UP))


def write_shipment(wish: LabelWish, *, reference: str = "") -> dict[str, Any]:
    """The body of POST /v2/shipments and /beta/rates.  `reference`: by which it can be found again."""
    shipment: dict[str, Any] = {
        "from_address": write_address(wish.sender),
        "to_address": write_address(wish.recipient),
        "parcel": write_parcel(wish),
    }
    if reference:
        # no label_size: carriers name theirs each in their own way, and 4×6 is what they give unasked
        options = {"label_format": FORMAT_OF.get(wish.paper, "PDF"), "print_custom_1": wish.reference}
        shipment |= {"reference": reference, "options": options}
    if wish.customs:
        shipment["customs_info"] = _write_customs(wish)
        shipment["options"] = {**shipment.get("options", {}), "incoterm": wish.terms.incoterm}
        if wish.terms.eori or wish.terms.ioss:
            shipment["tax_identifiers"] = _write_tax_ids(wish.terms)
    return {"shipment": shipment}


def _write_customs(wish: LabelWish) -> dict[str, Any]:
    items = [
        {
            "description": item.description[:255], "quantity": item.qty, "value": str((item.value * item.qty).decimal),
            "currency": item.value.currency, "weight": _tenths(max(1, item.weight_g * item.qty) / OUNCE_G),
            "hs_tariff_number": item.hs_code, "origin_country": item.origin, "code": item.sku[:20],
        }
        for item in wish.customs
    ]  # fmt: skip
    terms = wish.terms
    signer = terms.signer or str(wish.sender.get("name") or wish.sender.get("company") or "-")
    told = {
        "contents_type": terms.contents, "restriction_type": "none", "non_delivery_option": terms.non_delivery,
        "customs_certify": True, "customs_signer": signer, "customs_items": items,
    }  # fmt: skip
    # what leaves from elsewhere than the United States has no such citation
    more = {"contents_explanation": terms.explanation, "eel_pfc": terms.filing}
    return told | {name: said for name, said in more.items() if said}


def _write_tax_ids(terms: CustomsTerms) -> list[dict[str, str]]:
    """Source: https://docs.easypost.com/docs/shipments/tax-identifiers; the kinds are called as most carriers do."""
    whose = "RECEIVER" if terms.is_return else "SENDER"
    told = []
    if terms.eori:
        told.append({"entity": whose, "tax_id": terms.eori, "tax_id_type": "EORI", "issuing_country": terms.eori[:2]})
    if terms.ioss:
        told.append({"entity": whose, "tax_id": terms.ioss, "tax_id_type": "IOSS", "issuing_country": terms.ioss_state})
    return told


def write_scan_form(wish: ManifestWish) -> dict[str, Any]:
    """The body of POST /v2/scan_forms."""
    return {"scan_form": {"shipments": [{"id": vendor_id} for vendor_id, _ in wish.parcels]}}


def service_of(rate: Mapping[str, Any]) -> str:
    """A service as we name it: the carrier, then what it calls it; names too long for us end in what tells them apart."""
    name = one_line(f"{rate['carrier']} {rate['service']}")
    if len(name) <= LONGEST_SERVICE:
        return name
    return f"{name[: LONGEST_SERVICE - 7]}~{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def read_price(amount: str, currency: str) -> Money:
    """Units: major units in; a fraction of a minor unit counts as a whole one."""
    minor = Decimal(amount).scaleb(digits_of(currency)).to_integral_value(rounding=ROUND_UP)
    return Money(int(minor), currency)


def read_rate(rate: Mapping[str, Any]) -> Rate:
    """One rate; the days are the carrier's own estimate where it has no promise."""
    days = rate.get("delivery_days") or rate.get("est_delivery_days")
    return Rate(service_of(rate), read_price(rate["rate"], rate["currency"]), int(days) if days else None)


def read_rates(body: Mapping[str, Any]) -> list[Rate]:
    """Cheapest first."""
    return sorted((read_rate(r) for r in body["rates"]), key=lambda r: (r.price.minor, r.transit_days or 99, r.service))


def find_rate_id(shipment: Mapping[str, Any], service: str) -> str | None:
    """The id of the rate that a service has in a shipment."""
    return next((str(rate["id"]) for rate in shipment["rates"] if service_of(rate) == service), None)


def why_no_rate(shipment: Mapping[str, Any]) -> str:
    """What the carriers said of a shipment for which they have no rate."""
    said = [f"{m.get('carrier', '')}: {m.get('message', '')}" for m in shipment.get("messages") or () if isinstance(m, dict)]
    return one_line("; ".join(said), 300)


def is_taken_back(shipment: Mapping[str, Any]) -> bool:
    """Whether its label was given back."""
    return shipment.get("refund_status") in TAKEN_BACK


def read_credit(shipment: Mapping[str, Any]) -> Credit:
    """What became of its money."""
    return CREDIT_OF.get(str(shipment.get("refund_status")), Credit.REFUSED)


def read_shipment(shipment: Mapping[str, Any]) -> Bought | None:
    """What was bought; None for a shipment without a label, or whose label was given back."""
    if not shipment.get("postage_label") or is_taken_back(shipment):
        return None
    rate = shipment["selected_rate"]
    return Bought(
        vendor_id=str(shipment["id"]),
        tracking_number=one_line(str(shipment["tracking_code"])),
        sort_code=f"ZONE {shipment['usps_zone']}" if shipment.get("usps_zone") else "",
        service=service_of(rate),
        cost=read_price(rate["rate"], rate["currency"]),
    )


def label_url(shipment: Mapping[str, Any], language: str) -> str | None:
    """Where the file of a bought shipment's label lies in a language (pdf, zpl); None where there is none."""
    label = shipment.get("postage_label") or {}
    named = label.get(f"label_{language}_url")
    if named:
        return str(named)
    url = str(label.get("label_url") or "")
    is_so = label.get("label_file_type") == FILE_TYPE_OF[language] or url.partition("?")[0].lower().endswith(f".{language}")
    return url if url and is_so else None


def is_same(wish: LabelWish, shipment: Mapping[str, Any]) -> bool:
    """Whether a shipment that bears a wish's key is of this wish: where it goes, and what it weighs."""
    to, wanted = shipment["to_address"], write_address(wish.recipient)
    codes = [_COMPACT.sub("", str(code or "").upper()) for code in (to.get("zip"), wanted.get("zip"))]
    weighs = Decimal(str(shipment["parcel"]["weight"])) == Decimal(str(write_parcel(wish)["weight"]))
    return to.get("country") == wanted.get("country", "") and weighs and codes[0].startswith(codes[1])


def read_scan_form(form: Mapping[str, Any]) -> Manifested | None:
    """A manifest; None for one that failed.  What a driver scans is on EasyPost's own paper."""
    if form.get("status") == "failed":
        return None
    url = str(form.get("form_url") or "")
    return Manifested(str(form["id"]), "", url if url.startswith(("https://", "http://")) else "")  # a page links to it


def read_verified(address: Mapping[str, Any]) -> AddressAnswer:
    """What a verification says."""
    delivery = (address.get("verifications") or {}).get("delivery") or {}
    problems = tuple(one_line(str(e.get("message", "")), 200) for e in delivery.get("errors") or ())
    return AddressAnswer(bool(delivery.get("success")), read_address(address), problems)


def read_address(address: Mapping[str, Any]) -> dict[str, Any]:
    """An address in our shape."""
    texts = {ours: one_line(str(address.get(theirs) or "")) for ours, theirs in (
        ("name", "name"), ("company", "company"), ("city", "city"), ("region", "state"), ("postal_code", "zip"),
        ("country", "country"), ("phone", "phone"),
    )}  # fmt: skip
    return {**texts, "lines": [one_line(str(address[name])) for name in ("street1", "street2") if address.get(name)]}


def read_error(body: object) -> tuple[str, str]:
    """An error's code and what it says, field by field.  Shapes: fields come as objects or as texts."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return "", one_line(error, 300)
    if not isinstance(error, dict):
        return "", ""
    fields = error.get("errors") or ()
    said = [str(f.get("message", "")) if isinstance(f, dict) else str(f) for f in fields] if isinstance(fields, list) else []
    message = error.get("message", "")
    words = message if isinstance(message, str) else json.dumps(message)
    sentence = ". ".join(dict.fromkeys(w.rstrip(".") for w in [words, *said] if w))
    return one_line(str(error.get("code", "")), 80), one_line(sentence, 300)


def read_tracker(tracker: Mapping[str, Any]) -> list[Scan]:
    """Every event of a tracker, oldest first.

    EasyPost gives them no ids: theirs are made of what they say, so that the same event told twice is one.  A tracker may be
    further than its details tell; then it says so itself.
    """
    number = one_line(str(tracker["tracking_code"]))
    expected = _day((tracker.get("carrier_detail") or {}).get("est_delivery_date_local") or tracker.get("est_delivery_date"))
    details = list(tracker.get("tracking_details") or ())
    scans = sorted((_read_detail(number, detail, expected) for detail in details), key=lambda scan: scan.at)
    status = str(tracker.get("status") or "unknown")
    if STATUS_OF.get(status) is not None and all(detail.get("status") != status for detail in details):
        at = _moment(str(tracker["updated_at"]))
        told = f"{number}|{status}"
        last = max(at, scans[-1].at) if scans else at
        scans.append(Scan(_id_of(told), number, STATUS_OF[status], status, status.replace("_", " "), "", last, expected))
    return scans


def _read_detail(number: str, detail: Mapping[str, Any], expected: date | None) -> Scan:
    status, more = str(detail["status"]), str(detail.get("status_detail") or "")
    place = detail.get("tracking_location") or {}
    where = one_line(", ".join(str(place[p]) for p in ("city", "state", "country") if place.get(p)))
    said = one_line(str(detail.get("message") or detail.get("description") or status))
    told = "|".join((str(detail["datetime"]), status, more, said, where))
    return Scan(
        external_id=_id_of(told),
        tracking_number=number,
        status=STATUS_OF_DETAIL.get(more) or STATUS_OF.get(status, TrackingStatus.UNKNOWN),
        raw_code=one_line(f"{status}/{more}" if more else status, 40),
        description=said,
        place=where,
        at=_moment(str(detail["datetime"])),
        estimated_on=expected,
    )


def _id_of(told: str) -> str:
    return f"ep_{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def sign(secret: str, body: bytes) -> str:
    """The signature of a webhook's body.  Source: https://docs.easypost.com/guides/webhooks-guide, "HMAC validation"."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def open_webhook(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """The id of a signed event.  Refuses: what the secret did not sign (`BAD_SIGNATURE`), no event (`UNREADABLE`)."""
    given = {name.lower(): value for name, value in headers.items()}.get("x-hmac-signature", "")
    if not secret or not hmac.compare_digest(sign(secret, body).encode(), given.encode()):
        raise Refused(BAD_SIGNATURE, {"reason": "no matching signature found" if given else "missing required headers"})
    event = _event(body)
    return one_line(str(event.get("id") or hashlib.sha256(body).hexdigest()), 200)


def read_webhook(body: bytes) -> list[Scan]:
    """The events of a tracker that was pushed; other topics say nothing.  Refuses: bodies of another shape."""
    event = _event(body)
    try:
        if not str(event["description"]).startswith("tracker."):
            return []
        return read_tracker(event["result"])
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        reason = f"no tracking event ({type(trouble).__name__}: {trouble})"[:150]
        raise Refused(UNREADABLE, {"reason": reason}) from None


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as trouble:
        raise Refused(UNREADABLE, {"reason": f"no JSON ({type(trouble).__name__})"}) from None
    if not isinstance(event, dict):
        raise Refused(UNREADABLE, {"reason": "no event"})
    return event


def missing_from(form: Mapping[str, Any], wish: ManifestWish) -> Sequence[str]:
    """Tracking numbers of a wish that a scan form does not list."""
    listed = {str(number) for number in form.get("tracking_codes") or ()}
    return [number for _, number in wish.parcels if number not in listed]


