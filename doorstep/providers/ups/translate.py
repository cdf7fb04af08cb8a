"""UPS's tracking answers and our scans.  Pure.  Source: developer.ups.com, "Tracking" (GET track/v1/details)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from doorstep.providers import tracked
from doorstep.providers.ups import codes
from doorstep.shipping.port import GoesTo, Scan


def read_tracking(body: bytes, *, number: str) -> list[Scan]:
    """Every event, oldest first.  Refuses: error answers, by what they say, and bodies of another shape."""

    def read() -> list[Scan]:
        said = json.loads(body)
        _refuse(said["response"]["errors"] if "response" in said else [])
        scans = [scan for one in said["trackResponse"]["shipment"] for scan in _read_shipment(one, number)]
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _refuse(errors: list[Mapping[str, Any]]) -> None:
    for error in errors[:1]:
        raise tracked.refusal(str(error["code"]), str(error.get("message", "")), codes.REFUSAL_OF_CODE)


def _read_shipment(shipment: Mapping[str, Any], number: str) -> Iterator[Scan]:
    packages = shipment.get("package") or []
    if not packages:
        _refuse(shipment["warnings"])
    for package in packages:
        due, goes_to = _due(package), _goes_to(package)
        for activity in package.get("activity") or []:
            yield _read_activity(activity, number, due, goes_to)


def _read_activity(activity: Mapping[str, Any], number: str, due: date | None, goes_to: GoesTo | None) -> Scan:
    status = activity["status"]
    kind, code = tracked.plain(status.get("type"), 4), tracked.plain(status.get("code"), 20)
    address = (activity.get("location") or {}).get("address") or {}
    country = str(address.get("countryCode") or address.get("country") or "")
    place = ", ".join(p for p in (str(address.get("city") or ""), str(address.get("stateProvince") or ""), country) if p)
    local = tracked.stamped(f"{activity['date']} {activity['time']}", "%Y%m%d %H%M%S", "%Y%m%d %H%M")
    of_code = codes.STATUS_OF_CODE
    meant = of_code[code] if code in of_code else tracked.status_of(codes.STATUS_OF_TYPE, kind)
    return Scan(
        external_id=tracked.id_of(number, f"{kind}/{code}", local, place),
        tracking_number=number,
        status=meant,
        raw_code=f"{kind}/{code}",
        description=tracked.plain(status.get("description")),
        place=tracked.plain(place, 120),
        at=_moment(activity, local, country, str(address.get("stateProvince") or "")),
        estimated_on=due,
        trouble=codes.TROUBLE_OF_CODE.get(code),
        goes_to=goes_to,
    )


def _moment(activity: Mapping[str, Any], local: datetime, country: str, region: str) -> datetime:
    """By Greenwich where UPS says it, else by the clocks of the place."""
    if activity.get("gmtDate") and activity.get("gmtTime"):
        text = f"{activity['gmtDate']} {str(activity['gmtTime']).replace(':', '').zfill(6)}"
        return tracked.stamped(text, "%Y%m%d %H%M%S").replace(tzinfo=UTC)
    if activity.get("gmtOffset"):
        return (local - tracked.offset(str(activity["gmtOffset"]))).replace(tzinfo=UTC)
    return tracked.moment(local, country=country, region=region, otherwise="America/New_York")


def _due(package: Mapping[str, Any]) -> date | None:
    """The day it is rescheduled to, else the day it is scheduled for."""
    days = {str(one.get("type")): tracked.day(one.get("date")) for one in package.get("deliveryDate") or []}
    return days.get("RDD") or days.get("SDD")


def _goes_to(package: Mapping[str, Any]) -> GoesTo | None:
    for one in package.get("packageAddress") or []:
        if str(one.get("type", "")).upper() == "DESTINATION":
            address = one.get("address") or {}
            return GoesTo(str(address.get("countryCode") or "").upper(), str(address.get("postalCode") or ""))
    return None


def read_token(body: bytes) -> tuple[str, int]:
    """The token and for how many seconds it holds."""

    def read() -> tuple[str, int]:
        said = json.loads(body)
        return str(said["access_token"]), int(said.get("expires_in") or 0)

    return tracked.guarded(read)
