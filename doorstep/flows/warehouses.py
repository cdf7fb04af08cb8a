"""What is routed to a warehouse that somebody else runs is sent there to be fulfilled, and called back when it must not leave."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx
from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.catalog import queries as catalog
from doorstep.flows import day_capacity, declare, doubts, reroute, send_outside
from doorstep.fulfilment import gifts
from doorstep.fulfilment.port import NotTakenOn, WantedLine, WarehousePort, WarehouseWish, warehouses
from doorstep.fulfilment.warehouses import queries, requests
from doorstep.fulfilment.warehouses.values import ROUTE, RequestRow, RequestState, WarehouseRow
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.orders.values import ERASED_LINE, FORow
from doorstep.shipping import policy
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

log = logging.getLogger("doorstep.warehouses")
TOO_LATE = "warehouse_too_late"
DUE_AFTER = timedelta(hours=4)
EXPRESS_WITHIN = timedelta(days=2)  # of the day that was promised


def ask(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Has warehouses asked for the orders that these events tell of, as far as they run where these were routed."""
    requests.ask(ctx, order_ids=sorted({e.timeline_id for e in happened}))


def recall_held(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Calls held fulfilment orders back: a hold stops the shipment, wherever it is packed."""
    held = orders.fulfilment_orders_by_id(ctx, ids=[e.subject_id for e in happened])
    requests.recall(ctx, fulfilment_order_ids=[i for i, f in held.items() if f.state == "on_hold"])


def recall_cancelled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Calls what was cancelled back."""
    parts = orders.fulfilment_orders_of(ctx, order_ids=sorted({e.timeline_id for e in happened}))
    requests.recall(ctx, fulfilment_order_ids=[part.id for part in parts if part.state == "cancelled"])


def warehouse_of(row: WarehouseRow) -> WarehousePort:
    """The warehouse behind an account."""
    return warehouses.get(row.provider, dict(row.settings))


def settle(ctx: Ctx, *, request_id: int) -> None:
    """Asks a warehouse to send a fulfilment order, or calls it back; runs for one request never overlap.

    A wish that was asked for before is looked up first, so nothing is sent twice.  Raises: httpx errors, to be tried again;
    until then the request is `unknown`.
    """
    row = queries.get_request(ctx, request_id=request_id)
    if row.state in (RequestState.WANTED, RequestState.UNKNOWN):
        _ask(ctx, row)
        row = queries.get_request(ctx, request_id=request_id)
    is_there = row.state in (RequestState.SUBMITTED, RequestState.ACCEPTED)
    if not is_there or row.recall_wanted_at is None or row.too_late_at is not None:
        return
    warehouse = queries.get_warehouse(ctx, warehouse_id=row.warehouse_id)
    given_back = warehouse_of(warehouse).call_back(row.key)
    _settle_recall(ctx, row, given_back=given_back)


def _ask(ctx: Ctx, row: RequestRow) -> None:
    warehouse = queries.get_warehouse(ctx, warehouse_id=row.warehouse_id)
    port = warehouse_of(warehouse)
    if row.asked_times:
        found = port.find(row.key)
        if found is not None:
            requests.settle(ctx, request_id=row.id, answer=found)
            return
    part = orders.fulfilment_orders_by_id(ctx, ids=[row.fulfilment_order_id])[row.fulfilment_order_id]
    is_due = part.state in ("open", "in_progress") and part.location_id == warehouse.location_id
    if row.recall_wanted_at is not None or not is_due:
        _settle_recall(ctx, row, given_back=True)  # nothing was ever asked for
        return
    if _wish(ctx, row, part) is None or not requests.begin(ctx, request_id=row.id):
        return
    wish = _wish(ctx, row, part)  # anew: until it was begun, its address could change
    if wish is None:
        return
    try:
        answer = port.send(wish)
    except httpx.HTTPError as trouble:
        requests.settle(ctx, request_id=row.id, answer=None, problem=f"{type(trouble).__name__}: {trouble}")
        raise
    with transaction.atomic():
        if isinstance(answer, NotTakenOn):
            day_capacity.lock(ctx)
        if requests.settle(ctx, request_id=row.id, answer=answer) and isinstance(answer, NotTakenOn):
            send_outside.go_elsewhere(ctx, request=row, reason=answer.reason)


def _wish(ctx: Ctx, row: RequestRow, part: FORow) -> WarehouseWish | None:
    """What is asked for; None while it is not known where it goes: the timer asks again, or a person says it."""
    to = orders.destinations(ctx, order_ids=[part.order_id])[part.order_id]
    known = recipients.rows(ctx, order_ids=[part.order_id]).get(part.order_id)
    if known is not None and known.is_awaited:
        recipients.want(ctx, order_ids=[part.order_id])
        return None
    recipient = recipients.shown(ctx, order_id=part.order_id, kept=to.ship_to)
    if list(recipient["lines"]) == [ERASED_LINE]:
        doubts.hold(ctx, why={part.order_id: doubts.Doubt.ADDRESS_ERASED})
        return None
    lines = orders.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id])
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    wanted = tuple(
        WantedLine(
            f"line-{line.id}", variants[line.variant_id].sku, variants[line.variant_id].barcode, variants[line.variant_id].title,
            int(row.lines[f"line-{line.id}"]),
        )
        for line in lines
        if f"line-{line.id}" in row.lines
    )  # fmt: skip
    gift = gifts.gifts_of(ctx, order_ids=[part.order_id]).get(part.order_id)
    return WarehouseWish(
        row.key, to.name, recipient, wanted, service=_service(ctx, part), note=gift.message if gift else "",
        is_gift=gift is not None,
        incoterm=declare.incoterm_of(ctx, location_id=part.location_id or 0, country=str(recipient.get("country") or "")),
    )  # fmt: skip


def _service(ctx: Ctx, part: FORow) -> str:
    """How quickly it is to travel, by the day that was promised, if any."""
    order = orders.orders_by_id(ctx, ids=[part.order_id])[part.order_id]
    promised = policy.find(ctx).promised_on(order.placed_at.date())
    return "express" if promised is not None and promised - ctx.now.date() <= EXPRESS_WITHIN else "standard"


@transaction.atomic
def _settle_recall(ctx: Ctx, row: RequestRow, *, given_back: bool) -> None:
    if given_back:
        day_capacity.lock(ctx)
    if requests.settle_recall(ctx, request_id=row.id, given_back=given_back) and not given_back:
        _have_looked_at(ctx, row)
    elif given_back:
        if row.recall_for == ROUTE:
            reroute.once_back(ctx, fulfilment_order_id=row.fulfilment_order_id)
        requests.ask(ctx, order_ids=[row.order_id])  # it stays the best, or its hold was released while it was called back


def _have_looked_at(ctx: Ctx, row: RequestRow) -> None:
    """A person has to talk to the warehouse."""
    order = orders.orders_by_id(ctx, ids=[row.order_id])[row.order_id]
    facts = {"order": order.name, "warehouse": row.warehouse_name, "request_id": row.id}
    draft = TaskDraft(
        key=f"{TOO_LATE}:{row.id}:{row.recall_wanted_at:%Y%m%d%H%M%S}", kind=TOO_LATE,
        subject=f"fulfilment_order:{row.fulfilment_order_id}", timeline=f"order:{row.order_id}",
        due_at=ctx.now + DUE_AFTER, facts=facts,
    )  # fmt: skip
    tasks.create(ctx, tasks=[draft])


def sweep(now: datetime) -> None:
    """Asks and calls back where a job got lost."""
    for organisation_id, request_id in queries.find_unsettled(older_than=now - timedelta(seconds=20)):
        requests.settle_soon(organisation_id, request_id, again=True)
