"""Reads of warehouses that somebody else runs, and of what they were asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.vendors import WebhookAccounts
from doorstep.fulfilment.port import warehouses
from doorstep.fulfilment.warehouses.values import OPEN, WAREHOUSE_CODE_TAKEN, RequestRow, WarehouseRow

WAREHOUSES = WebhookAccounts[WarehouseRow](
    WarehouseRow, table="fulfilment_warehouse", kind="warehouse", called="warehouse", vendors=warehouses,
    taken=WAREHOUSE_CODE_TAKEN, job="subscribe_warehouse", id_name="warehouse_id",
)  # fmt: skip
COLUMNS = """r.id, r.warehouse_id, w.name AS warehouse_name, r.fulfilment_order_id, f.order_id, r.key, r.state, r.vendor_id,
             r.lines, r.problem, r.wanted_at, r.settled_at, r.accepted_at, r.asked_times, r.recall_wanted_at, r.too_late_at,
             r.recall_for"""
FROM = """FROM fulfilment_warehouserequest r
          JOIN fulfilment_warehouse w ON w.organisation_id = r.organisation_id AND w.id = r.warehouse_id
          JOIN orders_fulfilmentorder f ON f.organisation_id = r.organisation_id AND f.id = r.fulfilment_order_id"""


def list_warehouses(ctx: Ctx) -> list[WarehouseRow]:
    """Every account, those in use first."""
    return WAREHOUSES.list(ctx)


def get_warehouse(ctx: Ctx, *, warehouse_id: int) -> WarehouseRow:
    """One account.  Refuses: unknown ids."""
    return WAREHOUSES.get(ctx, id=warehouse_id)


def runs(ctx: Ctx) -> dict[int, WarehouseRow]:
    """Who runs a location, by location; our own floor runs the others."""
    return {row.location_id: row for row in WAREHOUSES.list(ctx, where="active")}


def get_request(ctx: Ctx, *, request_id: int) -> RequestRow:
    """One request.  Refuses: unknown ids."""
    found = _rows(ctx, "r.id = %s", [request_id])
    if not found:
        raise Refused(NOT_FOUND, {"what": "request to a warehouse", "key": request_id})
    return found[0]


def requests_by_key(ctx: Ctx, *, keys: Sequence[str]) -> dict[str, RequestRow]:
    """Requests by the key of their wish."""
    return {row.key: row for row in _rows(ctx, "r.key = ANY(%s)", [list(keys)])}


def requests_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> list[RequestRow]:
    """Everything that warehouses were asked about fulfilment orders, oldest first."""
    return _rows(ctx, "r.fulfilment_order_id = ANY(%s)", [list(fulfilment_order_ids)])


def open_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> dict[int, RequestRow]:
    """The request that is under way, by fulfilment order."""
    found = _rows(ctx, "r.fulfilment_order_id = ANY(%s) AND r.state = ANY(%s)", [list(fulfilment_order_ids), list(OPEN)])
    return {row.fulfilment_order_id: row for row in found}


def list_requests(ctx: Ctx, *, warehouse_id: int, states: Sequence[str] = (), limit: int = 100) -> list[RequestRow]:
    """What a warehouse was asked, newest first.  `states`: all of them where it is empty."""
    where, params = "r.warehouse_id = %s AND (%s OR r.state = ANY(%s))", [warehouse_id, not states, list(states)]
    return _rows(ctx, where, params, order="r.id DESC", limit=limit)


def counts(ctx: Ctx) -> dict[tuple[int, str], int]:
    """How many requests are under way, by warehouse and state."""
    found = db.dicts(
        """SELECT warehouse_id, state, count(*) AS n FROM fulfilment_warehouserequest
            WHERE organisation_id = %s AND state = ANY(%s) GROUP BY 1, 2""",
        [ctx.organisation_id, list(OPEN)],
    )
    return {(line["warehouse_id"], line["state"]): line["n"] for line in found}


def find_to_ask(ctx: Ctx, *, order_ids: Sequence[int]) -> list[dict[str, int]]:
    """Lines of routed, free fulfilment orders at locations that somebody else runs, who was not asked yet.

    Shapes: warehouse_id, fulfilment_order_id, order_id, line_id, qty each, by fulfilment order and line.
    """
    return db.dicts(
        """SELECT w.id AS warehouse_id, f.id AS fulfilment_order_id, f.order_id, l.id AS line_id, l.qty
             FROM orders_fulfilmentorder f
             JOIN fulfilment_warehouse w ON w.organisation_id = f.organisation_id AND w.location_id = f.location_id AND w.active
             JOIN orders_fulfilmentorderline l ON l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id
            WHERE f.organisation_id = %s AND f.order_id = ANY(%s) AND f.state IN ('open', 'in_progress')
              AND NOT EXISTS (SELECT 1 FROM fulfilment_warehouserequest r WHERE r.organisation_id = f.organisation_id
                              AND r.fulfilment_order_id = f.id AND r.state = ANY(%s))
              AND NOT EXISTS (SELECT 1 FROM fulfilment_picktask t WHERE t.organisation_id = f.organisation_id
                              AND t.fulfilment_order_id = f.id AND NOT t.removed)
            ORDER BY f.id, l.id""",
        [ctx.organisation_id, list(order_ids), list(OPEN)],
    )


def find_unsettled(*, older_than: datetime) -> list[tuple[int, int]]:
    """Requests, and recalls, whose fate is open although their job should have run.  Shapes: (organisation id, request id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM fulfilment_warehouserequest
            WHERE (state IN ('wanted', 'unknown')
                   OR recall_wanted_at IS NOT NULL AND too_late_at IS NULL AND state IN ('submitted', 'accepted'))
              AND wanted_at < %s ORDER BY id LIMIT 500""",
        [older_than],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_to_read(*, read_before: datetime) -> list[tuple[int, int]]:
    """Accounts whose news are due to be read.  Shapes: (organisation id, warehouse id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM fulfilment_warehouse
            WHERE (active OR EXISTS (SELECT 1 FROM fulfilment_warehouserequest r WHERE r.organisation_id =
                   fulfilment_warehouse.organisation_id AND r.warehouse_id = fulfilment_warehouse.id AND r.state = ANY(%s)))
              AND (read_at IS NULL OR read_at < %s) ORDER BY id""",
        [list(OPEN), read_before],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def _rows(
    ctx: Ctx, where: str, params: Sequence[object], *, order: str = "r.id", limit: int = 10_000
) -> list[RequestRow]:
    sql = f"SELECT {COLUMNS} {FROM} WHERE r.organisation_id = %s AND {where} ORDER BY {order} LIMIT %s"
    return db.rows(RequestRow, sql, [ctx.organisation_id, *params, limit])
