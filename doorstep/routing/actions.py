"""Keeps why each order went where it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.routing.values import Plan


@transaction.atomic
def keep_decisions(ctx: Ctx, *, decisions: Sequence[tuple[int, Plan, int]], policy: str) -> None:
    """Records routing decisions.  Shapes: (order id, plan, microseconds it took) each."""
    lines: list[tuple[Any, ...]] = [
        (
            order_id,
            db.as_json({
                "why": plan.why,
                "distance_km": plan.distance_km and round(plan.distance_km),
                "parts": [
                    {"location_id": place, "units": {str(line.order_line_id): line.qty for line in part}}
                    for place, part in plan.parts
                ],
            }),
            db.as_json(list(plan.considered)),
            took_us,
        )
        for order_id, plan, took_us in decisions
    ]  # fmt: skip
    db.execute(
        """INSERT INTO routing_decision (organisation_id, order_id, policy, plan, considered, decided_at, took_us)
           SELECT %s, u.o, %s, u.p::jsonb, u.c::jsonb, %s, u.t
             FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[]) u(o, p, c, t)""",
        [ctx.organisation_id, policy, ctx.now, *db.columns(lines, 4)],
    )
