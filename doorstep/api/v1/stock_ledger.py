"""The ledger of stock, its documents, and what changes without a delivery: conditions and safety stock."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from django.http import HttpResponse
from ninja import Query, Router, Status

from doorstep.api.v1 import paging, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.inbound import variants_of
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import At, Cursor, Id, Limit, Since
from doorstep.api.v1.stock import Skus, booked, ids_at, standing
from doorstep.api.v1.stock_papers import paper_of, why_of
from doorstep.api.v1.stock_shapes import BookedOut, MovementsOut, SafetyIn, TurnIn
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.stock import adjustments, queries, safety
from doorstep.stock.rules import change_of
from doorstep.stock.values import Condition, DocumentRow, Keep, LedgerFilter, MovementRow, Turn

router = Router(tags=["Stock"])
BYTES = "application/octet-stream"
KINDS = Literal[
    "", "receipt", "sale", "adjustment", "transfer", "count", "return", "write_off", "reservation", "allocation"
]
REASONS = Literal[
    "", "found", "lost", "damaged_in_store", "stolen", "expired", "sample", "data_correction", "supplier_error", "to_check",
    "passed_check", "failed_check", "repaired", "other",
]  # fmt: skip
Place = Annotated[int, Query(ge=0, le=2**63 - 1, description="Only of this location.")]


@operation(router, "GET", "/stock/movements", scope="stock:read", answers={200: MovementsOut})
def list_stock_movements(
    request: Asked,
    sku: Skus = [],  # noqa: B006  # ninja reads the default, nobody changes it
    kind: KINDS = "",
    reason: REASONS = "",
    location_id: Place = 0,
    since: Since = "",
    until: At = "",
    by_hand: bool = False,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """The ledger, newest first. `by_hand` leaves out sales and what routing moved."""
    variants = tuple(row.id for row in catalog.find_variants(request.ctx, skus=sku).values()) if sku else None
    now = request.ctx.now
    where = LedgerFilter(
        variants, kind, reason, location_id,
        translate.read_since(since, now, "since") if since else None,
        translate.read_since(until, now, "until") if until else None, by_hand,
    )  # fmt: skip
    before = paging.by_id(cursor, "movements")
    rows = queries.list_movements(request.ctx, where=where, before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="movements", key=lambda row: (row.id,))
    return {"movements": _told(request.ctx, shown), "next": following}


def _told(ctx: Ctx, rows: list[MovementRow]) -> list[dict[str, Any]]:
    variants = catalog.variants_by_id(ctx, ids=sorted({row.variant_id for row in rows}))
    papers = queries.documents_by_reference(ctx, references=[row.reference for row in rows])
    counters = ("on_hand", "committed", "reserved", "damaged", "quality_control", "safety_stock")
    return [
        {
            "id": row.id, "at": row.at, "sku": variants[row.variant_id].sku, "location_id": row.location_id, "kind": row.kind,
            **{name: getattr(row, name) for name in counters}, "reason": row.reason, "reference": row.reference,
            "by": row.actor_name, "document": _paper(papers.get(row.reference)),
        }
        for row in rows
    ]  # fmt: skip


def _paper(row: DocumentRow | None) -> dict[str, Any] | None:
    return {"id": row.id, "number": row.number, "name": row.name, "size": row.size} if row else None


@operation(router, "GET", "/stock/documents/{document_id}/file", scope="stock:read", answers={200: None}, kind=BYTES)
def get_stock_document_file(request: Asked, document_id: Id) -> HttpResponse:
    """The file of a document that movements name, as bytes to be saved."""
    found = queries.get_paper(request.ctx, document_id=document_id)
    response = HttpResponse(bytes(found.content or b""), content_type=BYTES)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@operation(router, "POST", "/stock/conditions", scope="stock:write", answers={201: BookedOut})
def turn_stock(request: Asked, turn: TurnIn) -> Status[dict[str, Any]]:
    """Moves units between sellable, damaged and quality control within a location, or writes them off.

    With `preview`, nothing is booked, and the answer tells how the stock would stand. Promised units are never taken.
    """
    ids = ids_at(request.ctx, turn.location_id, [line.sku for line in turn.lines])
    to = None if turn.to == "written_off" else Condition(turn.to)
    turns = [Turn(ids[line.sku], turn.location_id, line.qty, Condition(turn.was), to) for line in turn.lines]
    if turn.preview:
        effects = adjustments.preview(request.ctx, changes=[change_of(one) for one in turns])
        return Status(201, {"stock": standing(request.ctx, [effect.will_be for effect in effects])})
    why, paper = why_of(turn.reason, turn.note), paper_of(turn.reference, turn.file)
    adjustments.turn(request.ctx, turns=turns, why=why, paper=paper)
    return booked(request.ctx, ids.values())


@operation(router, "POST", "/stock/safety-stock", scope="stock:write", answers={201: BookedOut})
def set_safety_stock(request: Asked, safety_stock: SafetyIn) -> Status[dict[str, Any]]:
    """Sets how many units are kept back from every channel, everywhere or in single locations."""
    ctx = request.ctx
    for place in sorted({line.location_id for line in safety_stock.lines if line.location_id}):
        locations.get(ctx, location_id=place)
    ids = variants_of(ctx, [line.sku for line in safety_stock.lines])
    safety.keep_back(ctx, keeps=[Keep(ids[line.sku], line.location_id, line.qty) for line in safety_stock.lines])
    return booked(ctx, ids.values())
