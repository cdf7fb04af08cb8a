"""Who waits for units comes before who asks now: units that came are marked until those who wait were offered them."""

from __future__ import annotations

from collections.abc import Collection

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.stock import events


def tell(ctx: Ctx, *, type: str, variants: Collection[int], reason: str) -> None:
    """Records what happened to the stock of variants; of units that came, those who wait have the first choice from now on.

    Needs: the pool rows locked, where units came.
    """
    if type == events.STOCK_ARRIVED:
        _offer(ctx, sorted(variants))
    outbox.record(
        ctx, [outbox.Happened(type, f"variant:{v}", f"variant:{v}", {"reason": reason}) for v in sorted(variants)]
    )


def go_on(ctx: Ctx, variants: Collection[int]) -> None:
    """Has those who wait looked at further, from where it stopped."""
    data = {"reason": "next_in_turn"}
    outbox.record(
        ctx, [outbox.Happened(events.STOCK_ARRIVED, f"variant:{v}", f"variant:{v}", data) for v in sorted(variants)]
    )


def _offer(ctx: Ctx, variants: list[int]) -> None:
    if not variants:
        return
    db.execute(
        """WITH waits AS (UPDATE stock_item SET to_serve = TRUE
                           WHERE organisation_id = %s AND variant_id = ANY(%s) AND waiting > 0 RETURNING variant_id)
           UPDATE stock_backorder b SET passed = FALSE FROM waits
            WHERE b.organisation_id = %s AND b.variant_id = waits.variant_id AND b.state = 'open' AND b.passed""",
        [ctx.organisation_id, variants, ctx.organisation_id],
    )
