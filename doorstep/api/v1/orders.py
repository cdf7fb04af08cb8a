"""Orders: taken in, read, held, cancelled, annotated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from ninja import Router, Status
from pydantic import ValidationError

from doorstep.api.refusals import not_together
from doorstep.api.v1 import errors, paging, show, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.order_shapes import (
    CancelIn,
    HoldIn,
    OrderDetailOut,
    OrderPatchIn,
    OrdersOut,
    ReleaseIn,
)
from doorstep.api.v1.shapes import (
    BIGGEST_ID,
    BatchIn,
    BatchOut,
    Country,
    Cursor,
    Id,
    Limit,
    OrderIn,
    Search,
    Since,
    TakenOut,
)
from doorstep.base import problems
from doorstep.base.ctx import Ctx
from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import cancel, edit_order, intake, waiting
from doorstep.orders import actions, queries, recipients
from doorstep.orders.actions import HoldWish
from doorstep.orders.placing import Accepted, Answer, NotAccepted
from doorstep.orders.priorities import PRIORITIES
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import WRONG_STATE, HoldReason, OrderDraft, OrderRow
from doorstep.routing import queries as routing
from doorstep.shipping import queries as shipping

router = Router(tags=["Orders"])
View = Literal[
    "", "open", "to_route", "to_pick", "held", "backordered", "short", "slipped", "parked", "late", "shipped", "delivered",
    "cancelled",
]


@operation(router, "POST", "/orders", scope="orders:write", answers={201: TakenOut, 200: TakenOut})
def place_order(request: Asked, order: OrderIn) -> Status[dict[str, Any] | None]:
    """Takes one order in. The very same order again is answered 200 and changes nothing; the same `external_id` with
    other contents is refused with `external_id_reused`. An order that is short of stock is taken and held."""
    draft = translate.order_draft(order, now=request.ctx.now)
    (answer,) = intake.accept(request.ctx, [draft])
    if isinstance(answer, NotAccepted):
        raise Refused(answer.refusal, answer.facts)
    (told,) = told_orders(request.ctx, [draft], [answer])
    return Status(201 if isinstance(answer, Accepted) else 200, told)


@operation(router, "POST", "/orders/batch", scope="orders:write", answers={200: BatchOut})
def place_orders(request: Asked, batch: BatchIn) -> dict[str, Any]:
    """Takes up to 500 orders in. Every order gets its own answer, in order; one that is refused never spoils another."""
    read = [_read(order, request.ctx.now) for order in batch.orders]
    drafts = [draft for draft in read if isinstance(draft, OrderDraft)]
    answers = intake.accept(request.ctx, drafts) if drafts else []
    told = iter(told_orders(request.ctx, drafts, answers))
    kinds = iter(answers)
    lines: list[dict[str, Any]] = []
    for one in read:
        refused = one if isinstance(one, Refused) else None
        if refused is None:
            answer, document = next(kinds), next(told)
            if not isinstance(answer, NotAccepted):
                lines.append({"status": 201 if isinstance(answer, Accepted) else 200, "order": document})
                continue
            refused = Refused(answer.refusal, answer.facts)
        problem = problems.document(refused, language=request.language, trace=request.trace)
        lines.append({"status": problem["status"], "problem": problem})
    return {"answers": lines}


def _read(order: object, now: datetime) -> OrderDraft | Refused:
    """One order of a batch as a draft, or why it is none."""
    try:
        return translate.order_draft(OrderIn.model_validate(order), now=now)
    except ValidationError as wrong:
        return Mistaken(errors.mistakes(wrong.errors(include_url=False, include_input=False)))
    except Refused as refused:
        return refused


def told_orders(ctx: Ctx, drafts: Sequence[OrderDraft], answers: Sequence[Answer]) -> list[dict[str, Any] | None]:
    """What senders are told of their orders; None for those that were refused.  Shapes: one per draft, in order."""
    known = [a.order_id for a in answers if not isinstance(a, Accepted | NotAccepted)]
    rows = queries.orders_by_id(ctx, ids=known) if known else {}
    holds = queries.holds_by_order(ctx, order_ids=known) if known else {}
    lacking = {s["variant_id"] for some in holds.values() for hold in some for s in hold.detail.get("short", ())}
    skus = {id: row.sku for id, row in catalog.variants_by_id(ctx, ids=sorted(lacking)).items()} if lacking else {}
    told: list[dict[str, Any] | None] = []
    for draft, answer in zip(drafts, answers, strict=True):
        if isinstance(answer, Accepted):
            told.append(show.accepted(answer, draft))
        else:
            told.append(None if isinstance(answer, NotAccepted) else show.duplicate(rows[answer.order_id], holds, skus))
    return told


@operation(router, "GET", "/orders", scope="orders:read", answers={200: OrdersOut})
def list_orders(
    request: Asked,
    view: View = "",
    q: Search = "",
    customer_id: int = 0,
    country: Country = "",
    tag: Search = "",
    updated_since: Since = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Orders, newest first; with `updated_since`, every order that changed, oldest change first, without other filters."""
    where = OrderFilter(view=view, text=q, customer_id=_id(customer_id), country=country.upper(), tag=tag)
    rows: list[OrderRow]
    if updated_since:
        if where != OrderFilter():
            raise not_together("updated_since")
        since = translate.read_since(updated_since, request.ctx.now)
        rows = queries.list_updated(
            request.ctx, since=since, after=paging.by_moment(cursor, "orders.updated"), limit=limit + 1
        )
        shown, following = paging.cut(rows, limit=limit, kind="orders.updated", key=lambda r: (r.updated_at, r.id))
    else:
        rows = queries.list_orders(
            request.ctx, where=where, after=paging.by_moment(cursor, "orders.newest"), limit=limit + 1
        )
        shown, following = paging.cut(rows, limit=limit, kind="orders.newest", key=lambda r: (r.placed_at, r.id))
    return {"orders": [show.order(row) for row in shown], "next": following}


def _id(value: int) -> int:
    if not 0 <= value <= BIGGEST_ID:
        raise Mistaken([Mistake("customer_id", "out_of_range", gettext_noop("is too large."))])
    return value


@operation(router, "GET", "/orders/{order_id}", scope="orders:read", answers={200: OrderDetailOut})
def get_order(request: Asked, order_id: Id) -> dict[str, Any]:
    """One order with its lines, fulfilment orders, holds and parcels."""
    return order_document(request.ctx, order_id, is_opened=True)


def order_document(ctx: Ctx, order_id: int, *, is_opened: bool = False) -> dict[str, Any]:
    """Everything about one order, as it is answered.

    `is_opened`: with who gets it where that is kept apart; not in what answers an act, which is kept for its idempotency key.
    """
    detail, parcels = queries.get(ctx, id=order_id), shipping.parcels_of(ctx, order_ids=[order_id])
    if is_opened:
        detail = replace(detail, ship_to=recipients.shown(ctx, order_id=order_id, kept=detail.ship_to))
    return show.order_detail(detail, parcels, routing.lacking(ctx, order_ids=[order_id]) if detail.holds else [])


@operation(router, "PATCH", "/orders/{order_id}", scope="orders:write", answers={200: OrderDetailOut})
def annotate_order(request: Asked, order_id: Id, change: OrderPatchIn) -> dict[str, Any]:
    """Sets note, tags, address and priority. `version` is the one you read; if somebody changed the order since,
    `changed_meanwhile`."""
    was = queries.get(request.ctx, id=order_id)
    wrong = translate.Mistakes()
    note = wrong.text("/note", change.note or "", longest=translate.LONGEST["note"], lines=True)
    tags = translate.tags(wrong, "/tags", change.tags or [])
    ship_to = translate.address(wrong, "/ship_to", change.ship_to) if change.ship_to else None
    wrong.refuse()
    version = change.version
    if change.priority is not None and waiting.prioritise(
        request.ctx, order_id=order_id, version=version, priority=PRIORITIES[change.priority]
    ):
        version += 1
    if change.note is not None or change.tags is not None or (ship_to is None and change.priority is None):
        actions.annotate(
            request.ctx, order_id=order_id, version=version,
            note=was.note if change.note is None else note, tags=was.order.tags if change.tags is None else tags,
        )  # fmt: skip
        version += 1
    if ship_to is not None:
        edit_order.change_address(request.ctx, order_id=order_id, version=version, ship_to=ship_to)
    return order_document(request.ctx, order_id)


@operation(router, "POST", "/orders/{order_id}/cancel", scope="orders:write", answers={200: OrderDetailOut})
def cancel_order(request: Asked, order_id: Id, why: CancelIn) -> dict[str, Any]:
    """Cancels an order of which nothing has left; its stock goes back at once."""
    queries.get(request.ctx, id=order_id)
    wrong = translate.Mistakes()
    reason = wrong.text("/reason", why.reason, longest=200, required=True)
    wrong.refuse()
    cancel.cancel(request.ctx, order_id=order_id, reason=reason)
    return order_document(request.ctx, order_id)


@operation(router, "POST", "/orders/{order_id}/hold", scope="orders:write", answers={200: OrderDetailOut})
def hold_order(request: Asked, order_id: Id, hold: HoldIn) -> dict[str, Any]:
    """Holds everything of an order that has not left; no picker can go on with it."""
    detail = queries.get(request.ctx, id=order_id)
    wrong = translate.Mistakes()
    note = wrong.text("/note", hold.note, longest=500, lines=True)
    wrong.refuse()
    reason = HoldReason(hold.reason)
    held = actions.hold(request.ctx, wishes=[HoldWish(f.id, reason, note) for f in detail.fulfilment_orders])
    if not held:
        raise Refused(WRONG_STATE, {"order": detail.order.name, "state": detail.order.state, "what": "order"})
    return order_document(request.ctx, order_id)


@operation(router, "POST", "/orders/{order_id}/release", scope="orders:write", answers={200: OrderDetailOut})
def release_order(request: Asked, order_id: Id, release: ReleaseIn) -> dict[str, Any]:
    """Ends holds of one reason; doing it twice changes nothing. Holds for stock end by themselves when stock arrives."""
    detail = queries.get(request.ctx, id=order_id)
    actions.release_hold(
        request.ctx, fulfilment_order_ids=[f.id for f in detail.fulfilment_orders], reason=HoldReason(release.reason)
    )
    return order_document(request.ctx, order_id)
