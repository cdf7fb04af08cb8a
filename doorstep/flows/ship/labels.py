"""Labels: wished for when a parcel is packed, bought once, printed, given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows import declare, doubts, label_files, offers
from doorstep.flows.offers import carrier_of
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment.actions import PrintWish
from doorstep.locations import queries as locations
from doorstep.orders import queries as order_queries
from doorstep.orders import recipients
from doorstep.orders.values import ERASED_LINE
from doorstep.shipping import actions, queries
from doorstep.shipping.port import CarrierPort, Credit, CustomsTerms, Declined, LabelWish, abilities_of
from doorstep.shipping.terms import EEI_NEEDED
from doorstep.shipping.values import (
    NO_SERVICE,
    NOT_YET_SCANNED,
    SCANNED_MEANWHILE,
    Direction,
    LabelRow,
    LabelState,
    ParcelRow,
    ParcelState,
)


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
        parcel = queries.get_parcel(ctx, parcel_id=label.parcel_id)
        if parcel.state == ParcelState.LABELLED and parcel.status not in NOT_YET_SCANNED:
            actions.settle_void(ctx, label_id=label.id, taken_back=False, problem=SCANNED_MEANWHILE)
            return
        # one that was bought elsewhere is given back there
        taken_back = not label.vendor_id or carrier_of(ctx, label.carrier_id).void_label(label.vendor_id)
        later = abilities_of(queries.get_carrier(ctx, carrier_id=label.carrier_id).provider).credits_later
        credit = Credit.PENDING if later else Credit.GIVEN
        actions.settle_void(ctx, label_id=label.id, taken_back=taken_back, credit=credit.value)


def _buy(ctx: Ctx, label: LabelRow) -> None:
    parcel = queries.get_parcel(ctx, parcel_id=label.parcel_id)
    port = carrier_of(ctx, label.carrier_id)
    if _is_over(ctx, label, port) or _is_waited_for(ctx, parcel):
        return
    wish = wish_of(ctx, label, parcel)
    if list(wish.recipient["lines"]) == [ERASED_LINE]:
        doubts.hold(ctx, why={parcel.order_id: doubts.Doubt.ADDRESS_ERASED})  # a person says where it goes, or cancels it
        return
    if not label.asked_times and declare.is_filing_needed(ctx, parcel=parcel, items=wish.customs):
        actions.settle_label(ctx, label_id=label.id, answer=Declined(EEI_NEEDED))
        return
    chosen = _offer_for(ctx, label, parcel, wish)
    if chosen is None:
        actions.settle_label(ctx, label_id=label.id, answer=Declined(NO_SERVICE))
        return
    wish, carrier_id = replace(wish, service=chosen[0]), chosen[1]
    port = port if carrier_id == label.carrier_id else carrier_of(ctx, carrier_id)
    if not actions.begin(ctx, label_id=label.id, service=wish.service, carrier_id=carrier_id, paper=wish.paper):
        return
    try:
        answer = port.buy_label(wish)
    except httpx.HTTPError as trouble:
        actions.settle_label(ctx, label_id=label.id, answer=None, problem=f"{type(trouble).__name__}: {trouble}")
        raise
    actions.settle_label(ctx, label_id=label.id, answer=answer)


def _is_over(ctx: Ctx, label: LabelRow, port: CarrierPort) -> bool:
    """Whether nothing is to be bought any more: it was bought before we heard of it, or is wanted no longer; either is settled."""
    found = port.find_label(label.key) if label.asked_times else None
    if found is not None:
        actions.settle_label(ctx, label_id=label.id, answer=found)
        return True
    if label.void_wanted_at is not None:
        actions.settle_void(ctx, label_id=label.id, taken_back=True)  # nothing was ever bought
        return True
    return False


def _is_waited_for(ctx: Ctx, parcel: ParcelRow) -> bool:
    """Whether a hold stops the shipment, or nobody knows yet where it goes; the timer asks again once that has passed."""
    part = order_queries.fulfilment_orders_by_id(ctx, ids=[parcel.fulfilment_order_id]).get(parcel.fulfilment_order_id)
    if part is not None and part.state == "on_hold":
        return True
    known = recipients.rows(ctx, order_ids=[parcel.order_id]).get(parcel.order_id)
    if known is None or not known.is_awaited:
        return False
    recipients.want(ctx, order_ids=[parcel.order_id])
    return True


def _offer_for(ctx: Ctx, label: LabelRow, parcel: ParcelRow, wish: LabelWish) -> tuple[str, int] | None:
    """The service and the carrier that get a label: as it was wished for, else the best offer; None where there is none."""
    if wish.service:
        return wish.service, label.carrier_id
    best = offers.choose(ctx, label=label, parcel=parcel, wish=wish)
    return (best.service, best.carrier_id) if best else None


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
