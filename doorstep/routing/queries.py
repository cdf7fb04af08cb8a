"""Reads of routing."""

from __future__ import annotations

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.routing.values import DecisionRow


def decisions_of(ctx: Ctx, *, order_id: int) -> list[DecisionRow]:
    """Every routing decision of an order, newest first."""
    return db.rows(
        DecisionRow,
        """SELECT id, order_id, policy, plan, considered, decided_at, took_us FROM routing_decision
            WHERE organisation_id = %s AND order_id = %s ORDER BY id DESC""",
        [ctx.organisation_id, order_id],
    )
