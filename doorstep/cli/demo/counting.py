"""A count that is going on, and units that the shops keep back for who walks in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from doorstep.base.ctx import Actor, Ctx
from doorstep.stock import count_queries, counts, queries, safety
from doorstep.stock.counting import Choice, Chosen, Entry
from doorstep.stock.values import Keep

KEPT_IN_SHOPS, PRODUCTS = 2, 24
STEPS = (0, -1, 0, -9)  # what somebody found of the first lines, against the books


def fill(ctx: Ctx, *, counter: Actor, warehouse_id: int, shop_ids: tuple[int, ...], variant_ids: tuple[int, ...]) -> None:
    """Opens a count sheet of one row of shelves, counts its first lines and keeps units back in shops."""
    kept = [Keep(id, shop, KEPT_IN_SHOPS) for shop in shop_ids for id in variant_ids[:PRODUCTS]]
    safety.keep_back(ctx, keeps=kept)
    early = replace(ctx, now=ctx.now - timedelta(hours=2))
    sheet_id = counts.open_sheet(early, location_id=warehouse_id, chosen=Chosen(Choice.BINS, bins=("B-03-*",)))
    lines = count_queries.blind_lines(ctx, sheet_id=sheet_id)[: len(STEPS)]
    levels = queries.levels_of(ctx, variant_ids=[line.variant_id for line in lines])
    held = {level.variant_id: level.on_hand for level in levels if level.location_id == warehouse_id}
    entries = [
        Entry(f"demo-count-{n}", line.variant_id, max(held[line.variant_id] + step, 0), early.now + timedelta(minutes=n))
        for n, (line, step) in enumerate(zip(lines, STEPS, strict=False), 1)
    ]
    counts.enter(early.as_actor(counter), sheet_id=sheet_id, entries=entries)
