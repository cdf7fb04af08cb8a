"""Transfers of stock between locations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ninja import Router, Status

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.inbound import answer, arrived, day, receipt, variants_of
from doorstep.api.v1.inbound_shapes import (
    InboundReceiptsIn,
    ReasonIn,
    ReceivedTransferOut,
    ShipTransferIn,
    TakeBackReceiptIn,
    TransferChangeIn,
    TransferDetailOut,
    TransferIn,
    TransferLineIn,
    TransfersOut,
)
from doorstep.api.v1.operations import operation
from doorstep.api.v1.pick_lists import Place
from doorstep.api.v1.shapes import Cursor, Id, Limit, Search
from doorstep.api.v1.translate import Mistakes
from doorstep.base.ctx import Ctx
from doorstep.stock import transfers
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import LineDraft, TransferDraft, TransferFilter, TransferLineRow, TransferRow

router = Router(tags=["Stock"])
View = Literal["", "draft", "moving", "done"]


def _shown(ctx: Ctx, row: TransferRow) -> dict[str, Any]:
    return {
        "id": row.id, "number": row.name, "origin_id": row.origin_id, "destination_id": row.destination_id,
        "state": row.state, "due_on": row.due_on, "late": row.is_late(ctx.now.date()), "note": row.note, "reason": row.reason,
        "qty": row.qty, "shipped": row.shipped, "received": row.received, "lost": row.lost, "in_transit": row.in_transit,
        "created_at": row.created_at, "updated_at": row.updated_at, "shipped_at": row.shipped_at, "ended_at": row.ended_at,
    }  # fmt: skip


def _line(line: TransferLineRow) -> dict[str, Any]:
    return {
        "variant_id": line.variant_id, "sku": line.sku, "title": line.title, "bin": line.bin, "free": line.free,
        "qty": line.qty, "shipped": line.shipped, "received": line.received, "lost": line.lost,
        "in_transit": line.in_transit,
    }  # fmt: skip


def _detail(ctx: Ctx, transfer_id: int) -> dict[str, Any]:
    row = reads.get_transfer(ctx, transfer_id=transfer_id)
    return _shown(ctx, row) | {
        "lines": [_line(line) for line in reads.lines_of_transfers(ctx, transfer_ids=[transfer_id])],
        "receipts": [receipt(one) for one in reads.receipts_of(ctx, transfer_id=transfer_id)],
    }


@operation(router, "GET", "/transfers", scope="stock:read", answers={200: TransfersOut})
def list_transfers(
    request: Asked, view: View = "", q: Search = "", location_id: Place = 0, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Transfers, newest first; `location_id`: from or to there."""
    where = TransferFilter(view=view, text=q.strip(), location_id=location_id)
    rows = reads.list_transfers(request.ctx, where=where, before=paging.by_id(cursor, "transfers"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="transfers", key=lambda row: (row.id,))
    return {"transfers": [_shown(request.ctx, row) for row in shown], "next": following}


@operation(router, "GET", "/transfers/{transfer_id}", scope="stock:read", answers={200: TransferDetailOut})
def get_transfer(request: Asked, transfer_id: Id) -> dict[str, Any]:
    """One transfer with its lines, in the order of the bins at its origin."""
    return _detail(request.ctx, transfer_id)


def _lines(ctx: Ctx, given: Sequence[TransferLineIn]) -> tuple[LineDraft, ...]:
    ids = variants_of(ctx, [line.sku for line in given])
    return tuple(LineDraft(ids[line.sku], line.qty) for line in given)


@operation(router, "POST", "/transfers", scope="stock:write", answers={201: TransferDetailOut})
def draft_transfer(request: Asked, transfer: TransferIn) -> Status[dict[str, Any]]:
    """Plans to move units; nothing is taken until it ships."""
    wrong = Mistakes()
    note, due_on = wrong.text("/note", transfer.note, longest=2000, lines=True), day(wrong, "/due_on", transfer.due_on)
    wrong.refuse()
    lines = _lines(request.ctx, transfer.lines)
    plan = TransferDraft(transfer.origin_id, transfer.destination_id, lines, due_on, note)
    return Status(201, _detail(request.ctx, transfers.draft(request.ctx, transfer=plan)))


@operation(router, "PATCH", "/transfers/{transfer_id}", scope="stock:write", answers={200: TransferDetailOut})
def change_transfer(request: Asked, transfer_id: Id, given: TransferChangeIn) -> dict[str, Any]:
    """Changes when a transfer is due and, while it is a draft, what it brings."""
    ctx, wrong = request.ctx, Mistakes()
    row = reads.get_transfer(ctx, transfer_id=transfer_id)
    note = row.note if given.note is None else wrong.text("/note", given.note, longest=2000, lines=True)
    told = day(wrong, "/due_on", given.due_on)
    wrong.refuse()
    lines = None if given.lines is None else _lines(ctx, given.lines)
    due_on = told if "due_on" in given.model_fields_set else row.due_on
    transfers.change(ctx, transfer_id=transfer_id, due_on=due_on, note=note, lines=lines)
    return _detail(ctx, transfer_id)


@operation(router, "POST", "/transfers/{transfer_id}/ship", scope="stock:write", answers={200: TransferDetailOut})
def ship_transfer(request: Asked, transfer_id: Id, given: ShipTransferIn) -> dict[str, Any]:
    """Takes units that nobody was promised out of the origin; they are `incoming` at the destination until they arrive."""
    reads.get_transfer(request.ctx, transfer_id=transfer_id)
    units = None
    if given.lines is not None:
        ids = variants_of(request.ctx, [line.sku for line in given.lines])
        units = {ids[line.sku]: line.qty for line in given.lines}
    transfers.ship(request.ctx, transfer_id=transfer_id, units=units)
    return _detail(request.ctx, transfer_id)


@operation(router, "POST", "/transfers/{transfer_id}/receipts", scope="stock:write", answers={200: ReceivedTransferOut})
def receive_transfer(request: Asked, transfer_id: Id, given: InboundReceiptsIn) -> dict[str, Any]:
    """Books what arrived, in several goes where it likes; the same `client_id` again books nothing. More than was shipped is
    answered `over`: it is a surplus, which `/stock/adjustments` books."""
    answers = transfers.receive(request.ctx, transfer_id=transfer_id, arrived=arrived(given.receipts))
    return {"answers": [answer(one) for one in answers], "transfer": _detail(request.ctx, transfer_id)}


@operation(router, "POST", "/transfers/{transfer_id}/take-back", scope="stock:write", answers={200: TransferDetailOut})
def take_back_transferred(request: Asked, transfer_id: Id, given: TakeBackReceiptIn) -> dict[str, Any]:
    """Unbooks one receipt that was a mistake: its units are on their way again."""
    transfers.take_back(request.ctx, transfer_id=transfer_id, client_id=given.client_id)
    return _detail(request.ctx, transfer_id)


@operation(router, "POST", "/transfers/{transfer_id}/close", scope="stock:write", answers={200: TransferDetailOut})
def close_transfer(request: Asked, transfer_id: Id, given: ReasonIn) -> dict[str, Any]:
    """Says that nothing more will arrive: what is still on its way is written off as lost."""
    wrong = Mistakes()
    reason = wrong.text("/reason", given.reason, longest=200, required=True)
    wrong.refuse()
    transfers.close_short(request.ctx, transfer_id=transfer_id, reason=reason)
    return _detail(request.ctx, transfer_id)


@operation(router, "POST", "/transfers/{transfer_id}/cancel", scope="stock:write", answers={200: TransferDetailOut})
def cancel_transfer(request: Asked, transfer_id: Id) -> dict[str, Any]:
    """Drops a draft."""
    transfers.cancel(request.ctx, transfer_id=transfer_id)
    return _detail(request.ctx, transfer_id)
