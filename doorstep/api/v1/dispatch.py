"""How locations send."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from ninja import Router

from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.routing_shapes import DispatchIn, DispatchOut
from doorstep.api.v1.shapes import Id
from doorstep.base.ctx import Ctx
from doorstep.flows import day_capacity
from doorstep.locations import dispatching, queries, working
from doorstep.locations.values import LocationRow
from doorstep.locations.working import Dispatch, Pickup

router = Router(tags=["Stock"])


def _shown(ctx: Ctx, row: LocationRow, how: Dispatch) -> dict[str, Any]:
    used = day_capacity.load_of(ctx, place=row) if how.capacity_per_day else 0
    leaving = working.leaves(how, zone=ZoneInfo(row.timezone), at=ctx.now)
    return {
        "location_id": row.id, "timezone": row.timezone, **working.as_json(how), "used": used,
        "leaves": None if leaving is None else {"at": leaving.at, "on": leaving.on, "waits": leaving.waits},
    }  # fmt: skip


@operation(router, "GET", "/locations/{location_id}/dispatch", scope="settings:read", answers={200: DispatchOut})
def get_location_dispatch(request: Asked, location_id: Id) -> dict[str, Any]:
    """How a location sends, and when an order placed now would leave it."""
    row = queries.get(request.ctx, location_id=location_id)
    return _shown(request.ctx, row, dispatching.dispatch_of(request.ctx, location_id=location_id))


@operation(router, "PUT", "/locations/{location_id}/dispatch", scope="settings:write", answers={200: DispatchOut})
def set_location_dispatch(request: Asked, location_id: Id, given: DispatchIn) -> dict[str, Any]:
    """Sets how a location sends: calendar, cut-off, pick-ups, capacity, costs. What is routed from now on goes by it."""
    how = Dispatch(
        given.handling_minor, given.capacity_per_day, sum(1 << (day - 1) for day in set(given.weekdays)),
        working.holidays_of(given.holidays), working.clock_of(given.cut_off or ""),
        tuple(Pickup(time.fromisoformat(one.at), one.carrier) for one in given.pickups), given.priority,
    )  # fmt: skip
    dispatching.set_dispatch(request.ctx, location_id=location_id, dispatch=how)
    return get_location_dispatch(request, location_id)
