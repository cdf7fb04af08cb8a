"""What was picked for orders that were cancelled then, and has to go back to its bin."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ninja import Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.floor_shapes import PutBackOut, PutBacksOut
from doorstep.api.v1.operations import operation
from doorstep.api.v1.pick_lists import Place
from doorstep.api.v1.shapes import Cursor, Id, Limit
from doorstep.fulfilment import actions, queries

router = Router(tags=["Fulfilment"])


@operation(router, "GET", "/put-backs", scope="fulfilment:read", answers={200: PutBacksOut})
def list_put_backs(request: Asked, location_id: Place = 0, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """What has to be put back, oldest first: picked units of cancelled orders. Their stock is free again already."""
    rows = queries.list_to_put_back(
        request.ctx, location_id=location_id or None, after=paging.by_id(cursor, "put_backs") or 0, limit=limit + 1
    )
    shown, following = paging.cut(rows, limit=limit, kind="put_backs", key=lambda row: (row.task_id,))
    return {"put_backs": [asdict(row) for row in shown], "next": following}


@operation(router, "POST", "/put-backs/{task_id}/done", scope="fulfilment:write", answers={200: PutBackOut})
def put_back(request: Asked, task_id: Id) -> dict[str, Any]:
    """Notes that the units of a task lie in their bin again; saying it twice changes nothing, and stock stays as it is."""
    return asdict(actions.put_back(request.ctx, task_id=task_id))
