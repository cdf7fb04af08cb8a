"""Writes to parcels: packed, called off, handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.orders import actions as orders
from doorstep.shipping import events, label_files, locks, packing, rules
from doorstep.shipping.actions.labels import wish_for_voids
from doorstep.shipping.actions.telling import tell
from doorstep.shipping.values import (
    COMES_BACK,
    LABEL_GOING_BACK,
    NO_LABEL,
    PARCELS,
    TOO_MUCH_PACKED,
    BackBox,
    Box,
    Direction,
    Packed,
    ParcelState,
)


@transaction.atomic
def pack(ctx: Ctx, *, boxes: Sequence[Box]) -> list[int]:
    """Closes parcels, of which a fulfilment order may have several; one closing told twice makes one.

    Returns: ids of new parcels.  Locks: the fulfilment orders.  Emits: ParcelPacked.
    Refuses: units that lie in another live parcel already, or that the fulfilment order does not have.
    """
    orders.lock(ctx, fulfilment_order_ids=sorted({box.fulfilment_order_id for box in boxes}))
    made = []
    for box in boxes:
        if not _is_told_before(ctx, box):
            _require_left(ctx, box)
            made.append((_close(ctx, box), box))
    outbox.record(
        ctx,
        [
            Happened(events.PARCEL_PACKED, f"parcel:{i}", f"order:{box.order_id}", {"weight_g": box.weight_g, "box": box.box_name})
            for i, box in made
        ],
    )
    return [i for i, _ in made]


def _is_told_before(ctx: Ctx, box: Box) -> bool:
    return bool(box.wish) and packing.find_by_wish(ctx, wish=box.wish) is not None


def _require_left(ctx: Ctx, box: Box) -> None:
    """Refuses what no live parcel may hold any more.  Needs: the fulfilment order locked."""
    left = {row.order_line_id: row.left for row in packing.left_to_pack(ctx, fulfilment_order_ids=[box.fulfilment_order_id])}
    for held in box.contents:
        if held.qty > left.get(held.order_line_id, 0):
            facts = {"order": box.order_name, "left": left.get(held.order_line_id, 0), "wanted": held.qty}
            raise Refused(TOO_MUCH_PACKED, facts)


def _close(ctx: Ctx, box: Box) -> int:
    length, width, height = box.dims_mm or (None, None, None)
    words = rules.search_text(box.order_name, str(box.ship_to.get("name", "")))
    parcel_id: int = db.scalar(
        """INSERT INTO shipping_parcel (organisation_id, order_id, fulfilment_order_id, location_id, state, status, service,
                                        tracking_number, weight_g, ship_to, packed_at, updated_at, search, wish, planned,
                                        box_name, length_mm, width_mm, height_mm)
           VALUES (%s, %s, %s, %s, 'packed', 'pre_transit', '', '', %s, %s::jsonb, %s, %s, base_searchable(%s), %s, %s, %s, %s,
                   %s, %s) RETURNING id""",
        [
            ctx.organisation_id, box.order_id, box.fulfilment_order_id, box.location_id, box.weight_g,
            db.as_json(dict(box.ship_to)), ctx.now, ctx.now, words, box.wish, box.planned, box.box_name, length, width, height,
        ],
    )  # fmt: skip
    _put_in(ctx, parcel_id, box.contents)
    return parcel_id


def _put_in(ctx: Ctx, parcel_id: int, contents: Sequence[Packed]) -> None:
    db.execute(
        """INSERT INTO shipping_parcelline (organisation_id, parcel_id, order_line_id, variant_id, qty)
           SELECT %s, %s, u.* FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) u""",
        [ctx.organisation_id, parcel_id] + db.columns([(c.order_line_id, c.variant_id, c.qty) for c in contents], 3),
    )


@transaction.atomic
def await_back(ctx: Ctx, *, box: BackBox) -> int:
    """Opens a parcel that a customer shall send back; whoever asks for it keeps its id, so that one wish makes one."""
    parcel_id: int = db.scalar(
        """INSERT INTO shipping_parcel (organisation_id, order_id, direction, sender, location_id, state, status, service,
                                        tracking_number, weight_g, ship_to, packed_at, updated_at, search)
           VALUES (%s, %s, 'back', %s::jsonb, %s, 'packed', 'pre_transit', '', '', %s, %s::jsonb, %s, %s,
                   base_searchable(%s)) RETURNING id""",
        [
            ctx.organisation_id, box.order_id, db.as_json(dict(box.sender)), box.location_id, box.weight_g,
            db.as_json(dict(box.ship_to)), ctx.now, ctx.now,
            rules.search_text(box.order_name, str(box.sender.get("name", ""))),
        ],
    )  # fmt: skip
    _put_in(ctx, parcel_id, box.contents)
    return parcel_id


@transaction.atomic
def strip_addresses(ctx: Ctx, *, abouts: Mapping[int, Mapping[str, Any]]) -> None:
    """Leaves to parcels where about they went or came from; their labels' files are erased.

    Shapes: addresses by order.  Locks: parcels by id.
    """
    for order_id, about in sorted(abouts.items()):
        told = db.as_json(dict(about))
        db.execute(
            """UPDATE shipping_parcel p SET ship_to = CASE WHEN direction = 'out' THEN %s::jsonb ELSE ship_to END,
                      sender = CASE WHEN direction = 'out' THEN sender ELSE %s::jsonb END
                 FROM (SELECT id FROM shipping_parcel WHERE organisation_id = %s AND order_id = %s
                        ORDER BY id FOR NO KEY UPDATE) due
                WHERE p.id = due.id""",
            [told, told, ctx.organisation_id, order_id],
        )
    label_files.erase(ctx, label_ids=label_files.labels_of_orders(ctx, order_ids=list(abouts)))


@transaction.atomic
def erase_addresses(ctx: Ctx, *, order_ids: Sequence[int], line: str) -> None:
    """Erases where about parcels of orders went or came from, the files of their labels, which say it too, and what carriers said
    of where and to whom they brought them.

    `line`: what stands for the street.  Locks: parcels by id.
    """
    about = db.as_json({"lines": [line], "city": "", "postal_code": "", "company": "", "phone": ""})
    db.execute(
        """UPDATE shipping_parcel p
              SET ship_to = CASE WHEN direction = 'out' THEN ship_to || %s::jsonb ELSE ship_to END, sender = sender || %s::jsonb
             FROM (SELECT id FROM shipping_parcel WHERE organisation_id = %s AND order_id = ANY(%s)
                    ORDER BY id FOR NO KEY UPDATE) due
            WHERE p.id = due.id""",
        [about, about, ctx.organisation_id, list(order_ids)],
    )
    label_files.erase(ctx, label_ids=label_files.labels_of_orders(ctx, order_ids=order_ids))
    db.execute(
        """UPDATE shipping_trackingevent e SET place = '', description = '' FROM shipping_parcel p
            WHERE p.organisation_id = %s AND p.order_id = ANY(%s) AND e.organisation_id = p.organisation_id AND e.parcel_id = p.id
              AND (e.place <> '' OR e.description <> '')""",
        [ctx.organisation_id, list(order_ids)],
    )


@transaction.atomic
def cancel_parcels(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Takes parcels that have not left out of the way; their labels are to be given back.

    Returns: ids of the parcels cancelled.  Locks: parcels by id.  Emits: ParcelCancelled.
    """
    parcels = locks.parcels(ctx, parcel_ids)
    able = [i for i, p in parcels.items() if PARCELS.can(ParcelState(p.state), ParcelState.CANCELLED)]
    db.execute(
        "UPDATE shipping_parcel SET state = 'cancelled' WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, able],
    )
    wish_for_voids(ctx, able)
    tell(ctx, events.PARCEL_CANCELLED, {i: {} for i in able}, parcels)
    return able


@transaction.atomic
def hand_over(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Marks labelled parcels as given to the carrier; those that left before are left alone.

    Returns: ids handed over now.  Locks: parcels by id, then their labels.  Emits: ParcelHandedOver.
    Refuses: parcels without a label, or whose label is being voided, and those that customers hand over.
    """
    parcels = locks.parcels(ctx, parcel_ids)
    for id, parcel in parcels.items():
        if parcel.direction == Direction.BACK:
            raise Refused(COMES_BACK, {"parcel": id})
        if parcel.state == ParcelState.PACKED:
            raise Refused(NO_LABEL, {"parcel": id})
    able = [i for i, p in parcels.items() if PARCELS.can(ParcelState(p.state), ParcelState.HANDED_OVER)]
    for label in locks.labels_of(ctx, able):
        if label.void_wanted:
            raise Refused(LABEL_GOING_BACK, {"parcel": label.parcel_id})
    db.execute(
        "UPDATE shipping_parcel SET state = 'handed_over', handed_over_at = %s WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.now, ctx.organisation_id, able],
    )
    tell(ctx, events.PARCEL_HANDED_OVER, {i: {"tracking_number": parcels[i].tracking_number} for i in able}, parcels)
    return able


@transaction.atomic
def mark_told(ctx: Ctx, *, parcel_ids: Sequence[int], refused: Mapping[int, str]) -> None:
    """Notes that the carrier knows of a hand-over.  Emits: ParcelRefused for those it will not collect."""
    parcels = locks.parcels(ctx, parcel_ids)
    db.execute(
        "UPDATE shipping_parcel SET told_at = %s WHERE organisation_id = %s AND id = ANY(%s) AND told_at IS NULL",
        [ctx.now, ctx.organisation_id, list(parcel_ids)],
    )
    tell(ctx, events.PARCEL_REFUSED, {i: {"problem": why} for i, why in refused.items()}, parcels)
