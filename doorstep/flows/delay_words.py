"""Why a parcel takes longer, in sentences for whoever waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext

from doorstep.flows.wismo_words import Clock
from doorstep.messaging.notices.values import SILENT
from doorstep.shipping.values import Delay, ParcelRow

# Whoever was told that a parcel is silent need not hear that it was never scanned: what they wait for is the same.
MATTERS = {
    Delay.STALLED: SILENT, Delay.NEVER_SCANNED: SILENT, Delay.LATE: "late", Delay.MISSED_ESTIMATE: "late",
    Delay.CUSTOMS: "customs",
}  # fmt: skip


def matter(data: Mapping[str, Any]) -> str:
    """Which of the matters that delay a parcel it is, as one word; a customer hears of each once."""
    kind = str(data.get("kind", ""))
    return MATTERS.get(Delay(kind), kind) if kind in set(Delay) else kind


def of_delay(parcel: ParcelRow, data: Mapping[str, Any], *, clock: Clock) -> dict[str, str]:
    """What a notice says of a delay, in the language that is active.  `data`: of ParcelDelayed."""
    kind = str(data.get("kind", ""))
    said = _said(parcel, kind, data, clock) if kind in set(Delay) else ""
    return {"delay.reason": said, "delay.next": gettext("A colleague asks the carrier about it.")}


def _said(parcel: ParcelRow, kind: str, data: Mapping[str, Any], clock: Clock) -> str:
    if kind in (Delay.STALLED, Delay.NEVER_SCANNED):
        return _silence(parcel, datetime.fromisoformat(str(data["heard_at"])), clock)
    if kind == Delay.CUSTOMS:
        at = clock.moment(datetime.fromisoformat(str(data["since"])))
        return gettext("It has been waiting at customs since %(at)s (%(zone)s).") % {"at": at, "zone": clock.zone_name()}
    if kind == Delay.MISSED_ESTIMATE:
        facts = {"carrier": parcel.carrier_name, "day": clock.day(date.fromisoformat(str(data["since"])))}
        return gettext("%(carrier)s expected to bring it on %(day)s, and it is not there yet.") % facts
    until = str(data.get("expected_to") or data.get("since") or "")
    return gettext("We expected it by %(day)s, and it is not there yet.") % {"day": clock.day(date.fromisoformat(until))}


def _silence(parcel: ParcelRow, heard_at: datetime, clock: Clock) -> str:
    facts = {
        "carrier": parcel.carrier_name, "number": parcel.tracking_number, "at": clock.moment(heard_at),
        "zone": clock.zone_name(),
    }  # fmt: skip
    if parcel.handed_over_at == heard_at:
        return (
            gettext(
                "We handed it over to %(carrier)s on %(at)s (%(zone)s), tracking number %(number)s, and it was not scanned since."
            )
            % facts
        )
    return gettext("%(carrier)s, tracking number %(number)s, last scanned it on %(at)s (%(zone)s).") % facts
