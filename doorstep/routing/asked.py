"""What orders ask of routing besides what is kept of them anyway: the service that their buyer chose, and their buyer's groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx

LONGEST, LONGEST_GROUP, MOST_GROUPS = 100, 60, 50


@dataclass(frozen=True, slots=True)
class AskedRow:
    order_id: int
    service: str
    groups: list[str]


def keep(ctx: Ctx, *, asked: Sequence[tuple[int, str, Sequence[str]]]) -> None:
    """Keeps what new orders ask.  Shapes: (order, service, groups) each; those that ask nothing are left out."""
    lines = [
        (order_id, service.strip()[:LONGEST], db.as_json([group[:LONGEST_GROUP] for group in groups[:MOST_GROUPS]]))
        for order_id, service, groups in asked
        if service.strip() or groups
    ]
    if lines:
        db.execute(
            """INSERT INTO routing_asked (organisation_id, order_id, service, groups)
               SELECT %s, u.o, u.s, ARRAY(SELECT jsonb_array_elements_text(u.g::jsonb))
                 FROM unnest(%s::bigint[], %s::text[], %s::text[]) u(o, s, g) ORDER BY u.o""",
            [ctx.organisation_id, *db.columns(lines, 3)],
        )


def of_orders(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, AskedRow]:
    """What these orders ask, by order; those that ask nothing are not among them."""
    rows = db.rows(
        AskedRow,
        "SELECT order_id, service, groups FROM routing_asked WHERE organisation_id = %s AND order_id = ANY(%s::bigint[])",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row.order_id: row for row in rows}
