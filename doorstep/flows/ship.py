"""From packed to delivered: the label bought once, the carrier told, its scans believed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
from django.db import transaction

from doorstep.base import alone
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.flows import declare, doubts, label_files, offers
from doorstep.flows.offers import carrier_of as carrier_of
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment.actions import PrintWish
from doorstep.locations import queries as locations
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders import recipients
from doorstep.orders.values import ERASED_LINE, ON_HOLD, WRONG_STATE
from doorstep.shipping import actions, pace, packing, queries
from doorstep.shipping import carriers as accounts
from doorstep.shipping.port import Credit, CustomsTerms, Declined, LabelWish, Scan, abilities_of
from doorstep.shipping.refusals import BAD_NUMBER, CARRIER_TROUBLE, NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.terms import EEI_NEEDED
from doorstep.shipping.values import (
    COMES_BACK,
    NO_SERVICE,
    Direction,
    LabelRow,
    LabelState,
    ParcelRow,
    ParcelState,
    TrackingStatus,
)
from doorstep.stock import actions as stock
from doorstep.stock import locks
from doorstep.stock.values import Want

log = logging.getLogger("doorstep.ship")
# A carrier is asked about a parcel that it was silent about for so long; one whose webhooks come is given more time.
QUIET_S, TALKING_S, QUIET_ALTHOUGH_TALKING_S = 15, 600, 120
NOBODYS_NUMBER = "1Z0000000000000000"
ASK_AGAIN_S = 900  # a carrier that says that it cannot answer


def want_label(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes for a label for each parcel that these events tell of; without a carrier they wait for one.

    A parcel whose label was declined or voided meanwhile waits for a person: the same event may come twice.
    """
    carrier = queries.find_default_carrier(ctx)
    parcel_ids = {e.subject_id for e in happened}
    parcel_ids -= {label.parcel_id for label in queries.labels_of(ctx, parcel_ids=sorted(parcel_ids))}
    if carrier is not None and parcel_ids:
        actions.want_label(ctx, parcel_ids=sorted(parcel_ids), carrier_id=carrier.id, is_open=True)


def print_label(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Prints labels just bought, and the packing slips with them, at the printer of their location.

    Those that their carrier draws are printed once their file is here: the same wish, whichever event tells of it.
    A label that is to be voided, or was, is not printed, nor one with which a customer sends something back.
    """
    for event in happened:
        if not label_files.may_print(ctx, event):
            continue
        parcel = queries.get_parcel(ctx, parcel_id=event.subject_id)
        if parcel.direction == Direction.BACK:
            continue
        printer = floor.find_printer(ctx, location_id=parcel.location_id)
        label = queries.live_labels_of(ctx, parcel_ids=[parcel.id]).get(parcel.id)
        is_kept = label is not None and label.id == event.data["label_id"] and label.void_wanted_at is None
        if printer is None or parcel.state == ParcelState.CANCELLED or not is_kept:
            continue
        key, subject, timeline = f"label-{event.data['label_id']}", event.subject, event.timeline
        wishes = [PrintWish(f"label:{key}", "label", subject, timeline, printer.id)]
        paper = floor.find_printer(ctx, location_id=parcel.location_id, language="pdf")
        if paper is not None:
            wishes.append(PrintWish(f"slip:{key}", "slip", subject, timeline, paper.id))
        fulfilment.want_print(ctx, wishes=wishes)


def settle_label(ctx: Ctx, *, label_id: int) -> None:
    """Buys a wished label, or gives one back; runs for one label never overlap.

    A wish that was asked for before is looked up first, so no label is bought twice.  Raises: httpx errors, to be tried
    again; until then the label is `unknown`.
    """
    label = queries.get_label(ctx, label_id=label_id)
    if label.state in (LabelState.WANTED, LabelState.UNKNOWN):
        _buy(ctx, label)
        label = queries.get_label(ctx, label_id=label_id)
    if label.void_wanted_at is not None and label.state == LabelState.BOUGHT:
        # one that was bought elsewhere is given back there
        taken_back = not label.vendor_id or carrier_of(ctx, label.carrier_id).void_label(label.vendor_id)
        later = abilities_of(queries.get_carrier(ctx, carrier_id=label.carrier_id).provider).credits_later
        credit = Credit.PENDING if later else Credit.GIVEN
        actions.settle_void(ctx, label_id=label.id, taken_back=taken_back, credit=credit.value)


def _buy(ctx: Ctx, label: LabelRow) -> None:
    parcel = queries.get_parcel(ctx, parcel_id=label.parcel_id)
    part = order_queries.fulfilment_orders_by_id(ctx, ids=[parcel.fulfilment_order_id]).get(parcel.fulfilment_order_id)
    port = carrier_of(ctx, label.carrier_id)
    if label.asked_times:
        found = port.find_label(label.key)
        if found is not None:
            actions.settle_label(ctx, label_id=label.id, answer=found)
            return
    if label.void_wanted_at is not None:
        actions.settle_void(ctx, label_id=label.id, taken_back=True)  # nothing was ever bought
        return
    if part is not None and part.state == "on_hold":
        return  # a hold stops the shipment; the timer asks again once it is released
    known = recipients.rows(ctx, order_ids=[parcel.order_id]).get(parcel.order_id)
    if known is not None and known.is_awaited:
        recipients.want(ctx, order_ids=[parcel.order_id])  # the timer asks again once it is known where it goes
        return
    wish = wish_of(ctx, label, parcel)
    if list(wish.recipient["lines"]) == [ERASED_LINE]:
        doubts.hold(ctx, why={parcel.order_id: doubts.Doubt.ADDRESS_ERASED})  # a person says where it goes, or cancels it
        return
    if not label.asked_times and declare.is_filing_needed(ctx, parcel=parcel, items=wish.customs):
        actions.settle_label(ctx, label_id=label.id, answer=Declined(EEI_NEEDED))
        return
    carrier_id = label.carrier_id
    if not wish.service:
        best = offers.choose(ctx, label=label, parcel=parcel, wish=wish)
        if best is None:
            actions.settle_label(ctx, label_id=label.id, answer=Declined(NO_SERVICE))
            return
        wish, carrier_id = replace(wish, service=best.service), best.carrier_id
        port = port if carrier_id == label.carrier_id else carrier_of(ctx, carrier_id)
    if not actions.begin(ctx, label_id=label.id, service=wish.service, carrier_id=carrier_id, paper=wish.paper):
        return
    try:
        answer = port.buy_label(wish)
    except httpx.HTTPError as trouble:
        actions.settle_label(ctx, label_id=label.id, answer=None, problem=f"{type(trouble).__name__}: {trouble}")
        raise
    actions.settle_label(ctx, label_id=label.id, answer=answer)


def wish_of(ctx: Ctx, label: LabelRow | None, parcel: ParcelRow) -> LabelWish:
    """What a carrier is asked for.  `label` None: only what it would cost."""
    at = locations.get(ctx, location_id=parcel.location_id)
    back = parcel.direction == Direction.BACK
    theirs = recipients.shown(ctx, order_id=parcel.order_id, kept=(parcel.sender or {}) if back else parcel.ship_to)
    items = declare.items_of(ctx, parcel=parcel)
    decided = declare.terms_of(ctx, parcel=parcel, items=items)
    return LabelWish(
        key=label.key if label else "",
        reference=f"parcel-{parcel.id}",
        service=label.service if label else "",
        sender=theirs if back else at.as_address(),
        recipient=parcel.ship_to if back else theirs,
        weight_g=parcel.weight_g,
        dims_mm=parcel.dims_mm or (0, 0, 0),
        customs=items,
        terms=decided.terms if decided else CustomsTerms(),
        paper=(label.paper if label else "") or label_files.paper_for(ctx, parcel=parcel),
    )


@transaction.atomic
def hand_over(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Gives labelled parcels to the carrier: their stock leaves, all or none.

    A fulfilment order closes with the parcel in which its last unit leaves; until then its order is shipped in part.
    Locks: fulfilment orders, stock, parcels.  Emits: ParcelHandedOver, OrderFulfilled.
    Refuses: parcels without a label, orders on hold.  Returns: ids handed over now.
    """
    gone = (ParcelState.HANDED_OVER, ParcelState.CANCELLED)
    asked = queries.parcels_by_id(ctx, ids=parcel_ids).values()
    for parcel in asked:
        if parcel.direction == Direction.BACK:
            raise Refused(COMES_BACK, {"parcel": parcel.id})
    orders.lock(ctx, fulfilment_order_ids=[p.fulfilment_order_id for p in asked])
    parcels = [p for p in queries.parcels_by_id(ctx, ids=parcel_ids).values() if p.state not in gone]
    parts = [p.fulfilment_order_id for p in parcels]
    for part in order_queries.fulfilment_orders_by_id(ctx, ids=parts).values():
        if part.state == "on_hold":
            holds = order_queries.holds_of(ctx, fulfilment_order_ids=[part.id])
            name = order_queries.orders_by_id(ctx, ids=[part.order_id])[part.order_id].name
            raise Refused(ON_HOLD, {"order": name, "reason": ", ".join(h.reason for h in holds)})
        if part.state == "cancelled":
            name = order_queries.orders_by_id(ctx, ids=[part.order_id])[part.order_id].name
            raise Refused(WRONG_STATE, {"order": name, "state": part.state, "what": "fulfilment order"})
    return leave(ctx, parcels=parcels)


def leave(ctx: Ctx, *, parcels: Sequence[ParcelRow]) -> list[int]:
    """Parcels have left: so has their stock, and what is wholly gone is closed.  Returns: ids of those that left now.

    Locks: stock, parcels.  Emits: ParcelHandedOver, OrderFulfilled.  Needs: their fulfilment orders locked.
    """
    lines = queries.parcel_lines_of(ctx, parcel_ids=[p.id for p in parcels])
    locks.pool_rows(ctx, {line.variant_id for line in lines})  # of all places at once, so that the order is everybody's
    for location_id in sorted({p.location_id for p in parcels}):
        here = {p.id for p in parcels if p.location_id == location_id}
        units = [Want(n.order_line_id, n.variant_id, n.qty) for n in lines if n.parcel_id in here]
        stock.ship(ctx, units=units, location_id=location_id)
    left = actions.hand_over(ctx, parcel_ids=[p.id for p in parcels])
    on_their_way = [p for p in parcels if p.id in left]
    orders.note_partly_gone(ctx, order_ids=sorted({p.order_id for p in on_their_way}))
    whole = packing.wholly_gone(ctx, fulfilment_order_ids=[p.fulfilment_order_id for p in on_their_way])
    orders.close(ctx, fulfilment_order_ids=whole)
    return left


@transaction.atomic
def type_number(
    ctx: Ctx, *, parcel_id: int, carrier_id: int, number: str, service: str = "", since: datetime | None = None, left: bool = False
) -> None:
    """Puts the number of a label that was bought elsewhere on a packed parcel.  `left`: it is with its carrier already.

    Emits: NumberTyped, and with `left` what `hand_over` emits.  Refuses: what `actions.type_number` and `hand_over` refuse.
    """
    actions.type_number(ctx, parcel_id=parcel_id, carrier_id=carrier_id, number=number, service=service, since=since)
    if left:
        hand_over(ctx, parcel_ids=[parcel_id])


def settle_delivered(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Marks orders whose every parcel has arrived; some had before anybody noted that they left."""
    order_ids = sorted({e.timeline_id for e in happened})
    live = [p for p in queries.parcels_of(ctx, order_ids=order_ids) if p.state != ParcelState.CANCELLED]
    waiting = {p.order_id for p in live if p.status != TrackingStatus.DELIVERED}
    orders.mark_delivered(ctx, order_ids=sorted({p.order_id for p in live} - waiting))


def sweep_unsettled(now: datetime) -> None:
    """Asks again for labels whose fate is open although their job should have run, and wishes for those of parcels without one.

    Asks again for their files, too.
    """
    label_files.sweep(now)
    for organisation_id, label_id in queries.find_unsettled(older_than=now - timedelta(seconds=20)):
        actions.ask_for(organisation_id, label_id, again=True)
    alone.each_of(queries.find_unlabelled(older_than=now - timedelta(seconds=20)), _want_unlabelled, now=now, what="parcel")


def _want_unlabelled(ctx: Ctx, parcel_id: int) -> None:
    carrier = queries.find_default_carrier(ctx)
    if carrier is not None:
        actions.want_label(ctx, parcel_ids=[parcel_id], carrier_id=carrier.id, is_open=True)


def tell_carriers(now: datetime) -> None:
    """Tells carriers of parcels handed over; one that does not answer is told again later."""
    by_carrier: dict[tuple[int, int], list[ParcelRow]] = {}
    for organisation_id, parcel_id in queries.find_untold(older_than=now):
        ctx = Ctx(organisation_id, SYSTEM, now, new_trace())
        parcel = queries.get_parcel(ctx, parcel_id=parcel_id)
        if parcel.carrier_id is not None:
            by_carrier.setdefault((organisation_id, parcel.carrier_id), []).append(parcel)
    alone.each_of(by_carrier, lambda ctx, id: _tell(ctx, id, by_carrier[ctx.organisation_id, id]), now=now, what="carrier")


def _tell(ctx: Ctx, carrier_id: int, parcels: Sequence[ParcelRow]) -> None:
    try:
        refused = carrier_of(ctx, carrier_id).hand_over([p.tracking_number for p in parcels])
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        log.warning("carrier %s was not told: %s", carrier_id, trouble)
        return
    reasons = {r.tracking_number: r.reason for r in refused}
    actions.mark_told(
        ctx,
        parcel_ids=[p.id for p in parcels],
        refused={p.id: reasons[p.tracking_number] for p in parcels if p.tracking_number in reasons},
    )


def track_open(now: datetime) -> None:
    """Asks carriers about parcels of which nothing was heard for a while.

    One that does not answer is asked no more in this round, and its parcels go to the end of the queue: others wait too.
    """
    away: set[int] = set()
    quiet = queries.find_quiet(
        quiet_since=now - timedelta(seconds=QUIET_S),
        talking_since=now - timedelta(seconds=TALKING_S),
        quiet_although_talking_since=now - timedelta(seconds=QUIET_ALTHOUGH_TALKING_S),
        now=now,
    )
    awaited = queries.find_awaited(quiet_since=now - timedelta(seconds=QUIET_ALTHOUGH_TALKING_S))
    alone.each_of([*quiet, *awaited], lambda ctx, parcel_id: _track(ctx, parcel_id, away), now=now, what="parcel")


def _track(ctx: Ctx, parcel_id: int, away: set[int]) -> None:
    """Asks after one parcel.  `away`: carriers that do not answer, which are added to."""
    parcel = queries.get_parcel(ctx, parcel_id=parcel_id)
    carrier_id, scans, pace_s = parcel.carrier_id or 0, list[Scan](), 0
    if carrier_id not in away:
        port = carrier_of(ctx, carrier_id)
        pace_s = port.abilities.pace_s
        try:
            scans = port.track(parcel.tracking_number)
            if not port.abilities.pushes:  # whose problem can only be that it does not let us in
                accounts.note_well(ctx, id=carrier_id)
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            log.warning("carrier %s did not answer: %s", carrier_id, trouble)
            if not isinstance(trouble, httpx.DecodingError):  # that one is about this parcel alone
                away.add(carrier_id)
        except Refused as refused:
            _hear_refusal(ctx, parcel, refused, away)
    actions.record_scans(ctx, parcel_id=parcel_id, scans=scans)
    if pace_s:
        heard = queries.get_parcel(ctx, parcel_id=parcel_id)
        news_at = heard.status_at or heard.handed_over_at
        at = pace.ask_at(now=ctx.now, status=heard.status, news_at=news_at, pace_s=pace_s)
        actions.ask_later(ctx, parcel_id=parcel_id, at=at)


def try_sign_in(ctx: Ctx, *, carrier_id: int) -> None:
    """Asks a carrier after a number that nobody has, to see whether it lets us in, which ends any problem.

    Raises: httpx errors where it does not answer.  Refuses: what it says against us.
    """
    try:
        carrier_of(ctx, carrier_id).track(NOBODYS_NUMBER)
    except Refused as refused:
        if refused.refusal not in (NUMBER_NOT_FOUND, BAD_NUMBER):
            raise
    accounts.note_well(ctx, id=carrier_id)


def _hear_refusal(ctx: Ctx, parcel: ParcelRow, refused: Refused, away: set[int]) -> None:
    """What a carrier says against a question: of one number, or that nobody shall ask for a while."""
    carrier_id = parcel.carrier_id or 0
    log.warning("carrier %s says of %s: %s", carrier_id, parcel.tracking_number, refused.code)
    if refused.refusal in (THROTTLED, UNAUTHORISED, CARRIER_TROUBLE):
        away.add(carrier_id)
        wait_s = int(str(refused.facts.get("wait_s", ASK_AGAIN_S)))
        accounts.be_quiet(ctx, id=carrier_id, until=ctx.now + timedelta(seconds=wait_s))
    if refused.refusal is UNAUTHORISED:
        accounts.note_problem(ctx, id=carrier_id, problem=f"{refused.code}: {refused.facts.get('said', '')}")


def give_up_silent(now: datetime) -> None:
    """Ends the tracking of parcels of which nothing was heard for weeks; a scan that comes yet takes it up again."""
    found = queries.find_given_up(never_since=now - pace.NEVER_SEEN_AFTER, silent_since=now - pace.GIVE_UP_AFTER)
    alone.each_of(found, lambda ctx, id: len(actions.give_up(ctx, parcel_ids=[id])), now=now, what="parcel")
