"""Writes to what warehouses were asked: wished for, taken, called back, given back, done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.base import db, jobs, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.fulfilment import events
from doorstep.fulfilment.port import NotTakenOn, Taken
from doorstep.fulfilment.warehouses import queries
from doorstep.fulfilment.warehouses.values import AT_A_WAREHOUSE, OPEN, REQUESTS, RequestRow, RequestState
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries


@transaction.atomic
def ask(ctx: Ctx, *, order_ids: Sequence[int]) -> int:
    """Wishes that warehouses send what is routed to them; doing it again changes nothing.  Jobs ask them.

    Returns: how many fulfilment orders they are asked for.  Locks: fulfilment orders by id.  Emits: WarehouseAsked each.
    """
    found = queries.find_to_ask(ctx, order_ids=order_ids)
    if not found:
        return 0
    orders.lock(ctx, fulfilment_order_ids=[line["fulfilment_order_id"] for line in found])
    parts: dict[int, list[dict[str, int]]] = {}
    for line in queries.find_to_ask(ctx, order_ids=order_ids):
        parts.setdefault(line["fulfilment_order_id"], []).append(line)
    wishes = [
        (lines[0]["warehouse_id"], part_id, db.as_json({f"line-{line['line_id']}": line["qty"] for line in lines}))
        for part_id, lines in parts.items()
    ]
    made = db.dicts(
        """INSERT INTO fulfilment_warehouserequest (organisation_id, warehouse_id, fulfilment_order_id, key, state, vendor_id,
                                                    lines, problem, wanted_at, asked_times)
           SELECT %s, u.w, u.f, 'wh-' || gen_random_uuid(), 'wanted', '', u.l::jsonb, '', %s, 0
             FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) u(w, f, l)
           ON CONFLICT (organisation_id, fulfilment_order_id) WHERE state IN ('wanted', 'unknown', 'submitted', 'accepted')
           DO NOTHING RETURNING id""",
        [ctx.organisation_id, ctx.now, *db.columns(wishes, 3)],
    )
    for line in made:
        settle_soon(ctx.organisation_id, line["id"])
    _tell(ctx, events.WAREHOUSE_ASKED, [queries.get_request(ctx, request_id=line["id"]) for line in made])
    return len(made)


def settle_soon(organisation_id: int, request_id: int, *, again: bool = False) -> None:
    """Defers asking a warehouse, or calling back; runs for one request never overlap.  `again`: by a timer."""
    defer = jobs.defer_again if again else jobs.defer
    arguments = {"organisation_id": organisation_id, "request_id": request_id}
    defer("settle_warehouse_request", arguments=arguments, lock=f"warehouse_request:{request_id}")


@transaction.atomic
def begin(ctx: Ctx, *, request_id: int) -> bool:
    """Notes, before the warehouse is called, that it will be asked.  False: the wish is settled already."""
    return bool(
        db.execute(
            """UPDATE fulfilment_warehouserequest SET asked_times = asked_times + 1
                WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
            [ctx.organisation_id, request_id, REQUESTS.sources(RequestState.SUBMITTED)],
        )
    )


@transaction.atomic
def settle(ctx: Ctx, *, request_id: int, answer: Taken | NotTakenOn | None, problem: str = "") -> bool:
    """Notes what a warehouse answered; None when it did not.  False: somebody settled it before.

    Emits: WarehouseTook, WarehouseRejected or WarehouseUnknown.
    """
    if answer is None:
        return _move(ctx, request_id, RequestState.UNKNOWN, events.WAREHOUSE_UNKNOWN, problem=problem)
    if isinstance(answer, NotTakenOn):
        return _move(ctx, request_id, RequestState.REJECTED, events.WAREHOUSE_REJECTED, problem=answer.reason)
    return _move(ctx, request_id, RequestState.SUBMITTED, events.WAREHOUSE_TOOK, vendor_id=answer.vendor_id)


@transaction.atomic
def accept(ctx: Ctx, *, request_id: int, at: datetime) -> bool:
    """Notes that a warehouse works on it.  False: it is past that.  Emits: WarehouseAccepted."""
    return _move(ctx, request_id, RequestState.ACCEPTED, events.WAREHOUSE_ACCEPTED, accepted_at=min(at, ctx.now))


@transaction.atomic
def give_back(ctx: Ctx, *, request_id: int, reason: str) -> bool:
    """Notes that a warehouse will not send what is left.  False: it was over before.  Emits: WarehouseGaveBack."""
    return _move(ctx, request_id, RequestState.CANCELLED, events.WAREHOUSE_GAVE_BACK, problem=reason)


@transaction.atomic
def close(ctx: Ctx, *, request_id: int) -> bool:
    """Notes that nothing of it is left to send.  False: it was over before.  Emits: WarehouseDone."""
    return _move(ctx, request_id, RequestState.CLOSED, events.WAREHOUSE_DONE)


@transaction.atomic
def recall(ctx: Ctx, *, fulfilment_order_ids: Sequence[int], then: str = "") -> int:
    """Wishes to have fulfilment orders back, as far as a warehouse has them; jobs call them back.  Returns: how many.

    One that it would not give back before is asked for again: it may not have packed it after all.
    `then`: `ROUTE` where they are to go from elsewhere once they are back; a hold or a cancellation goes before that.
    Emits: WarehouseRecallWanted, with `ROUTE`.
    """
    wished = db.column(
        """UPDATE fulfilment_warehouserequest SET recall_wanted_at = %s, recall_for = %s, too_late_at = NULL
            WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s) AND state = ANY(%s)
              AND (recall_wanted_at IS NULL OR too_late_at IS NOT NULL) RETURNING id""",
        [ctx.now, then, ctx.organisation_id, list(fulfilment_order_ids), list(OPEN)],
    )
    for id in wished:
        settle_soon(ctx.organisation_id, id)
    if then:
        _tell(ctx, events.WAREHOUSE_RECALL_WANTED, [queries.get_request(ctx, request_id=id) for id in wished])
    return len(wished)


@transaction.atomic
def let_go(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Ends wishes of which no warehouse was told yet, since these fulfilment orders are about to go from elsewhere.

    Needs, Locks, Refuses: as `require_untold`.  Emits: WarehouseRecalled.
    """
    for row in require_untold(ctx, fulfilment_order_ids=fulfilment_order_ids):
        _move(ctx, row.id, RequestState.CANCELLED, events.WAREHOUSE_RECALLED)


@transaction.atomic
def require_untold(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> list[RequestRow]:
    """Wishes of which no warehouse was told yet; whoever asks for them from now on reads the fulfilment orders anew.

    Needs, Locks: as `lock_open`.  Refuses: what a warehouse was asked for, for it would send that as it was (`AT_A_WAREHOUSE`).
    """
    found = list(lock_open(ctx, fulfilment_order_ids=fulfilment_order_ids).values())
    for row in found:
        if row.is_told:
            name = order_queries.orders_by_id(ctx, ids=[row.order_id])[row.order_id].name
            raise Refused(AT_A_WAREHOUSE, {"warehouse": row.warehouse_name, "order": name})
    return found


@transaction.atomic
def lock_open(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> dict[int, RequestRow]:
    """What warehouses are asked for, by fulfilment order, so that none is told of it meanwhile.

    Needs: the fulfilment orders locked.  Locks: the wishes.
    """
    db.column(
        """SELECT id FROM fulfilment_warehouserequest WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s)
              AND state = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, list(fulfilment_order_ids), list(OPEN)],
    )
    return queries.open_of(ctx, fulfilment_order_ids=fulfilment_order_ids)


@transaction.atomic
def settle_recall(ctx: Ctx, *, request_id: int, given_back: bool) -> bool:
    """Notes whether a warehouse gave a fulfilment order back.  False: that was known.

    Emits: WarehouseRecalled or WarehouseTooLate.
    """
    if given_back:
        return _move(ctx, request_id, RequestState.CANCELLED, events.WAREHOUSE_RECALLED)
    noted = db.execute(
        """UPDATE fulfilment_warehouserequest SET too_late_at = %s
            WHERE organisation_id = %s AND id = %s AND recall_wanted_at IS NOT NULL AND too_late_at IS NULL AND state = ANY(%s)""",
        [ctx.now, ctx.organisation_id, request_id, list(OPEN)],
    )
    if noted:
        _tell(ctx, events.WAREHOUSE_TOO_LATE, [queries.get_request(ctx, request_id=request_id)])
    return bool(noted)


def _move(
    ctx: Ctx, request_id: int, to: RequestState, type_: str, *, problem: str = "", vendor_id: str = "",
    accepted_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Compare-and-set by the transition table, and the fact of it."""
    moved = db.execute(
        """UPDATE fulfilment_warehouserequest SET state = %s, problem = %s,
                  vendor_id = CASE WHEN %s <> '' THEN %s ELSE vendor_id END, accepted_at = COALESCE(%s::timestamptz, accepted_at),
                  settled_at = CASE WHEN %s = 'unknown' THEN settled_at ELSE %s::timestamptz END
            WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
        [
            to.value, problem[:500], vendor_id, vendor_id, accepted_at, to.value, ctx.now, ctx.organisation_id, request_id,
            REQUESTS.sources(to),
        ],
    )  # fmt: skip
    if moved:
        _tell(ctx, type_, [queries.get_request(ctx, request_id=request_id)])
    return bool(moved)


def _tell(ctx: Ctx, type_: str, rows: Sequence[RequestRow]) -> None:
    def said(row: RequestRow) -> dict[str, Any]:
        told: dict[str, Any] = {"request_id": row.id, "warehouse_id": row.warehouse_id, "warehouse": row.warehouse_name}
        return told | ({"problem": row.problem[:200]} if row.problem else {})

    outbox.record(
        ctx, [Happened(type_, f"fulfilment_order:{row.fulfilment_order_id}", f"order:{row.order_id}", said(row)) for row in rows]
    )
