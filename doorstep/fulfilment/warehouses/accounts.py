"""Writes to accounts with warehouses: their life is that of every vendor's; beside it stand the location that each runs, and
how far its news were read."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.fulfilment.warehouses import queries
from doorstep.fulfilment.warehouses.queries import WAREHOUSES
from doorstep.fulfilment.warehouses.values import LOCATION_TAKEN
from doorstep.locations import queries as locations

set_settings, subscribe = WAREHOUSES.set_settings, WAREHOUSES.subscribe
note_subscribed, note_problem = WAREHOUSES.note_subscribed, WAREHOUSES.note_problem


@transaction.atomic
def connect(ctx: Ctx, *, code: str, name: str, provider: str, location_id: int, settings: Mapping[str, str]) -> int:
    """Has a warehouse run a location: what is routed there from now on is sent by it.  A job tells it where webhooks go.

    Emits: WarehouseConnected.
    Refuses: a taken code, a location that another runs, unknown locations, what its vendor needs and was not given.
    """
    _require_free(ctx, location_id)
    also = {"location_id": location_id, "connected_at": ctx.now}
    return WAREHOUSES.connect(ctx, code=code, name=name, provider=provider, settings=settings, also=also)


@transaction.atomic
def set_active(ctx: Ctx, *, id: int, active: bool) -> None:
    """Retires a warehouse, or takes it back into use; what it was asked before it still sends, and is heard of.

    Emits: WarehouseRetired, WarehouseReturned.  Locks: the account.
    Refuses: unknown ids, a location that another runs by now.
    """
    row = WAREHOUSES.lock(ctx, id=id)
    if active and not row.active:
        _require_free(ctx, row.location_id)
    WAREHOUSES.set_active(ctx, id=id, active=active)


@transaction.atomic
def note_read(ctx: Ctx, *, id: int, was: str, cursor: str) -> bool:
    """Moves the cursor of a warehouse's news on; False where somebody else moved it before."""
    return bool(
        db.execute(
            """UPDATE fulfilment_warehouse SET cursor = %s, read_at = %s, problem = '', problem_at = NULL
                WHERE organisation_id = %s AND id = %s AND cursor = %s""",
            [cursor, ctx.now, ctx.organisation_id, id, was],
        )
    )


def _require_free(ctx: Ctx, location_id: int) -> None:
    """Refuses: unknown locations, and one that a warehouse runs."""
    at = locations.get(ctx, location_id=location_id)
    row = queries.runs(ctx).get(location_id)
    if row is not None:
        raise Refused(LOCATION_TAKEN, {"location": at.name, "warehouse": row.name})
