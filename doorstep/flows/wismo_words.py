"""Where parcels and orders are, in sentences that a customer understands and that are true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from django.utils.translation import gettext

from doorstep.base import zones
from doorstep.flows import estimate_words
from doorstep.orders.values import FulfilmentState, OrderRow
from doorstep.shipping.values import ParcelRow, ParcelState, TrackingRow, TrackingStatus

DAY = {"en": "d MMM y", "ko": "y년 M월 d일"}
MOMENT = {"en": "d MMM y, HH:mm", "ko": "y년 M월 d일 HH:mm"}
# What only a person of ours can put right.
TROUBLE = {
    TrackingStatus.EXCEPTION,
    TrackingStatus.RETURN_TO_SENDER,
    TrackingStatus.CANCELLED,
    TrackingStatus.EXPIRED,
}
NOT_SEEN = {TrackingStatus.PRE_TRANSIT, TrackingStatus.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Clock:
    """The reader's language, the clocks at the destination, and now."""

    language: str
    zone: str
    now: datetime

    @property
    def ours(self) -> str:
        """The language that the words come in: of a language that is none of ours nothing is translated."""
        return self.language if self.language in MOMENT else "en"

    def day(self, on: date) -> str:
        """A day as the reader writes it."""
        return str(format_date(on, DAY[self.ours], locale=self.ours))

    def moment(self, at: datetime) -> str:
        """Day and time at the destination."""
        local = at.astimezone(ZoneInfo(self.zone))
        return str(format_datetime(local, MOMENT[self.ours], tzinfo=local.tzinfo, locale=self.ours))

    def today(self) -> date:
        """Which day it is at the destination."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def zone_name(self) -> str:
        """What people call the time there."""
        return zones.zone_name(self.zone, self.ours)


def of_order(order: OrderRow, *, parcels: Sequence[ParcelRow], is_late: bool, is_whole: bool) -> list[str]:
    """What is to be said of the part of an order that has not left.  `is_whole`: every unit lies in these parcels."""
    if order.state == "cancelled":
        return [gettext("This order was cancelled.")]
    if order.fulfilment_state == FulfilmentState.DELIVERED and not parcels:
        return [
            gettext("By our records this order was delivered; of its parcel nothing is known here any more."),
            gettext("If you did not get it, answer this message and a colleague looks into it."),
        ]
    left = [p for p in parcels if p.state == ParcelState.HANDED_OVER]
    if left and is_whole and len(left) == len(parcels):
        return []
    if left:
        first = gettext("The rest of this order has not left our warehouse yet.")
    elif order.on_hold:
        return [
            gettext("This order has not left our warehouse yet. It is waiting with us, and a colleague looks after it.")
        ]
    elif parcels:
        first = gettext("Your parcel is packed and leaves our warehouse soon.")
    else:
        first = gettext("We are preparing this order. It has not left our warehouse yet.")
    if is_late:
        return [first, gettext("That takes longer than it should. We are sorry; a colleague looks into it.")]
    return [first, gettext("As soon as it leaves you get an e-mail with its tracking number.")]


def of_parcel(parcel: ParcelRow, *, last: TrackingRow | None, is_stalled: bool, clock: Clock) -> list[str]:
    """Where a parcel that has left is: its state, the last scan, when it should come, what to do."""
    facts = {"carrier": parcel.carrier_name, "number": parcel.tracking_number}
    with_whom = gettext("%(carrier)s, tracking number %(number)s") % facts
    return [with_whom, *_state(parcel, last, clock), *_scan(parcel, last, clock), *_expected(parcel, is_stalled, clock)]


def state_words(parcel: ParcelRow, *, last: TrackingRow | None, clock: Clock) -> list[str]:
    """How it stands with a parcel that has left, in a sentence or two, and what to do."""
    return _state(parcel, last, clock)


def _state(parcel: ParcelRow, last: TrackingRow | None, clock: Clock) -> list[str]:
    place = last.place if last else ""
    match TrackingStatus(parcel.status):
        case TrackingStatus.PRE_TRANSIT | TrackingStatus.UNKNOWN:
            at = clock.moment(parcel.handed_over_at) if parcel.handed_over_at else ""
            return [gettext("We handed it over on %(at)s. The carrier has not scanned it yet.") % {"at": at}]
        case TrackingStatus.IN_TRANSIT:
            return [gettext("It is on its way to you.")]
        case TrackingStatus.OUT_FOR_DELIVERY:
            return [gettext("It is out for delivery.")]
        case TrackingStatus.AVAILABLE_FOR_PICKUP:
            return [gettext("It waits for you to collect it: %(place)s.") % {"place": place} if place else
                    gettext("It waits for you to collect it.")]  # fmt: skip
        case TrackingStatus.ATTEMPT_FAILED:
            return [gettext("The carrier tried to deliver it and could not. The tracking page says what comes next.")]
        case TrackingStatus.DELAYED:
            return [gettext("The carrier says that it is delayed. We are sorry.")]
        case TrackingStatus.DELIVERED:
            return _delivered(parcel, place, clock)
        case TrackingStatus.RETURN_TO_SENDER:
            return [gettext("The carrier is bringing it back to us. A colleague looks into it and writes to you.")]
        case _:
            return [gettext("The carrier tells of a problem with it. A colleague looks into it and writes to you.")]


def _delivered(parcel: ParcelRow, place: str, clock: Clock) -> list[str]:
    at = clock.moment(parcel.delivered_at) if parcel.delivered_at else ""
    if place:
        said = gettext("The carrier says that it was delivered on %(at)s: %(place)s.") % {"at": at, "place": place}
    else:
        said = gettext("The carrier says that it was delivered on %(at)s.") % {"at": at}
    return [
        said,
        gettext(
            "If you do not find it, please look at the door, with neighbours and with the caretaker. If it is not there,"
            " answer this message and we look for it with the carrier."
        ),
    ]


def _scan(parcel: ParcelRow, last: TrackingRow | None, clock: Clock) -> list[str]:
    if last is None or parcel.status in NOT_SEEN or parcel.status == TrackingStatus.DELIVERED:
        return []
    facts = {"at": clock.moment(last.at), "place": last.place}
    if last.place:
        return [gettext("Last scan: %(at)s, %(place)s.") % facts]
    return [gettext("Last scan: %(at)s.") % facts]


def _expected(parcel: ParcelRow, is_stalled: bool, clock: Clock) -> list[str]:
    if parcel.status in TROUBLE or parcel.status == TrackingStatus.DELIVERED:
        return []
    said = []
    one = estimate_words.coming(parcel, today=clock.today())
    if one is not None and one.from_on is not None:
        said.append(gettext("It should arrive: %(said)s") % {"said": estimate_words.sentence(one, language=clock.language)})
        said += [words] if (words := estimate_words.certainty(one)) else []
    elif one is not None and one.is_late and one.to_on is not None:
        said.append(estimate_words.sentence(one, language=clock.language))
    elif parcel.estimated_on:
        late = parcel.estimated_on < clock.today()
        words = gettext("It was expected on %(day)s and is late.") if late else gettext("It is expected on %(day)s.")
        said.append(words % {"day": clock.day(parcel.estimated_on)})
    if is_stalled:
        said.append(gettext("That is longer without a scan than usual. A colleague asks the carrier about it."))
    return said
