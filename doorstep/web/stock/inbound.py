"""What a stock page tells of what comes in: how much, when, with what, and which lots it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from doorstep.base.ctx import Ctx
from doorstep.locations import queries as locations
from doorstep.stock import queries
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import IncomingRow
from doorstep.stock.tracked import reads as lots
from doorstep.web.parts.given import id_of
from doorstep.web.stock.inbound_words import today


def late(ctx: Ctx) -> int:
    """How many deliveries should have been here before today."""
    return reads.count_deliveries(ctx, today=today(ctx))["late"]


def documents_of(ctx: Ctx, references: Iterable[str]) -> dict[str, str]:
    """What people call the deliveries that movements name, by reference."""
    ids = {id_of(one.partition(":")[2]) for one in references if one.startswith("delivery:")}
    return {f"delivery:{id}": name for id, name in reads.documents_of(ctx, delivery_ids=sorted(ids)).items()}


def source_of(reference: str, documents: Mapping[str, str]) -> dict[str, str]:
    """The page of the delivery, transfer or lot that a movement names; nothing where it names none."""
    kind, _, text = reference.partition(":")
    id = id_of(text)
    if not id or kind not in ("delivery", "transfer", "lot"):
        return {}
    url = reverse(
        {"delivery": "deliveries:delivery", "transfer": "transfers:transfer", "lot": "lots:lot"}[kind], args=[id]
    )
    return {"url": url, "name": f"T-{id}" if kind == "transfer" else documents.get(reference, f"#{id}")}


def _url(row: IncomingRow) -> str:
    return reverse("deliveries:delivery" if row.is_delivery else "transfers:transfer", args=[row.source_id])


def facts_of(ctx: Ctx, variant_id: int) -> dict[str, Any]:
    """What comes in of a variant, and its lots where it is tracked."""
    names, on = {place.id: place.name for place in locations.list_locations(ctx)}, today(ctx)
    incoming = queries.incoming_of(ctx, variant_ids=[variant_id])
    tracking = lots.tracking_of(ctx, variant_ids=[variant_id])[variant_id]
    without = lots.without_lot(ctx, variant_ids=[variant_id]) if tracking.is_on else []
    here = lots.lots_at(ctx, variant_ids=[variant_id]) if tracking.is_on else []
    return {
        "incoming": incoming, "coming": sum(row.qty for row in incoming),
        "coming_lines": [
            (row, names.get(row.location_id, ""), _url(row), row.due_on is not None and row.due_on < on) for row in incoming
        ],
        "tracking": tracking,
        "lots": [(at, names.get(at.location_id, ""), at.is_expired(on), at.is_soon(on, tracking.warn_days)) for at in here[:100]],
        "without": [(at, names.get(at.location_id, "")) for at in without],
        "without_words": [(at.location_id, names.get(at.location_id, "")) for at in without],
    }  # fmt: skip
