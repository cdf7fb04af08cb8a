"""Parts of orders that the floor has not begun: they may still go from another place."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx

# On no list, or on one that fills as orders come and that nobody has begun; what a wave took stays, and what a partner's warehouse
# was asked to send is as good as begun: it goes elsewhere only once that gave it back.
_UNRELEASED = """f.state = 'open' AND f.location_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM fulfilment_picktask t
      JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
     WHERE t.organisation_id = f.organisation_id AND t.fulfilment_order_id = f.id AND NOT t.removed
       AND (p.state <> 'open' OR p.wave_id IS NOT NULL OR t.picked > 0))
    AND NOT EXISTS (
    SELECT 1 FROM fulfilment_warehouserequest r WHERE r.organisation_id = f.organisation_id AND r.fulfilment_order_id = f.id
       AND r.state IN ('wanted', 'unknown', 'submitted', 'accepted'))"""


def find(ctx: Ctx, *, limit: int) -> list[int]:
    """Parts that have their place and that nobody has begun, those of the oldest orders first."""
    return db.column(
        f"""SELECT f.id FROM orders_fulfilmentorder f WHERE f.organisation_id = %s AND {_UNRELEASED}
             ORDER BY f.order_id, f.id LIMIT %s""",
        [ctx.organisation_id, limit],
    )


def among(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> set[int]:
    """Those of these parts that nobody has begun.  Needs: their pick lists and themselves locked, for an answer that holds."""
    return set(
        db.column(
            f"SELECT f.id FROM orders_fulfilmentorder f WHERE f.organisation_id = %s AND f.id = ANY(%s) AND {_UNRELEASED}",
            [ctx.organisation_id, list(fulfilment_order_ids)],
        )
    )


def ever_touched(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> set[int]:
    """Those of these parts of which the floor's books tell something, so that they cannot go."""
    return set(
        db.column(
            """SELECT t.fulfilment_order_id FROM fulfilment_picktask t
                WHERE t.organisation_id = %s AND t.fulfilment_order_id = ANY(%s) AND (t.picked > 0
                   OR EXISTS (SELECT 1 FROM fulfilment_scan s WHERE s.organisation_id = t.organisation_id AND s.task_id = t.id)
                   OR EXISTS (SELECT 1 FROM fulfilment_short s
                               WHERE s.organisation_id = t.organisation_id AND s.task_id = t.id))""",
            [ctx.organisation_id, list(fulfilment_order_ids)],
        )
    )
