"""What happens to orders and parcels, and which notice is about it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils.translation import override

from doorstep.accounts import queries as accounts
from doorstep.base import zones
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.words import gettext_noop
from doorstep.flows import delay_words
from doorstep.flows.notices import About, tell
from doorstep.flows.order_facts import TRACKING, TRACKING_DAYS, again_of, told_lines, tracking_link
from doorstep.flows.wismo_words import Clock
from doorstep.messaging.notices.values import OF_STATUS, NoticeKind
from doorstep.orders import over_the_counter
from doorstep.orders import queries as orders
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Direction, ParcelRow, TrackingStatus

__all__ = [
    "TRACKING", "TRACKING_DAYS", "confirm", "confirm_again", "delivered", "late", "shipped", "shipped_again", "told_lines",
    "tracked", "tracking_link",
]  # fmt: skip
COMES_BACK = gettext_noop("The carrier is bringing it back to us.")
# An attempt, and the day on which a parcel comes, may be one of several; the others happen to a parcel once.
BY_DAY = (NoticeKind.OUT_FOR_DELIVERY, NoticeKind.ATTEMPT_FAILED)


def confirm(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Thanks customers for new orders; who bought in a shop has the goods and a receipt."""
    there = over_the_counter.handed_over_in(ctx, order_ids=[e.timeline_id for e in happened])
    for kind, ids in _confirmed_by(ctx, [e.timeline_id for e in happened if e.timeline_id not in there]).items():
        tell(ctx, kind, [About(e.timeline_id, happened_at=e.at) for e in happened if e.timeline_id in ids])


def _confirmed_by(ctx: Ctx, order_ids: Sequence[int]) -> dict[NoticeKind, set[int]]:
    """Which notice confirms which orders: what is sent again was not bought, so nobody is thanked for it."""
    again = set(again_of(ctx, order_ids=order_ids)) if order_ids else set()
    found = {NoticeKind.CONFIRMED: set(order_ids) - again, NoticeKind.SENT_AGAIN: again}
    return {kind: ids for kind, ids in found.items() if ids}


def shipped(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells customers that a parcel has left, unless it is there already: who notes it may be later than the carrier."""
    left = [p for p in _going_out(ctx, happened) if p.status != TrackingStatus.DELIVERED]
    about = [About(p.order_id, p.id, happened_at=p.handed_over_at) for p in left]
    tell(ctx, NoticeKind.SHIPPED, about)


def delivered(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells customers that a parcel has arrived."""
    about = [About(p.order_id, p.id, happened_at=p.delivered_at) for p in _going_out(ctx, happened)]
    tell(ctx, NoticeKind.DELIVERED, about)


def tracked(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells customers of what a carrier said of their parcel, where it is still so: scans come late and in disorder."""
    said = {event.subject_id: str(event.data.get("status", "")) for event in happened}
    parcels = [p for p in _going_out(ctx, happened) if p.status == said[p.id] and p.status in OF_STATUS]
    if not parcels:
        return
    to = orders.destinations(ctx, order_ids=[parcel.order_id for parcel in parcels])
    otherwise = accounts.organisation(ctx).timezone
    for parcel in parcels:
        kind = OF_STATUS[parcel.status]
        zone = zones.zone_for(to[parcel.order_id].ship_to, otherwise=otherwise, at=ctx.now)
        today = ctx.now.astimezone(ZoneInfo(zone)).date()
        day = (parcel.status_at or ctx.now).astimezone(ZoneInfo(zone)).date()
        until = parcel.estimated_on if parcel.estimated_on and parcel.estimated_on >= today else None
        occurrence = f"{day}" if kind in BY_DAY else f"{until or ''}" if kind is NoticeKind.DELAY else ""
        if kind is NoticeKind.EXCEPTION:
            occurrence = f"{parcel.status}:{day}"
        reason = COMES_BACK if parcel.status == TrackingStatus.RETURN_TO_SENDER else ""
        tell(ctx, kind, [About(parcel.order_id, parcel.id, occurrence, parcel.status_at, reason, until=until)])


def late(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells customers of parcels that a sweep found to be late or silent, before they ask; each matter of a parcel once."""
    said = {event.subject_id: event for event in happened}
    parcels = [p for p in _going_out(ctx, happened) if p.delivered_at is None]
    if not parcels:
        return
    to = orders.destinations(ctx, order_ids=[parcel.order_id for parcel in parcels])
    otherwise = accounts.organisation(ctx).timezone
    for parcel in parcels:
        whom, event = to[parcel.order_id], said[parcel.id]
        clock = Clock(whom.language, zones.zone_for(whom.ship_to, otherwise=otherwise, at=ctx.now), ctx.now)
        with override(whom.language):
            facts = delay_words.of_delay(parcel, event.data, clock=clock)
        about = About(parcel.order_id, parcel.id, delay_words.matter(event.data), event.at, facts=facts)
        tell(ctx, NoticeKind.DELAY, [about])


def confirm_again(ctx: Ctx, *, order_id: int, wish: str) -> None:
    """Sends the confirmation of an order once more; the same wish twice sends it once."""
    [kind] = _confirmed_by(ctx, [order_id])
    tell(ctx, kind, [About(order_id)], wish=wish)


def shipped_again(ctx: Ctx, *, order_id: int, wish: str) -> None:
    """Sends the tracking mail of the newest parcel that left once more; the same wish twice sends it once."""
    left = [p for p in shipping.parcels_of(ctx, order_ids=[order_id]) if p.state == "handed_over"]
    tell(ctx, NoticeKind.SHIPPED, [About(order_id, parcel.id) for parcel in left[-1:]], wish=wish)


def _going_out(ctx: Ctx, happened: Sequence[Event]) -> list[ParcelRow]:
    """The parcels that these are about, without those that come back."""
    parcels = shipping.parcels_by_id(ctx, ids=[e.subject_id for e in happened])
    return [parcel for _, parcel in sorted(parcels.items()) if parcel.direction == Direction.OUT]
