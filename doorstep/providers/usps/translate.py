"""USPS's tracking answers, domestic and international, and our scans.  Pure.  Source: developers.usps.com, "Tracking 3.0".

Not wired: there is no client yet.  It reads recorded answers, and nothing but the tests calls it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.providers import tracked
from doorstep.providers.tracked import Table
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.refusals import BAD_NUMBER, CARRIER_TROUBLE, NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.values import TrackingStatus as S
from doorstep.shipping.values import Trouble

# Source: USPS Publication 199, "Extract file event codes".
STATUS_OF_CODE: Table = {
    "MA": S.PRE_TRANSIT, "GX": S.PRE_TRANSIT, "GC": S.PRE_TRANSIT, "PC": S.IN_TRANSIT,
    "03": S.IN_TRANSIT, "TM": S.IN_TRANSIT, "PA": S.IN_TRANSIT, "OA": S.IN_TRANSIT, "06": S.IN_TRANSIT, "07": S.IN_TRANSIT,
    "08": S.IN_TRANSIT, "10": S.IN_TRANSIT, "15": S.IN_TRANSIT, "19": S.IN_TRANSIT, "41": S.IN_TRANSIT, "42": S.IN_TRANSIT,
    "80": S.IN_TRANSIT, "81": S.IN_TRANSIT, "82": S.IN_TRANSIT, "A1": S.IN_TRANSIT, "T1": S.IN_TRANSIT, "TL": S.IN_TRANSIT,
    "L1": S.IN_TRANSIT, "U1": S.IN_TRANSIT, "NT": S.IN_TRANSIT, "EF": S.IN_TRANSIT, "SF": S.IN_TRANSIT, "AD": S.IN_TRANSIT,
    "AE": S.IN_TRANSIT, "OF": S.OUT_FOR_DELIVERY, "OD": S.OUT_FOR_DELIVERY,
    "71": S.DELAYED, "DX": None,
    "14": S.AVAILABLE_FOR_PICKUP, "16": S.AVAILABLE_FOR_PICKUP,
    "02": S.ATTEMPT_FAILED, "30": S.ATTEMPT_FAILED, "51": S.ATTEMPT_FAILED, "52": S.ATTEMPT_FAILED, "53": S.ATTEMPT_FAILED,
    "54": S.ATTEMPT_FAILED, "55": S.ATTEMPT_FAILED, "56": S.ATTEMPT_FAILED, "57": S.ATTEMPT_FAILED,
    "01": S.DELIVERED, "17": S.DELIVERED, "43": S.DELIVERED, "63": S.DELIVERED,
    "05": S.EXCEPTION, "11": S.EXCEPTION, "44": S.EXCEPTION,
    "04": S.RETURN_TO_SENDER, "09": S.RETURN_TO_SENDER, "21": S.RETURN_TO_SENDER, "22": S.RETURN_TO_SENDER,
    "23": S.RETURN_TO_SENDER, "24": S.RETURN_TO_SENDER, "25": S.RETURN_TO_SENDER, "26": S.RETURN_TO_SENDER,
    "27": S.RETURN_TO_SENDER, "28": S.RETURN_TO_SENDER, "29": S.RETURN_TO_SENDER, "31": S.RETURN_TO_SENDER,
}  # fmt: skip
TROUBLE_OF_CODE: Mapping[str, Trouble] = {
    "02": Trouble.ABSENT, "30": Trouble.ABSENT, "51": Trouble.ABSENT, "52": Trouble.ABSENT, "56": Trouble.ABSENT,
    "04": Trouble.REFUSED, "05": Trouble.ADDRESS, "21": Trouble.ADDRESS, "22": Trouble.ADDRESS, "23": Trouble.ADDRESS,
    "25": Trouble.ADDRESS, "11": Trouble.LOST,
}  # fmt: skip
REFUSAL_OF_CODE: Mapping[str, Refusal] = {
    "400": BAD_NUMBER, "401": UNAUTHORISED, "403": UNAUTHORISED, "invalid_client": UNAUTHORISED,
    "invalid_token": UNAUTHORISED, "404": NUMBER_NOT_FOUND, "429": THROTTLED, "503": CARRIER_TROUBLE,
}  # fmt: skip


def read_tracking(body: bytes, *, number: str) -> list[Scan]:
    """Every event, oldest first.  Refuses: error answers, by what they say, and bodies of another shape."""

    def read() -> list[Scan]:
        said = json.loads(body)
        if said.get("error"):
            _refuse(said)
        due, goes_to = _due(said), GoesTo("US" if said.get("destinationZIP") else "", str(said.get("destinationZIP") or ""))
        scans = [_read_event(event, number, due, goes_to) for event in said["trackingEvents"]]
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _refuse(said: Mapping[str, Any]) -> None:
    error = said["error"]
    if isinstance(error, str):
        raise tracked.refusal(error, str(said.get("error_description", "")), REFUSAL_OF_CODE)
    raise tracked.refusal(str(error["code"]), str(error.get("message", "")), REFUSAL_OF_CODE)


def _read_event(event: Mapping[str, Any], number: str, due: date | None, goes_to: GoesTo) -> Scan:
    code = tracked.plain(event["eventCode"], 20)
    country = tracked.country_of(str(event.get("eventCountry") or "")) or "US"
    parts = (event.get("eventCity"), event.get("eventState"), event.get("eventZIP"))
    place = ", ".join(str(part) for part in parts if part)
    local = tracked.stamped(str(event["eventTimestamp"]))
    return Scan(
        external_id=tracked.id_of(number, code, local, place),
        tracking_number=number,
        status=tracked.status_of(STATUS_OF_CODE, code),
        raw_code=code,
        description=tracked.plain(event.get("eventType")),
        place=tracked.plain(place, 120),
        at=_moment(event, local, country),
        estimated_on=due,
        trouble=TROUBLE_OF_CODE.get(code),
        goes_to=goes_to,
    )


def _moment(event: Mapping[str, Any], local: datetime, country: str) -> datetime:
    """By Greenwich where USPS says it, else by the clocks of the place."""
    if event.get("GMTTimestamp"):
        return tracked.stamped(str(event["GMTTimestamp"])).replace(tzinfo=UTC)
    if event.get("GMTOffset"):
        return (local - tracked.offset(str(event["GMTOffset"]))).replace(tzinfo=UTC)
    return tracked.moment(local, country=country, region=str(event.get("eventState") or ""))


def _due(said: Mapping[str, Any]) -> date | None:
    expected = said.get("deliveryDateExpectation") or {}
    return tracked.day(expected.get("expectedDeliveryDate") or expected.get("predictedDeliveryDate"))
