"""What comes in: deliveries of which nothing more will come.  Lots: taken from sale, everywhere they lie."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base.ctx import Ctx
from doorstep.flows.bulk.values import Verb, Wished
from doorstep.stock import deliveries, lots
from doorstep.stock.inbound import reads
from doorstep.stock.tracked import reads as lot_reads


def _documents(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return reads.documents_of(ctx, delivery_ids=ids)


def _open(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return sum(reads.get_delivery(ctx, delivery_id=id).is_open for id in ids), 0


def _close(ctx: Ctx, wished: Wished, id: int) -> None:
    deliveries.close_short(ctx, delivery_id=id, reason=wished.note)


def _codes(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: row.code for id, row in lot_reads.lots_by_id(ctx, ids=ids).items()}


def _for_sale(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return len({at.lot_id for at in lot_reads.levels_of_lots(ctx, lot_ids=ids) if at.free}), 0


def _lying(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return len({at.lot_id for at in lot_reads.levels_of_lots(ctx, lot_ids=ids)}), 0


def _set_aside(ctx: Ctx, wished: Wished, id: int) -> bool:
    levels = [at for at in lot_reads.levels_of_lots(ctx, lot_ids=[id]) if at.free]
    for at in levels:
        lots.set_aside(ctx, lot_id=id, location_id=at.location_id, qty=at.free, reason=wished.note)
    return bool(levels)


def _write_off(ctx: Ctx, wished: Wished, id: int) -> bool:
    levels = lot_reads.levels_of_lots(ctx, lot_ids=[id])
    for at in levels:
        lots.write_off(ctx, lot_id=id, location_id=at.location_id, qty=at.on_hand, reason=wished.note)
    return bool(levels)


VERBS = (
    Verb("deliveries.close_short", "stock:write", _documents, _open, _close),
    Verb("lots.set_aside", "stock:write", _codes, _for_sale, _set_aside),
    Verb("lots.write_off", "stock:write", _codes, _lying, _write_off),
)
