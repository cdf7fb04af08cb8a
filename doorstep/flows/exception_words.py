"""What is wrong with a parcel, and what one writes to its carrier about it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from doorstep.flows.exceptions import What
from doorstep.shipping.values import ParcelRow, TrackingRow

WORDS: Mapping[What, str | Promise] = {
    What.STALLED: gettext_lazy("Stands still"),
    What.NEVER_SCANNED: gettext_lazy("Never scanned"),
    What.LATE: gettext_lazy("Late"),
    What.MISSED_ESTIMATE: gettext_lazy("Past the carrier's day"),
    What.CUSTOMS: gettext_lazy("Waits at customs"),
    What.ATTEMPT_FAILED: gettext_lazy("Delivery failed"),
    What.EXCEPTION: gettext_lazy("Carrier tells of trouble"),
    What.RETURN_TO_SENDER: gettext_lazy("Comes back"),
    What.EXPIRED: gettext_lazy("Given up"),
    What.NOT_COLLECTED: gettext_lazy("Not collected"),
    What.OTHERS_SCANS: gettext_lazy("Scans of another parcel"),
    What.LABEL_FILE: gettext_lazy("No label to print"),
}
WHY: Mapping[What, str | Promise] = {
    What.STALLED: gettext_lazy("It has not been scanned for longer than nearly every parcel before it on this way."),
    What.NEVER_SCANNED: gettext_lazy("We handed it over, and the carrier has never scanned it: it may lie where it was collected."),
    What.LATE: gettext_lazy("19 of 20 parcels on this way are there by now."),
    What.MISSED_ESTIMATE: gettext_lazy("The day that the carrier itself said has passed."),
    What.CUSTOMS: gettext_lazy("It waits at customs for more than three working days: papers or duties may be missing."),
    What.ATTEMPT_FAILED: gettext_lazy("The carrier could not deliver it. It tries again, or keeps it for collection."),
    What.EXCEPTION: gettext_lazy("The carrier tells of something that it does not put right by itself."),
    What.RETURN_TO_SENDER: gettext_lazy("The carrier brings it back to you. The customer still waits for it."),
    What.EXPIRED: gettext_lazy("Nothing was heard of it for weeks. The carrier is not asked any more."),
    What.NOT_COLLECTED: gettext_lazy("The carrier says that its driver does not take it."),
    What.OTHERS_SCANS: gettext_lazy(
        "Scans with its number go to another place: the carrier may have used the number again, or redirected it."
    ),
    What.LABEL_FILE: gettext_lazy("The label is bought, and the carrier does not give the file to print. Nothing is paid twice."),
}
TROUBLES: Mapping[str, str | Promise] = {
    "customs": gettext_lazy("customs"), "address": gettext_lazy("the address"), "absent": gettext_lazy("nobody was there"),
    "refused": gettext_lazy("the recipient refused it"), "damaged": gettext_lazy("damaged"), "lost": gettext_lazy("lost"),
    "weather": gettext_lazy("weather or another force"),
}  # fmt: skip
# What usually helps first.
FIRST: Mapping[What, str] = {
    What.STALLED: "carrier", What.NEVER_SCANNED: "carrier", What.LATE: "carrier", What.MISSED_ESTIMATE: "carrier",
    What.CUSTOMS: "customer", What.ATTEMPT_FAILED: "customer", What.EXCEPTION: "carrier", What.RETURN_TO_SENDER: "customer",
    What.EXPIRED: "claim", What.NOT_COLLECTED: "carrier", What.OTHERS_SCANS: "parcel",
    What.LABEL_FILE: "file",
}  # fmt: skip


def first_step(what: What, trouble: str) -> str:
    """What usually helps first: carrier, customer, claim, parcel or file.  `trouble`: what the carrier says to be wrong."""
    if what is What.EXCEPTION and trouble in ("address", "absent", "refused"):
        return "customer"
    if what is What.EXCEPTION and trouble in ("lost", "damaged"):
        return "claim"
    return FIRST[what]


def question(parcel: ParcelRow, *, what: What, last: TrackingRow | None, zone: str, language: str) -> str:
    """What one asks the carrier, ready to be copied, in the language that is active."""
    asks = {
        What.NEVER_SCANNED: gettext("We handed this parcel over, and it was never scanned. Please tell us whether you have it."),
        What.CUSTOMS: gettext("This parcel waits at customs. Please tell us which papers or payments are missing."),
        What.ATTEMPT_FAILED: gettext("This parcel could not be delivered. Please tell us why, and when you try again."),
        What.RETURN_TO_SENDER: gettext("This parcel is being returned to us. Please tell us why, and stop it if you still can."),
        What.LABEL_FILE: gettext("We bought this label, and its file does not come. Please send it to us, or tell us why."),
        What.NOT_COLLECTED: gettext("Your driver did not take this parcel. Please tell us why, and when it is collected."),
    }.get(what, gettext("This parcel has not arrived. Please find out where it is and tell us when it will be delivered."))
    return "\n".join([asks, "", *_facts(parcel, last, zone, language)])


def claim(parcel: ParcelRow, *, last: TrackingRow | None, zone: str, language: str, value: str) -> str:
    """What one writes to claim for a lost or damaged parcel, in the language that is active."""
    first = gettext("We claim for the loss or damage of this parcel and ask for a confirmation with a case number.")
    worth = gettext("Value of the goods: %(value)s (invoice attached)") % {"value": value}
    return "\n".join([first, "", *_facts(parcel, last, zone, language), worth])


def _facts(parcel: ParcelRow, last: TrackingRow | None, zone: str, language: str) -> list[str]:
    to = parcel.ship_to
    place = " ".join(str(to[name]) for name in ("postal_code", "city", "country") if to.get(name))
    lines = [gettext("Tracking number: %(number)s") % {"number": parcel.tracking_number}]
    if parcel.service:
        lines.append(gettext("Service: %(service)s") % {"service": parcel.service})
    if parcel.handed_over_at:
        lines.append(gettext("Handed over: %(day)s") % {"day": _day(parcel.handed_over_at, zone, language)})
    if last is not None:
        said = ", ".join(part for part in (_day(last.at, zone, language), last.place, last.description) if part)
        lines.append(gettext("Last scan: %(said)s") % {"said": said})
    lines.append(gettext("Goes to: %(place)s") % {"place": place})
    lines.append(gettext("Weight: %(grams)s g") % {"grams": parcel.weight_g})
    return lines


def _day(at: datetime, zone: str, language: str) -> str:
    return str(format_date(at.astimezone(ZoneInfo(zone)).date(), "long", locale=language))
