"""Shipments: print labels and slips again."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base.ctx import Ctx
from doorstep.flows.bulk.values import Verb, Wished
from doorstep.flows.printing import reprint
from doorstep.shipping import queries
from doorstep.shipping.values import WITH_LABEL


def _names(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: row.tracking_number or f"#{id}" for id, row in queries.parcels_by_id(ctx, ids=ids).items()}


def _with_label(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    rows = queries.parcels_by_id(ctx, ids=ids).values()
    return sum(row.state in WITH_LABEL for row in rows), 0


def _all(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return sum(row.state != "cancelled" for row in queries.parcels_by_id(ctx, ids=ids).values()), 0


def _print(ctx: Ctx, id: int, document: str, wished: Wished) -> None:
    queries.get_parcel(ctx, parcel_id=id)
    reprint(ctx, parcel_ids=[id], document=document, wish=f"bulk{wished.job_id}")


def _label(ctx: Ctx, wished: Wished, id: int) -> None:
    _print(ctx, id, "label", wished)


def _slip(ctx: Ctx, wished: Wished, id: int) -> None:
    _print(ctx, id, "slip", wished)


VERBS = (
    Verb("shipments.label", "fulfilment:write", _names, _with_label, _label),
    Verb("shipments.slip", "fulfilment:write", _names, _all, _slip),
)
