"""Expected deliveries: announced, received in goes, closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ninja import Router, Status

from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.inbound import answer, arrived, day, receipt, variants_of
from doorstep.api.v1.inbound_shapes import (
    ExpectedDeliveriesOut,
    ExpectedDeliveryChangeIn,
    ExpectedDeliveryDetailOut,
    ExpectedDeliveryIn,
    ExpectedLineIn,
    InboundReceiptsIn,
    ReasonIn,
    ReceivedDeliveryOut,
    TakeBackReceiptIn,
)
from doorstep.api.v1.operations import operation
from doorstep.api.v1.pick_lists import Place
from doorstep.api.v1.shapes import Cursor, Id, Limit, Search
from doorstep.api.v1.translate import Mistakes
from doorstep.base.ctx import Ctx
from doorstep.stock import deliveries
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import DeliveryDraft, DeliveryFilter, DeliveryLineRow, DeliveryRow, LineDraft

router = Router(tags=["Stock"])
View = Literal["", "open", "late", "done"]


def _shown(ctx: Ctx, row: DeliveryRow) -> dict[str, Any]:
    return {
        "id": row.id, "supplier": row.supplier, "document": row.document, "location_id": row.location_id, "state": row.state,
        "expected_on": row.expected_on, "late": row.is_late(ctx.now.date()), "blind": row.blind, "note": row.note,
        "reason": row.reason, "expected": row.expected, "received": row.received, "missing": row.missing, "over": row.over,
        "created_at": row.created_at, "updated_at": row.updated_at, "ended_at": row.ended_at,
    }  # fmt: skip


def _line(line: DeliveryLineRow) -> dict[str, Any]:
    return {
        "variant_id": line.variant_id, "sku": line.sku, "title": line.title, "expected": line.expected,
        "received": line.received, "damaged": line.damaged, "quality_control": line.quality_control,
        "missing": line.missing, "over": line.over,
        "unit_cost": show.money(line.cost_minor, line.currency) if line.cost_minor is not None else None,
    }  # fmt: skip


def _detail(ctx: Ctx, delivery_id: int) -> dict[str, Any]:
    row = reads.get_delivery(ctx, delivery_id=delivery_id)
    return _shown(ctx, row) | {
        "lines": [_line(line) for line in reads.lines_of_deliveries(ctx, delivery_ids=[delivery_id])],
        "receipts": [receipt(one) for one in reads.receipts_of(ctx, delivery_id=delivery_id)],
    }


@operation(router, "GET", "/expected-deliveries", scope="stock:read", answers={200: ExpectedDeliveriesOut})
def list_expected_deliveries(
    request: Asked, view: View = "", q: Search = "", location_id: Place = 0, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Deliveries of suppliers, newest first; `late` are those that should have been here before today (UTC)."""
    where = DeliveryFilter(view=view, text=q.strip(), location_id=location_id, today=request.ctx.now.date())
    rows = reads.list_deliveries(
        request.ctx, where=where, before=paging.by_id(cursor, "expected_deliveries"), limit=limit + 1
    )
    shown, following = paging.cut(rows, limit=limit, kind="expected_deliveries", key=lambda row: (row.id,))
    return {"expected_deliveries": [_shown(request.ctx, row) for row in shown], "next": following}


@operation(
    router, "GET", "/expected-deliveries/{delivery_id}", scope="stock:read", answers={200: ExpectedDeliveryDetailOut}
)
def get_expected_delivery(request: Asked, delivery_id: Id) -> dict[str, Any]:
    """One delivery with its lines and its newest receipts."""
    return _detail(request.ctx, delivery_id)


def _lines(ctx: Ctx, wrong: Mistakes, given: Sequence[ExpectedLineIn]) -> tuple[LineDraft, ...]:
    costs = []
    for n, line in enumerate(given):
        cost = None
        if line.unit_cost is not None:
            currency = wrong.currency(f"/lines/{n}/unit_cost/currency", line.unit_cost.currency)
            if currency == line.unit_cost.currency:
                cost = wrong.money(f"/lines/{n}/unit_cost", line.unit_cost, currency)
        costs.append(cost)
    wrong.refuse()
    ids = variants_of(ctx, [line.sku for line in given])
    return tuple(LineDraft(ids[line.sku], line.qty, cost) for line, cost in zip(given, costs, strict=True))


@operation(router, "POST", "/expected-deliveries", scope="stock:write", answers={201: ExpectedDeliveryDetailOut})
def expect_delivery(request: Asked, delivery: ExpectedDeliveryIn) -> Status[dict[str, Any]]:
    """Announces a delivery; its units are `incoming` from now on."""
    wrong = Mistakes()
    supplier = wrong.text("/supplier", delivery.supplier, longest=120, required=True)
    document = wrong.text("/document", delivery.document, longest=60, required=True)
    note = wrong.text("/note", delivery.note, longest=2000, lines=True)
    expected_on = day(wrong, "/expected_on", delivery.expected_on)
    lines = _lines(request.ctx, wrong, delivery.lines)
    draft = DeliveryDraft(supplier, document, delivery.location_id, lines, expected_on, note, delivery.blind)
    return Status(201, _detail(request.ctx, deliveries.expect(request.ctx, draft=draft)))


@operation(
    router, "PATCH", "/expected-deliveries/{delivery_id}", scope="stock:write", answers={200: ExpectedDeliveryDetailOut}
)
def change_expected_delivery(request: Asked, delivery_id: Id, given: ExpectedDeliveryChangeIn) -> dict[str, Any]:
    """Changes when a delivery comes, or what is expected of it; what came stays received."""
    ctx, wrong = request.ctx, Mistakes()
    row = reads.get_delivery(ctx, delivery_id=delivery_id)
    texts = {
        name: was if told is None else wrong.text(f"/{name}", told, longest=longest, required=name != "note", lines=name == "note")
        for name, told, was, longest in (
            ("supplier", given.supplier, row.supplier, 120), ("document", given.document, row.document, 60),
            ("note", given.note, row.note, 2000),
        )
    }  # fmt: skip
    told = day(wrong, "/expected_on", given.expected_on)
    expected_on = told if "expected_on" in given.model_fields_set else row.expected_on
    lines = _lines(ctx, wrong, given.lines) if given.lines is not None else None
    wrong.refuse()
    blind = row.blind if given.blind is None else given.blind
    deliveries.change(ctx, delivery_id=delivery_id, expected_on=expected_on, blind=blind, **texts)
    if lines is not None:
        deliveries.set_lines(ctx, delivery_id=delivery_id, lines=lines)
    return _detail(ctx, delivery_id)


@operation(
    router, "POST", "/expected-deliveries/{delivery_id}/receipts", scope="stock:write",
    answers={200: ReceivedDeliveryOut},
)  # fmt: skip
def receive_expected_delivery(request: Asked, delivery_id: Id, given: InboundReceiptsIn) -> dict[str, Any]:
    """Books what somebody found, in several goes where it likes. Every receipt gets its answer; the same `client_id` again
    gets the same one and books nothing. Orders that wait for the units move on."""
    found = arrived(given.receipts)
    answers = deliveries.receive(request.ctx, delivery_id=delivery_id, arrived=found)
    return {"answers": [answer(one) for one in answers], "expected_delivery": _detail(request.ctx, delivery_id)}


@operation(
    router, "POST", "/expected-deliveries/{delivery_id}/take-back", scope="stock:write",
    answers={200: ExpectedDeliveryDetailOut},
)  # fmt: skip
def take_back_receipt(request: Asked, delivery_id: Id, given: TakeBackReceiptIn) -> dict[str, Any]:
    """Unbooks one receipt that was a mistake; units that are promised already stay."""
    deliveries.take_back(request.ctx, delivery_id=delivery_id, client_id=given.client_id)
    return _detail(request.ctx, delivery_id)


@operation(
    router, "POST", "/expected-deliveries/{delivery_id}/close", scope="stock:write",
    answers={200: ExpectedDeliveryDetailOut},
)  # fmt: skip
def close_expected_delivery(request: Asked, delivery_id: Id, given: ReasonIn) -> dict[str, Any]:
    """Says that nothing more will come; what is missing is `incoming` no longer."""
    deliveries.close_short(request.ctx, delivery_id=delivery_id, reason=_reason(given))
    return _detail(request.ctx, delivery_id)


@operation(
    router, "POST", "/expected-deliveries/{delivery_id}/cancel", scope="stock:write",
    answers={200: ExpectedDeliveryDetailOut},
)  # fmt: skip
def cancel_expected_delivery(request: Asked, delivery_id: Id, given: ReasonIn) -> dict[str, Any]:
    """Calls off a delivery of which nothing came."""
    deliveries.cancel(request.ctx, delivery_id=delivery_id, reason=_reason(given))
    return _detail(request.ctx, delivery_id)


def _reason(given: ReasonIn) -> str:
    wrong = Mistakes()
    reason = wrong.text("/reason", given.reason, longest=200, required=True)
    wrong.refuse()
    return reason
