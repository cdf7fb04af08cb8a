"""An order that is made up, in every state that a customer's page can show: what Settings shows while words are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.flows.notice_preview import SAMPLE_ITEM, SAMPLE_PLACE
from doorstep.flows.tracking import Told
from doorstep.flows.wismo_words import Clock
from doorstep.shipping.values import Direction, ParcelLineRow, ParcelRow, ParcelState, Said, TrackingRow
from doorstep.web.tracking import shown
from doorstep.web.tracking.shown import Item, OrderPage, Shown, Waits

NAME, NUMBER, CARRIER = "#1042", "6012 3456 7890", "CJ Logistics"
SECOND_ITEM = _("Cotton socks, two pairs")


@dataclass(frozen=True, slots=True)
class Scene:
    """One state of the page.  `statuses`: of its parcels; none before anything is packed."""

    word: str | Promise
    headline: str
    reached: int
    statuses: tuple[str, ...] = ()
    is_waiting: bool = False
    sent_back: bool = False


SCENES = {
    "placed": Scene(_("Not yet shipped"), shown.PLACED, 0),
    "leaves_later": Scene(_("Delayed before shipping"), shown.LEAVES_LATER, 0, is_waiting=True),
    "on_its_way": Scene(_("On its way"), shown.ON_ITS_WAY, 2, ("in_transit",)),
    "two": Scene(_("Two parcels"), shown.PARTLY, 2, ("delivered", "in_transit")),
    "late": Scene(_("Delayed in transit"), shown.LATE, 2, ("delayed",)),
    "today": Scene(_("Out for delivery"), shown.TODAY, 2, ("out_for_delivery",)),
    "missed": Scene(_("Delivery attempt failed"), shown.MISSED, 2, ("attempt_failed",)),
    "pick_up": Scene(_("Available for pick-up"), shown.PICK_UP, 2, ("available_for_pickup",)),
    "trouble": Scene(_("Problem in transit"), shown.TROUBLE, 2, ("exception",)),
    "comes_back": Scene(_("Returning to sender"), shown.COMES_BACK, 2, ("return_to_sender",)),
    "arrived": Scene(_("Delivered"), shown.ARRIVED, 3, ("delivered",)),
    "returned": Scene(_("Sent back"), shown.ARRIVED, 3, ("delivered",), sent_back=True),
    "cancelled": Scene(_("Cancelled"), shown.CANCELLED, 0),
}


def page(name: str, *, language: str, zone: str, now: datetime) -> OrderPage:
    """The order in a state of `SCENES`, in the language that is active; an unknown one shows it on its way."""
    scene = SCENES.get(name, SCENES["on_its_way"])
    clock = Clock(language, zone, now)
    return OrderPage(
        name=NAME, placed_at=now - timedelta(days=3, hours=2), headline=scene.headline, reached=scene.reached,
        parcels=[_parcel(n, status, clock) for n, status in enumerate(scene.statuses, start=1)],
        items=[Item(gettext(SAMPLE_ITEM), 2), Item(str(SECOND_ITEM), 1)],
        waiting=[Waits(is_new=False, promised_on=(now + timedelta(days=9)).date())] if scene.is_waiting else [],
        sent_back=[("R1001", gettext("Your return is on its way to us"))] if scene.sent_back else [],
    )  # fmt: skip


def _parcel(number: int, status: str, clock: Clock) -> Shown:
    left_at, at = clock.now - timedelta(days=1, hours=20), clock.now - timedelta(hours=2)
    is_here, soon = status == "delivered", (clock.now + timedelta(days=1)).date()
    row = ParcelRow(
        id=number, order_id=1, fulfilment_order_id=1, location_id=1, carrier_id=1, carrier_name=CARRIER,
        state=ParcelState.HANDED_OVER, status=status, service="", tracking_number=NUMBER, weight_g=500,
        ship_to={"country": "KR"}, direction=Direction.OUT, sender={}, packed_at=left_at, handed_over_at=left_at,
        estimated_on=None, delivered_at=at if is_here else None, status_at=at, updated_at=at,
        expected_from=None if is_here else soon, expected_on=None if is_here else soon,
        expected_to=None if is_here else soon + timedelta(days=1), expected_seen=400,
    )  # fmt: skip
    lines = [ParcelLineRow(number, number, number, "", gettext(SAMPLE_ITEM) if number == 1 else str(SECOND_ITEM), 1)]
    if status in ("exception", "return_to_sender"):
        row = replace(row, expected_from=None, expected_on=None, expected_to=None)
    place = gettext(SAMPLE_PLACE) if status == "available_for_pickup" else ""
    scans = [_scan(3, number, status, place, at)]
    if status != "in_transit":
        scans.append(_scan(2, number, "in_transit", "", at - timedelta(hours=9)))
    scans.append(_scan(1, number, "in_transit", "", left_at + timedelta(hours=3)))
    return shown.of_parcel(row, scans, lines, clock=clock, is_quiet=False)


def _scan(id: int, parcel_id: int, status: str, place: str, at: datetime) -> Told:
    return Told(TrackingRow(id, parcel_id, str(id), status, "", "", place, at), Said("", ""))
