"""Where channels showed other numbers than we thought."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Limit, Out
from doorstep.channels import drift
from doorstep.channels.values import DriftFilter

router = Router(tags=["Channels"])
Cause = Literal["", "late_order", "edited", "not_taken"]


class DriftOut(Out):
    """`late_order`: fewer than we thought, so an order is likely on its way; `edited`: somebody changed it in the shop."""

    id: int
    listing_id: int
    connection_id: int
    sku: str
    variant_id: int | None
    thought: int
    showed: int
    cause: Literal["late_order", "edited", "not_taken"]
    found_at: datetime
    healed_at: datetime | None


class DriftsOut(Out):
    drift: list[DriftOut]
    next: str | None


@operation(router, "GET", "/drift", scope="channels:read", answers={200: DriftsOut})
def list_drift(
    request: Asked, connection_id: int = 0, listing_id: int = 0, cause: Cause = "", open: bool = False, cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:  # fmt: skip
    """Where channels showed other numbers than we thought, newest first.  `open`: only those that are not right again."""
    before = paging.by_id(cursor, "drift")
    where = DriftFilter(connection_id=connection_id, listing_id=listing_id, cause=cause, is_open=open)
    rows = drift.list_page(request.ctx, where=where, before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="drift", key=lambda row: (row.id,))
    names = ("id", "listing_id", "connection_id", "sku", "variant_id", "thought", "showed", "cause", "found_at", "healed_at")
    return {"drift": [{name: getattr(row, name) for name in names} for row in shown], "next": following}
