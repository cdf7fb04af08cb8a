"""Writes to orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import LOST_RACE, Refused
from doorstep.orders import bulk, events, locks, queries, rules
from doorstep.orders.placing import Placed, Placement
from doorstep.orders.values import ALREADY_CANCELLED, ALREADY_SHIPPED, FOState, HoldReason, OrderState, PaymentState


@dataclass(frozen=True, slots=True)
class HoldWish:
    fulfilment_order_id: int
    reason: HoldReason
    note: str = ""
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PartPlan:
    """Units of one order line that one location shall fulfil."""

    order_line_id: int
    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which location fulfils what of one fulfilment order; several parts split it.  `why`: facts for a sentence."""

    fulfilment_order_id: int
    order_id: int
    parts: tuple[tuple[int, tuple[PartPlan, ...]], ...]
    why: Mapping[str, Any]


@transaction.atomic(savepoint=False)
def place(ctx: Ctx, *, placements: Sequence[Placement], historical: bool = False) -> list[Placed | None]:
    """Keeps new orders with their lines and one fulfilment order each.

    Shapes: one answer per placement, in order; None where the external id was taken meanwhile.
    Locks: orders by (connection, external id).  Emits: OrderPlaced per order.
    """
    placed = bulk.insert(ctx, placements, historical=historical)
    new = [(one.order_id, p) for one, p in zip(placed, placements, strict=True) if one is not None]
    bulk.insert_bundles(ctx, new)
    if not historical:
        outbox.record(
            ctx,
            [
                Happened(events.ORDER_PLACED, f"order:{i}", f"order:{i}",
                         {"name": p.draft.name, "total_minor": p.draft.total_minor, "currency": p.draft.currency,
                          "connection_id": p.draft.connection_id})
                for i, p in new
            ],
        )  # fmt: skip
    return placed


@transaction.atomic(savepoint=False)
def hold(ctx: Ctx, *, wishes: Sequence[HoldWish]) -> list[int]:
    """Puts fulfilment orders on hold, each reason once; closed and cancelled ones are left alone.

    Returns: the ids that are on hold now.  Locks: fulfilment orders by id.  Emits: OrderHeld.
    """
    rows = locks.fulfilment_orders(ctx, [w.fulfilment_order_id for w in wishes])
    able = {
        i
        for i, row in rows.items()
        if row.state in (*rules.FULFILMENT_ORDERS.sources(FOState.ON_HOLD), FOState.ON_HOLD)
    }
    lines = [
        (w.fulfilment_order_id, w.reason.value, w.note, db.as_json(dict(w.detail or {})))
        for w in wishes
        if w.fulfilment_order_id in able
    ]
    made = db.dicts(
        """INSERT INTO orders_hold (organisation_id, fulfilment_order_id, reason, note, detail, by, at, released_by)
           SELECT %s, u.f, u.r, u.n, u.d::jsonb, %s, %s, '' FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
                  u(f, r, n, d)
           ON CONFLICT (organisation_id, fulfilment_order_id, reason) WHERE released_at IS NULL DO NOTHING
           RETURNING fulfilment_order_id, reason, note, detail""",
        [ctx.organisation_id, ctx.actor.name, ctx.now, *db.columns(lines, 4)],
    )
    _set_state(ctx, sorted(able), FOState.ON_HOLD)
    _refresh_on_hold(ctx, sorted({rows[i].order_id for i in able}))
    outbox.record(
        ctx,
        [
            Happened(events.ORDER_HELD, f"fulfilment_order:{m['fulfilment_order_id']}",
                     f"order:{rows[m['fulfilment_order_id']].order_id}",
                     {"reason": m["reason"], "note": m["note"], **m["detail"]})
            for m in made
        ],
    )  # fmt: skip
    return sorted(able)


@transaction.atomic
def note_told(ctx: Ctx, *, order_id: int, body_hash: bytes) -> None:
    """Notes the fingerprint of what a channel said last of an order, so that the same once more is known as such."""
    db.execute(
        "UPDATE orders_order SET body_hash = %s WHERE organisation_id = %s AND id = %s",
        [body_hash, ctx.organisation_id, order_id],
    )


@transaction.atomic
def release_hold(ctx: Ctx, *, fulfilment_order_ids: Sequence[int], reason: HoldReason) -> list[int]:
    """Ends holds of one reason; a fulfilment order without any other hold goes back to what it was doing.

    Returns: the fulfilment orders that are free now.  Locks: fulfilment orders by id.  Emits: HoldReleased.
    """
    rows = locks.fulfilment_orders(ctx, fulfilment_order_ids)
    ended = db.column(
        """UPDATE orders_hold SET released_at = %s, released_by = %s
            WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s) AND reason = %s AND released_at IS NULL
           RETURNING fulfilment_order_id""",
        [ctx.now, ctx.actor.name, ctx.organisation_id, sorted(rows), reason.value],
    )
    still = set(
        db.column(
            """SELECT fulfilment_order_id FROM orders_hold
                WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s) AND released_at IS NULL""",
            [ctx.organisation_id, sorted(rows)],
        )
    )
    free = [i for i in ended if i not in still and rows[i].state == FOState.ON_HOLD]
    db.execute(
        """UPDATE orders_fulfilmentorder f SET updated_at = %s, state = CASE WHEN EXISTS (
                  SELECT 1 FROM orders_fulfilmentorderline l WHERE l.organisation_id = f.organisation_id
                     AND l.fulfilment_order_id = f.id AND l.picked > 0) THEN 'in_progress' ELSE 'open' END
            WHERE f.organisation_id = %s AND f.id = ANY(%s)""",
        [ctx.now, ctx.organisation_id, free],
    )
    _refresh_on_hold(ctx, sorted({rows[i].order_id for i in ended}))
    outbox.record(
        ctx,
        [
            Happened(events.HOLD_RELEASED, f"fulfilment_order:{i}", f"order:{rows[i].order_id}",
                     {"reason": reason.value, "free": i in free})
            for i in ended
        ],
    )  # fmt: skip
    return free


@transaction.atomic
def assign(ctx: Ctx, *, assignments: Sequence[Assignment]) -> list[int]:
    """Gives fulfilment orders their locations, splitting those whose plan has several parts.

    Returns: every fulfilment order that has a location now.  Locks: fulfilment orders by id.  Emits: OrderRouted per part.
    Refuses: fulfilment orders that are no longer open.
    """
    rows = locks.fulfilment_orders(ctx, [a.fulfilment_order_id for a in assignments])
    given: list[tuple[int, int, str]] = []
    facts: list[Happened] = []
    for a in assignments:
        if rows[a.fulfilment_order_id].state != FOState.OPEN:
            raise Refused(LOST_RACE, {"what": "fulfilment order"})
        for number, (location_id, parts) in enumerate(a.parts):
            target = a.fulfilment_order_id
            if number:
                target = _split_off(ctx, order_id=a.order_id, source=target, parts=parts)
            given.append((target, location_id, db.as_json(dict(a.why))))
            facts.append(
                Happened(events.ORDER_ROUTED, f"fulfilment_order:{target}", f"order:{a.order_id}",
                         {"location_id": location_id, "parts": len(a.parts), **a.why})
            )  # fmt: skip
    db.execute(
        """UPDATE orders_fulfilmentorder f SET location_id = u.at, routed_why = u.why::jsonb, updated_at = %s
             FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) u(id, at, why) WHERE f.organisation_id = %s AND f.id = u.id""",
        [ctx.now, *db.columns(given, 3), ctx.organisation_id],
    )
    outbox.record(ctx, facts)
    return [target for target, _, _ in given]


def _split_off(ctx: Ctx, *, order_id: int, source: int, parts: Sequence[PartPlan]) -> int:
    """Moves units from a fulfilment order into a new one."""
    new = bulk.insert_empty_fulfilment_order(ctx, order_id)
    for part in parts:
        bulk.move_units(ctx, source=source, target=new, part=(part.order_line_id, part.variant_id, part.qty))
    return new


@transaction.atomic
def send_back(ctx: Ctx, *, fulfilment_order_id: int, parts: Sequence[PartPlan]) -> int:
    """Sends units of a fulfilment order back to be routed: as a part of their own, or the whole of it where they are all
    that it has.

    Returns: the fulfilment order that has no location now.  Shapes: units that are not picked.  Locks: the fulfilment
    order.  Refuses: one that is held or over.
    """
    row = locks.fulfilment_orders(ctx, [fulfilment_order_id]).get(fulfilment_order_id)
    if row is None or row.state not in (FOState.OPEN, FOState.IN_PROGRESS):
        raise Refused(LOST_RACE, {"what": "fulfilment order"})
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[row.id])
    if sum(line.qty for line in lines) > sum(part.qty for part in parts):
        if not any(line.picked for line in lines):
            _set_state(ctx, [row.id], FOState.OPEN)  # what was scanned was taken back: nobody works on what stays
        return _split_off(ctx, order_id=row.order_id, source=row.id, parts=parts)
    _set_state(ctx, [row.id], FOState.OPEN)
    db.execute(
        """UPDATE orders_fulfilmentorder SET location_id = NULL, routed_why = '{}', updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, ctx.organisation_id, row.id],
    )
    return row.id


@transaction.atomic
def start(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Marks fulfilment orders as being worked on.  Locks: fulfilment orders by id."""
    rows = locks.fulfilment_orders(ctx, fulfilment_order_ids)
    _set_state(ctx, [i for i, row in rows.items() if row.state == FOState.OPEN], FOState.IN_PROGRESS)


@transaction.atomic
def set_picked(ctx: Ctx, *, picked: Sequence[tuple[int, int]]) -> None:
    """Notes how many units of fulfilment lines have been picked.  Shapes: (fulfilment line id, units picked so far)."""
    db.execute(
        """UPDATE orders_fulfilmentorderline l SET picked = u.p FROM unnest(%s::bigint[], %s::int[]) u(i, p)
            WHERE l.organisation_id = %s AND l.id = u.i""",
        [[i for i, _ in picked], [p for _, p in picked], ctx.organisation_id],
    )


@transaction.atomic
def close(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Marks fulfilment orders as shipped and their orders as far as they are.

    Locks: fulfilment orders by id.  Emits: OrderFulfilled when the last part of an order left.
    """
    rows = locks.fulfilment_orders(ctx, fulfilment_order_ids)
    able = [i for i, row in rows.items() if rules.FULFILMENT_ORDERS.can(FOState(row.state), FOState.CLOSED)]
    _set_state(ctx, able, FOState.CLOSED)
    done = bulk.refresh_fulfilment(ctx, sorted({rows[i].order_id for i in able}))
    outbox.record(ctx, [Happened(events.ORDER_FULFILLED, f"order:{i}", f"order:{i}") for i in done])


@transaction.atomic
def note_partly_gone(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Has orders say that something of them left, though it need not be a whole part.  Needs: them locked."""
    db.execute(
        """UPDATE orders_order SET fulfilment_state = 'partially_fulfilled', updated_at = %s
            WHERE organisation_id = %s AND id = ANY(%s) AND fulfilment_state = 'unfulfilled'""",
        [ctx.now, ctx.organisation_id, list(order_ids)],
    )


@transaction.atomic
def mark_delivered(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Marks fulfilled orders as delivered.  Emits: OrderDelivered, once."""
    done = db.column(
        """UPDATE orders_order SET fulfilment_state = 'delivered', state = 'closed', updated_at = %s
            WHERE organisation_id = %s AND id = ANY(%s) AND fulfilment_state = 'fulfilled' AND state = ANY(%s)
           RETURNING id""",
        [ctx.now, ctx.organisation_id, list(order_ids), rules.ORDERS.sources(OrderState.CLOSED)],
    )
    outbox.record(ctx, [Happened(events.ORDER_DELIVERED, f"order:{i}", f"order:{i}") for i in done])


@transaction.atomic
def cancel(ctx: Ctx, *, order_id: int, reason: str) -> list[int]:
    """Cancels an order of which nothing has shipped.  Returns: its line ids, whose stock the caller gives back.

    Locks: the order, then its fulfilment orders.  Emits: OrderCancelled.  Refuses: shipped or cancelled orders.
    """
    order = locks.order(ctx, order_id)
    if order.state == OrderState.CANCELLED:
        raise Refused(ALREADY_CANCELLED, {"order": order.name})
    if not rules.ORDERS.can(OrderState(order.state), OrderState.CANCELLED) or order.fulfilment_state != "unfulfilled":
        raise Refused(ALREADY_SHIPPED, {"order": order.name})
    rows = locks.fulfilment_orders_of(ctx, order_id)
    _set_state(ctx, [i for i, row in rows.items() if row.state != FOState.CANCELLED], FOState.CANCELLED)
    db.execute(
        """UPDATE orders_hold SET released_at = %s, released_by = %s
            WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s) AND released_at IS NULL""",
        [ctx.now, ctx.actor.name, ctx.organisation_id, sorted(rows)],
    )
    db.execute(
        """UPDATE orders_order SET state = 'cancelled', on_hold = FALSE, updated_at = %s, version = version + 1
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, ctx.organisation_id, order_id],
    )
    outbox.record(ctx, [Happened(events.ORDER_CANCELLED, f"order:{order_id}", f"order:{order_id}", {"reason": reason})])
    return [int(i) for i in db.column(
        "SELECT id FROM orders_orderline WHERE organisation_id = %s AND order_id = %s ORDER BY id",
        [ctx.organisation_id, order_id],
    )]  # fmt: skip


@transaction.atomic
def set_payment_state(ctx: Ctx, *, order_id: int, to: PaymentState) -> bool:
    """Has an order say where its money stands, as the transition table allows.  Returns: whether it did not before.

    Locks: the order.  Emits: OrderPaid when it is paid.
    """
    changed = db.execute(
        """UPDATE orders_order SET payment_state = %s, updated_at = %s
            WHERE organisation_id = %s AND id = %s AND payment_state = ANY(%s)""",
        [to.value, ctx.now, ctx.organisation_id, order_id, rules.PAYMENTS.sources(to)],
    )
    if changed and to is PaymentState.PAID:
        outbox.record(ctx, [Happened(events.ORDER_PAID, f"order:{order_id}", f"order:{order_id}")])
    return bool(changed)


@transaction.atomic
def note_hold(ctx: Ctx, *, order_id: int, reason: HoldReason, detail: Mapping[str, Any]) -> None:
    """Adds to a hold that is in force why it still is.  Locks: the holds."""
    db.execute(
        """UPDATE orders_hold h SET detail = h.detail || %s::jsonb FROM orders_fulfilmentorder f
            WHERE f.organisation_id = %s AND f.order_id = %s AND h.organisation_id = f.organisation_id
              AND h.fulfilment_order_id = f.id AND h.reason = %s AND h.released_at IS NULL""",
        [db.as_json(dict(detail)), ctx.organisation_id, order_id, reason.value],
    )


@transaction.atomic
def note_holds(ctx: Ctx, *, details: Mapping[int, Mapping[str, Any]], reason: HoldReason) -> None:
    """Adds facts to holds in force of one reason.  Shapes: facts by fulfilment order.  Locks: the holds."""
    db.execute(
        """UPDATE orders_hold h SET detail = h.detail || u.d::jsonb FROM unnest(%s::bigint[], %s::text[]) u(f, d)
            WHERE h.organisation_id = %s AND h.fulfilment_order_id = u.f AND h.reason = %s AND h.released_at IS NULL""",
        [
            *db.columns([(id, db.as_json(dict(detail))) for id, detail in sorted(details.items())], 2),
            ctx.organisation_id, reason.value,
        ],
    )  # fmt: skip


@transaction.atomic
def part_off(ctx: Ctx, *, fulfilment_order_id: int, parts: Sequence[PartPlan]) -> int:
    """Makes units of a fulfilment order a part of their own, without a location.  Returns: the new fulfilment order.

    Shapes: units that are not picked, fewer than all.  Locks: the fulfilment order.
    """
    row = locks.fulfilment_orders(ctx, [fulfilment_order_id])[fulfilment_order_id]
    return _split_off(ctx, order_id=row.order_id, source=row.id, parts=parts)


@transaction.atomic
def annotate(ctx: Ctx, *, order_id: int, version: int, note: str, tags: Sequence[str]) -> None:
    """Sets note and tags of an order.  Refuses: a version that somebody else has changed since."""
    order = locks.order(ctx, order_id)
    if order.version != version:
        raise Refused(LOST_RACE, {"what": "order"})
    db.execute(
        """UPDATE orders_order SET note = %s, tags = %s, version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [note, list(tags), ctx.now, ctx.organisation_id, order_id],
    )
    data = {"note": note, "tags": list(tags)}
    outbox.record(ctx, [Happened(events.NOTE_CHANGED, f"order:{order_id}", f"order:{order_id}", data)])


def _set_state(ctx: Ctx, ids: Sequence[int], to: FOState) -> None:
    """Compare-and-set by the transition table; rows are locked, so none can be lost."""
    db.execute(
        """UPDATE orders_fulfilmentorder SET state = %s, updated_at = %s
            WHERE organisation_id = %s AND id = ANY(%s) AND state = ANY(%s)""",
        [to.value, ctx.now, ctx.organisation_id, list(ids), rules.FULFILMENT_ORDERS.sources(to)],
    )


def _refresh_on_hold(ctx: Ctx, order_ids: Sequence[int]) -> None:
    db.execute(
        """UPDATE orders_order o SET updated_at = %s, on_hold = EXISTS (
                  SELECT 1 FROM orders_fulfilmentorder f WHERE f.organisation_id = o.organisation_id
                     AND f.order_id = o.id AND f.state = 'on_hold')
            WHERE o.organisation_id = %s AND o.id = ANY(%s)""",
        [ctx.now, ctx.organisation_id, list(order_ids)],
    )


def lock(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Locks fulfilment orders for a flow that decides about them.  Locks: ascending by id."""
    locks.fulfilment_orders(ctx, fulfilment_order_ids)


def lock_order(ctx: Ctx, *, order_id: int) -> None:
    """Locks one order for a higher room that decides about it.  Refuses: unknown ids."""
    locks.order(ctx, order_id)


def lock_orders(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Locks orders for a higher room that decides about them.  Locks: ascending by id."""
    locks.orders(ctx, order_ids)
