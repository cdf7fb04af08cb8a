"""Canada Post's tracking answers and our scans.  Pure.  Source: canadapost.ca developer program, "Get Tracking Details".

Not wired: there is no client yet.  It reads recorded answers, and nothing but the tests calls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from doorstep.base.refusals import UNREADABLE, Refusal, Refused
from doorstep.providers import tracked
from doorstep.providers.tracked import Table, text_of
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.refusals import BAD_NUMBER, NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.values import TrackingStatus as S
from doorstep.shipping.values import Trouble

# Source: Canada Post, "Tracking events", event identifiers.  None: papers only.
STATUS_OF_CODE: Table = {
    "3000": S.PRE_TRANSIT, "3001": S.PRE_TRANSIT, "3002": S.PRE_TRANSIT,
    "0100": S.IN_TRANSIT, "0170": S.IN_TRANSIT, "0171": S.IN_TRANSIT, "0172": S.IN_TRANSIT, "0173": S.DELAYED,
    "0300": S.IN_TRANSIT, "0400": S.IN_TRANSIT, "4000": S.IN_TRANSIT,
    "0174": S.OUT_FOR_DELIVERY, "0500": S.OUT_FOR_DELIVERY,
    "1408": S.DELIVERED, "1409": S.DELIVERED, "1421": S.DELIVERED, "1422": S.DELIVERED, "1423": S.DELIVERED,
    "1424": S.DELIVERED, "1425": S.DELIVERED, "1426": S.DELIVERED, "1427": S.DELIVERED, "1428": S.DELIVERED,
    "1429": S.DELIVERED, "1430": S.DELIVERED, "1431": S.DELIVERED, "1432": S.DELIVERED, "1433": S.DELIVERED,
    "1434": S.DELIVERED, "1496": S.DELIVERED, "1497": S.DELIVERED, "1498": S.DELIVERED, "1499": S.DELIVERED,
    "1435": S.ATTEMPT_FAILED, "1436": S.ATTEMPT_FAILED, "1437": S.ATTEMPT_FAILED, "1438": S.ATTEMPT_FAILED,
    "1479": S.ATTEMPT_FAILED, "1701": S.AVAILABLE_FOR_PICKUP,
    "20": None, "0020": None, "21": None,
}  # fmt: skip
TROUBLE_OF_CODE: Mapping[str, Trouble] = {"0173": Trouble.ADDRESS}
REFUSAL_OF_CODE: Mapping[str, Refusal] = {
    "004": NUMBER_NOT_FOUND, "E002": UNAUTHORISED, "AA004": UNAUTHORISED, "Server": THROTTLED, "1703": BAD_NUMBER,
}  # fmt: skip
# Hours from UTC, as Canadians abbreviate them.  Source: National Research Council Canada, "Time zones and daylight saving time".
HOURS_OF_ZONE = {
    "NST": -3.5, "NDT": -2.5, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "UTC": 0, "GMT": 0,
}  # fmt: skip


def read_tracking(body: bytes, *, number: str) -> list[Scan]:
    """Every event, oldest first.  Refuses: error answers, by what they say, and bodies of another shape."""
    root = tracked.parse_xml(body)

    def read() -> list[Scan]:
        for message in tracked.all_of(root, "message"):
            raise tracked.refusal(text_of(message, "code"), text_of(message, "description"), REFUSAL_OF_CODE)
        details = tracked.all_of(root, "tracking-detail")
        if not details:
            raise Refused(UNREADABLE, {"reason": "no tracking-detail"})
        scans = [_read(one, detail, number) for detail in details for one in tracked.all_of(detail, "occurrence")]
        return sorted(scans, key=lambda scan: scan.at)

    return tracked.guarded(read)


def _read(occurrence: Any, detail: Any, number: str) -> Scan:
    code, region = text_of(occurrence, "event-identifier"), text_of(occurrence, "event-province")
    local = tracked.stamped(f"{text_of(occurrence, 'event-date')} {text_of(occurrence, 'event-time')}", "%Y-%m-%d %H:%M:%S")
    place = ", ".join(part for part in (text_of(occurrence, "event-site"), region) if part)
    postal_code = text_of(detail, "destination-postal-id")
    due = text_of(detail, "changed-expected-date") or text_of(detail, "expected-delivery-date")
    return Scan(
        external_id=tracked.id_of(number, code, local, place),
        tracking_number=number,
        status=tracked.status_of(STATUS_OF_CODE, code),
        raw_code=code[:40],
        description=text_of(occurrence, "event-description"),
        place=place[:120],
        at=_moment(local, text_of(occurrence, "event-time-zone"), region),
        estimated_on=tracked.day(due),
        trouble=TROUBLE_OF_CODE.get(code),
        goes_to=GoesTo("CA" if postal_code else "", postal_code),
    )


def _moment(local: datetime, zone: str, region: str) -> datetime:
    """By the zone that is said, else by the clocks of the province."""
    if zone.upper() in HOURS_OF_ZONE:
        return (local - timedelta(hours=HOURS_OF_ZONE[zone.upper()])).replace(tzinfo=UTC)
    return tracked.moment(local, country="CA", region=region)
