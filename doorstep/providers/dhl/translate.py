"""DHL Express (XML and MyDHL), DHL Paket, DHL Poland and DHL Unified Tracking: their answers and our scans.  Pure.

`read_universal` alone is wired: `client.py` asks Unified Tracking for all of DHL's houses.  The other readers have no client yet;
they read recorded answers of those services, and nothing but the tests calls them.

Source: developer.dhl.com; the XML services "DHL XML-PI", entwickler.dhl.de and dhl24.com.pl.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from doorstep.base import zones
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.providers import tracked
from doorstep.providers.dhl import codes
from doorstep.providers.tracked import text_of
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.refusals import UNAUTHORISED
from doorstep.shipping.values import TrackingStatus

OF_SIGN_IN = ("password", "siteid", "site id")


def read_express_xml(body: bytes, *, number: str) -> list[Scan]:
    """DHL Express by XML: every event, oldest first; an answer may tell of several numbers, each scan names its own.

    Refuses: error answers, by what they say, and bodies of another shape.
    """
    root = tracked.parse_xml(body)

    def read() -> list[Scan]:
        told = tracked.all_of(root, "AWBInfo")
        scans = [
            _express_event(event, shipment, text_of(awb, "AWBNumber") or number)
            for awb in told
            for shipment in tracked.all_of(awb, "ShipmentInfo")
            for event in tracked.all_of(shipment, "ShipmentEvent")
        ]
        for condition in [] if scans else tracked.all_of(root, "Condition"):
            code, said = text_of(condition, "ConditionCode"), text_of(condition, "ConditionData")
            if code == "111" and any(word in said.casefold() for word in OF_SIGN_IN):
                raise Refused(UNAUTHORISED, {"said": f"{code} {said}"[:200]})  # it could not even read the password
            raise tracked.refusal(code, said, codes.EXPRESS_REFUSALS)
        if not told:
            raise Refused(UNREADABLE, {"reason": "no AWBInfo"})
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _express_event(event: Any, shipment: Any, number: str) -> Scan:
    code = text_of(event, "ServiceEvent", "EventCode")
    local = tracked.stamped(f"{text_of(event, 'Date')} {text_of(event, 'Time')}", "%Y-%m-%d %H:%M:%S")
    area = text_of(event, "ServiceArea", "Description") or text_of(event, "ServiceArea", "ServiceAreaCode")
    country, region = _station(area)
    to = GoesTo(text_of(shipment, "Consignee", "CountryCode"), text_of(shipment, "Consignee", "PostalCode"))
    return Scan(
        external_id=tracked.id_of(number, code, local, area),
        tracking_number=number,
        status=tracked.status_of(codes.EXPRESS, code),
        raw_code=code[:40],
        description=text_of(event, "ServiceEvent", "Description"),
        place=area[:120],
        at=tracked.moment(local, country=country, region=region),
        estimated_on=tracked.day(text_of(shipment, "EstDlvyDate")),
        trouble=codes.EXPRESS_TROUBLE.get(code),
        goes_to=to if to.country else None,
    )


def _station(area: str) -> tuple[str, str]:
    """Country and state of a station: "Milan - Italy", "KINGSTON-JAM", "SPRINGFIELD GARDENS,NY-USA", "Los Angeles, CA"."""
    head, _, tail = area.rpartition("-")
    country = tracked.country_of(tail) if head else ""
    region = (head if country else area).rpartition(",")[2].strip().upper()
    for one, regions in zones.ZONES_OF_REGIONS.items():
        if (country in ("", one)) and any(region in names.split() for names in regions.values()):
            return one, region
    return country or tracked.country_of(region), ""


def read_mydhl(body: bytes, *, number: str) -> list[Scan]:
    """DHL Express by MyDHL API: every event, oldest first.  Refuses: error answers, and bodies of another shape."""

    def read() -> list[Scan]:
        said = json.loads(body)
        if "shipments" not in said and "status" in said:
            raise tracked.refusal(str(said["status"]), str(said.get("detail", "")), codes.HTTP_REFUSALS)
        scans = [_mydhl_event(e, one, number) for one in said["shipments"] for e in one.get("events") or []]
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _mydhl_event(event: Mapping[str, Any], shipment: Mapping[str, Any], number: str) -> Scan:
    code = tracked.plain(event["typeCode"], 20)
    area = next((str(one.get("description") or one.get("code") or "") for one in event.get("serviceArea") or []), "")
    local = tracked.stamped(f"{event['date']} {event['time']}", "%Y-%m-%d %H:%M:%S")
    country, region = _station(area)
    if event.get("GMTOffset"):
        at = (local - tracked.offset(str(event["GMTOffset"]))).replace(tzinfo=UTC)
    else:
        at = tracked.moment(local, country=country, region=region)
    return Scan(
        external_id=tracked.id_of(number, code, local, area),
        tracking_number=str(shipment.get("shipmentTrackingNumber") or number),
        status=tracked.status_of(codes.EXPRESS, code),
        raw_code=code,
        description=tracked.plain(event.get("description")),
        place=tracked.plain(area, 120),
        at=at,
        estimated_on=tracked.day(shipment.get("estimatedTimeOfDelivery") or shipment.get("estimatedDeliveryDate")),
        trouble=codes.EXPRESS_TROUBLE.get(code),
    )


def read_mydhl_proof(body: bytes) -> list[bytes]:
    """The papers that prove a delivery.  Refuses: bodies of another shape."""
    return tracked.guarded(
        lambda: [base64.b64decode(one["content"], validate=True) for one in json.loads(body)["documents"]]
    )


def read_parcel_de(body: bytes, *, number: str) -> list[Scan]:
    """DHL Paket, Germany: every event, oldest first.  Refuses: error answers, and bodies of another shape."""
    root = tracked.parse_xml(body)

    def read() -> list[Scan]:
        code = str(root.get("code"))
        if code != "0":
            raise tracked.refusal(code, str(root.get("error", "")), codes.PARCEL_DE_REFUSALS)
        shipments = [one for one in root.iter("data") if one.get("name") == "piece-shipment"]
        scans = [
            _parcel_de_event(event, shipment, number)
            for shipment in shipments
            for event in shipment.iter("data")
            if event.get("name") == "piece-event"
        ]
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _parcel_de_event(event: Any, shipment: Any, number: str) -> Scan:
    code, kind = tracked.plain(event.get("standard-event-code"), 10), tracked.plain(event.get("ice"), 10)
    raw = "/".join(part for part in (code, kind, tracked.plain(event.get("ric"), 10)) if part)
    local = tracked.stamped(str(event.get("event-timestamp")), "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
    place = ", ".join(p for p in (event.get("event-location"), event.get("event-country")) if p)
    is_return = event.get("ruecksendung") == "true" and code != "ZU"
    to = GoesTo(str(shipment.get("dest-country") or ""), str(shipment.get("pan-recipient-postalcode") or ""))
    return Scan(
        external_id=tracked.id_of(number, raw, local, place),
        tracking_number=str(shipment.get("piece-code") or number),
        status=TrackingStatus.RETURN_TO_SENDER if is_return else tracked.status_of(codes.PARCEL_DE, code),
        raw_code=raw,
        description=tracked.plain(event.get("event-status") or event.get("event-text")),
        place=tracked.plain(place, 120),
        at=tracked.moment(local, country=tracked.country_of(str(event.get("event-country") or "")), otherwise="Europe/Berlin"),
        trouble=codes.PARCEL_DE_TROUBLE.get(code),
        goes_to=to if to.country else None,
    )


def read_poland(body: bytes, *, number: str) -> list[Scan]:
    """DHL Poland: every event, oldest first.  Refuses: error answers, and bodies of another shape."""
    root = tracked.parse_xml(body)

    def read() -> list[Scan]:
        for fault in tracked.all_of(root, "Fault"):
            raise tracked.refusal(text_of(fault, "faultcode"), text_of(fault, "faultstring"), codes.POLAND_REFUSALS)
        results = tracked.all_of(root, "getTrackAndTraceInfoResult")
        if not results:
            raise Refused(UNREADABLE, {"reason": "no getTrackAndTraceInfoResult"})
        scans = [_poland_event(one, text_of(r, "shipmentId") or number) for r in results for one in tracked.all_of(r, "item")]
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _poland_event(event: Any, number: str) -> Scan:
    code, place = text_of(event, "status"), text_of(event, "terminal")
    local = tracked.stamped(text_of(event, "timestamp"), "%Y-%m-%d %H:%M:%S")
    return Scan(
        external_id=tracked.id_of(number, code, local, place),
        tracking_number=number,
        status=tracked.status_of(codes.POLAND, code.upper()),
        raw_code=code[:40],
        description=text_of(event, "description"),
        place=place[:120],
        at=tracked.moment(local, country="PL"),
    )


def read_universal(body: bytes, *, number: str) -> list[Scan]:
    """DHL Unified Tracking: every event, oldest first.  Refuses: error answers, and bodies of another shape."""

    def read() -> list[Scan]:
        said = json.loads(body)
        if "shipments" not in said and "status" in said:
            raise tracked.refusal(str(said["status"]), str(said.get("detail", "")), codes.HTTP_REFUSALS)
        scans = [_universal_event(e, one, number) for one in said["shipments"] for e in one.get("events") or []]
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _universal_event(event: Mapping[str, Any], shipment: Mapping[str, Any], number: str) -> Scan:
    code = tracked.plain(event.get("statusCode"), 40)
    where = (event.get("location") or {}).get("address") or {}
    country = str(where.get("countryCode") or "").upper()
    to = (shipment.get("destination") or {}).get("address") or {}
    home = str(to.get("countryCode") or "").upper()
    place = ", ".join(p for p in (str(where.get("addressLocality") or ""), country) if p)
    local: datetime = tracked.stamped(str(event["timestamp"]))
    finer = tracked.plain(event.get("status"), 40)
    return Scan(
        external_id=tracked.id_of(number, f"{code}/{finer}", local, place),
        tracking_number=str(shipment.get("id") or number),
        status=tracked.status_of(codes.UNIVERSAL, code),
        raw_code=code,
        description=tracked.plain(event.get("description") or finer),
        place=tracked.plain(place, 120),
        at=tracked.moment(local, country=country or home),
        estimated_on=tracked.day(shipment.get("estimatedTimeOfDelivery")),
        goes_to=GoesTo(home, str(to.get("postalCode") or "")) if home else None,
    )
