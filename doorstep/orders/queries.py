"""Reads of orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.orders import filters, rules
from doorstep.orders.filters import OrderFilter as OrderFilter
from doorstep.orders.values import (
    CustomerTotal,
    FOLineRow,
    FORow,
    HoldRow,
    LineRow,
    OrderDetail,
    OrderRow,
)

ORDER = """o.id, o.name, o.external_id, o.connection_id, o.customer_id, o.customer_name, o.email, o.country, o.currency,
           o.total_minor, o.units, o.state, o.payment_state, o.fulfilment_state, o.on_hold, o.placed_at, o.updated_at, o.tags,
           o.priority"""


@dataclass(frozen=True, slots=True)
class Existing:
    """An order that is here already."""

    id: int
    connection_id: int
    external_id: str
    body_hash: bytes


def list_orders(
    ctx: Ctx, *, where: OrderFilter, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[OrderRow]:
    """Orders newest first.  Shapes: `after` is (placed_at, id) of the last row shown (keyset paging)."""
    for source in filters.nearer(where):
        near = db.rows(OrderRow, *filters.statement(ctx, ORDER, where, source=source, after=after, limit=limit))
        if len(near) == limit:
            return near
    return db.rows(
        OrderRow, *filters.statement(ctx, ORDER, where, source=filters.source(where), after=after, limit=limit)
    )


def list_ids(ctx: Ctx, *, where: OrderFilter, limit: int = 10_000) -> list[int]:
    """The ids of every order that a filter matches, newest first: what "select all" means."""
    return db.column(*filters.statement(ctx, "o.id", where, source=filters.source(where), after=None, limit=limit))


def list_updated(
    ctx: Ctx, *, since: datetime | None, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[OrderRow]:
    """Orders by when they last changed, oldest change first: what a program polls.  Shapes: keyset (updated_at, id)."""
    return db.rows(
        OrderRow,
        f"""SELECT {ORDER} FROM orders_order o WHERE o.organisation_id = %(org)s
               AND (%(since)s::timestamptz IS NULL OR o.updated_at >= %(since)s)
               AND (%(at)s::timestamptz IS NULL OR (o.updated_at, o.id) > (%(at)s, %(id)s))
             ORDER BY o.updated_at, o.id LIMIT %(limit)s""",
        {
            "org": ctx.organisation_id,
            "since": since,
            "at": after and after[0],
            "id": after and after[1],
            "limit": limit,
        },
    )


def count_views(ctx: Ctx, *, views: Sequence[str], at_most: int = 1000) -> dict[str, int]:
    """How many orders each tab shows, counted up to `at_most`."""
    parts = [
        f"""(SELECT count(*) FROM (SELECT 1 FROM orders_order o WHERE o.organisation_id = %(org)s AND {filters.VIEWS[v]}
                                    LIMIT %(most)s) x) AS "v_{v}" """
        for v in views
    ]
    found = db.dicts("SELECT " + ", ".join(parts), {"org": ctx.organisation_id, "now": ctx.now, "most": at_most})[0]
    return {name.removeprefix("v_"): count for name, count in found.items()}


def find_existing(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Existing]:
    """Which of these (connection, external id) are here."""
    return existing_later(ctx, keys=keys)()


def existing_later(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> Callable[[], dict[tuple[int, str], Existing]]:
    """The same, to be come for later (`db.later`)."""
    come = db.later(
        Existing,
        """SELECT o.* FROM unnest(%s::bigint[], %s::text[]) key(c, e)
            CROSS JOIN LATERAL (SELECT id, connection_id, external_id, body_hash FROM orders_order
                                 WHERE organisation_id = %s AND connection_id = key.c AND external_id = key.e LIMIT 1) o""",
        [*db.columns(keys, 2), ctx.organisation_id],
    )
    return lambda: {(row.connection_id, row.external_id): row for row in come()}


def find_named(ctx: Ctx, *, customer_id: int, numbers: Iterable[str]) -> list[OrderRow]:
    """The orders of a customer that these numbers name, newest first; `numbers` as people type them."""
    wanted = [number for number in dict.fromkeys(map(rules.plain_number, numbers)) if number]
    if not wanted:
        return []
    return db.rows(
        OrderRow,
        f"""SELECT {ORDER} FROM orders_order o WHERE o.organisation_id = %s AND o.customer_id = %s
               AND {filters.NUMBERS} && %s::text[] ORDER BY o.placed_at DESC, o.id DESC""",
        [ctx.organisation_id, customer_id, wanted],
    )


def orders_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, OrderRow]:
    """Orders by id; those of another organisation are not among them."""
    rows = db.rows(
        OrderRow,
        f"SELECT {ORDER} FROM orders_order o WHERE o.organisation_id = %s AND o.id = ANY(%s)",
        [ctx.organisation_id, list(ids)],
    )
    return {row.id: row for row in rows}


def get(ctx: Ctx, *, id: int) -> OrderDetail:
    """Everything about one order.  Refuses: unknown ids."""
    order = orders_by_id(ctx, ids=[id]).get(id)
    if order is None:
        raise Refused(NOT_FOUND, {"what": "order", "key": id})
    more = db.dicts(
        """SELECT ship_to, phone, language, note, subtotal_minor, discount_minor, shipping_minor, tax_minor, taxes_included,
                  version, historical FROM orders_order WHERE organisation_id = %s AND id = %s""",
        [ctx.organisation_id, id],
    )[0]
    parts = fulfilment_orders_of(ctx, order_ids=[id])
    part_ids = [p.id for p in parts]
    return OrderDetail(
        order=order,
        lines=lines_of(ctx, order_ids=[id]),
        fulfilment_orders=parts,
        fulfilment_lines=fulfilment_lines_of(ctx, fulfilment_order_ids=part_ids),
        holds=holds_of(ctx, fulfilment_order_ids=part_ids),
        **more,
    )


BUNDLE = """l.bundle_id, l.bundle_each, COALESCE(b.sku, '') AS bundle_sku, COALESCE(b.title, '') AS bundle_title,
            COALESCE(b.qty, 0) AS bundle_qty, COALESCE(b.unit_price_minor, 0) AS bundle_price_minor,
            COALESCE(b.number, 0) AS bundle_number, COALESCE(b.variant_id, 0) AS bundle_variant_id"""
PART_OF = "COALESCE(NULLIF(b.title, ''), b.sku, '') AS part_of"
WITH_BUNDLE = "LEFT JOIN orders_orderbundle b ON b.organisation_id = l.organisation_id AND b.id = l.bundle_id"


def lines_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[LineRow]:
    """The lines of orders, by order and position; the lines of one bundle stand together."""
    return db.rows(
        LineRow,
        f"""SELECT l.id, l.order_id, l.position, l.variant_id, l.sku, l.title, l.qty, l.unit_price_minor, l.discount_minor,
                   l.total_minor, {BUNDLE} FROM orders_orderline l {WITH_BUNDLE}
             WHERE l.organisation_id = %s AND l.order_id = ANY(%s) ORDER BY l.order_id, l.position""",
        [ctx.organisation_id, list(order_ids)],
    )


FO = "id, order_id, state, location_id, routed_why, created_at, updated_at"


def fulfilment_orders_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[FORow]:
    """The fulfilment orders of orders, by id."""
    return db.rows(
        FORow,
        f"SELECT {FO} FROM orders_fulfilmentorder WHERE organisation_id = %s AND order_id = ANY(%s) ORDER BY id",
        [ctx.organisation_id, list(order_ids)],
    )


def fulfilment_orders_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, FORow]:
    """Fulfilment orders by id."""
    rows = db.rows(
        FORow,
        f"SELECT {FO} FROM orders_fulfilmentorder WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, list(ids)],
    )
    return {row.id: row for row in rows}


def fulfilment_lines_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> list[FOLineRow]:
    """What each fulfilment order consists of, by fulfilment order and position."""
    return db.rows(
        FOLineRow,
        f"""SELECT f.id, f.fulfilment_order_id, f.order_line_id, f.variant_id, l.sku, l.title, f.qty, f.picked, {PART_OF}
             FROM orders_fulfilmentorderline f
             JOIN orders_orderline l ON l.organisation_id = f.organisation_id AND l.id = f.order_line_id {WITH_BUNDLE}
            WHERE f.organisation_id = %s AND f.fulfilment_order_id = ANY(%s)
            ORDER BY f.fulfilment_order_id, l.position""",
        [ctx.organisation_id, list(fulfilment_order_ids)],
    )


def holds_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> list[HoldRow]:
    """Holds that are in force."""
    return db.rows(
        HoldRow,
        """SELECT id, fulfilment_order_id, reason, note, detail, by, at, until FROM orders_hold
            WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s) AND released_at IS NULL ORDER BY id""",
        [ctx.organisation_id, list(fulfilment_order_ids)],
    )


def holds_by_order(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, list[HoldRow]]:
    """Holds that are in force; orders that are not held are left out."""
    parts = db.dicts(
        "SELECT id, order_id FROM orders_fulfilmentorder WHERE organisation_id = %s AND order_id = ANY(%s)",
        [ctx.organisation_id, list(order_ids)],
    )
    of = {part["id"]: part["order_id"] for part in parts}
    found: dict[int, list[HoldRow]] = {}
    for hold in holds_of(ctx, fulfilment_order_ids=list(of)):
        found.setdefault(of[hold.fulfilment_order_id], []).append(hold)
    return found


def hold_reasons_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, list[str]]:
    """Why orders are held.  Shapes: the reasons in force, each once, by order; orders that are not held are left out."""
    found = db.dicts(
        """SELECT f.order_id, array_agg(DISTINCT h.reason ORDER BY h.reason) AS reasons
             FROM orders_fulfilmentorder f
             JOIN orders_hold h ON h.organisation_id = f.organisation_id AND h.fulfilment_order_id = f.id
            WHERE f.organisation_id = %s AND f.order_id = ANY(%s) AND h.released_at IS NULL GROUP BY f.order_id""",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row["order_id"]: row["reasons"] for row in found}


def find_unrouted(ctx: Ctx, *, order_ids: Sequence[int]) -> list[FORow]:
    """Open fulfilment orders of these orders that have no location yet, by id."""
    return [f for f in fulfilment_orders_of(ctx, order_ids=order_ids) if f.state == "open" and f.location_id is None]


@dataclass(frozen=True, slots=True)
class Destination:
    order_id: int
    country: str
    postal_code: str
    ship_to: dict[str, Any]
    language: str
    email: str
    name: str
    customer_name: str
    phone: str = ""
    customer_id: int = 0


def destinations(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, Destination]:
    """Where orders go and to whom."""
    rows = db.rows(
        Destination,
        """SELECT id AS order_id, country, postal_code, ship_to, language, email, name, customer_name, phone, customer_id
             FROM orders_order
            WHERE organisation_id = %s AND id = ANY(%s)""",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row.order_id: row for row in rows}


def totals_of_customers(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, list[CustomerTotal]]:
    """What each customer has bought so far, per currency; cancelled orders do not count."""
    found: dict[int, list[CustomerTotal]] = {id: [] for id in ids}
    for row in db.rows(
        CustomerTotal,
        """SELECT customer_id, currency, count(*) AS orders, sum(total_minor)::bigint AS total_minor,
                  min(placed_at) AS first_at, max(placed_at) AS last_at
             FROM orders_order WHERE organisation_id = %s AND customer_id = ANY(%s) AND state <> 'cancelled'
            GROUP BY customer_id, currency ORDER BY customer_id, count(*) DESC, currency""",
        [ctx.organisation_id, list(ids)],
    ):
        found[row.customer_id].append(row)
    return found


def count_by_day(ctx: Ctx, *, since: datetime, timezone: str) -> dict[date, int]:
    """Orders placed per day of a time zone; days without orders are left out."""
    found = db.dicts(
        """SELECT (placed_at AT TIME ZONE %s)::date AS day, count(*) AS n FROM orders_order
            WHERE organisation_id = %s AND placed_at >= %s GROUP BY 1""",
        [timezone, ctx.organisation_id, since],
    )
    return {line["day"]: line["n"] for line in found}


def count_of_past(ctx: Ctx, *, since: datetime, until: datetime) -> int:
    """How many orders of a period had left before they came to us: read from files, and not cancelled."""
    return int(
        db.scalar(
            """SELECT count(*) FROM orders_order
                WHERE organisation_id = %s AND placed_at >= %s AND placed_at < %s AND historical AND state <> 'cancelled'""",
            [ctx.organisation_id, since, until],
        )
    )


def find_arrival_id(ctx: Ctx, *, id: int) -> int | None:
    """The arrival that brought an order, where it came as one."""
    found: int | None = db.scalar(
        "SELECT arrival_id FROM orders_order WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, id]
    )
    return found


def orders_of_lines(ctx: Ctx, *, line_ids: Sequence[int]) -> dict[int, OrderRow]:
    """The order of each of these order lines, by line id."""
    owners = {
        line["id"]: line["order_id"]
        for line in db.dicts(
            "SELECT id, order_id FROM orders_orderline WHERE organisation_id = %s AND id = ANY(%s)",
            [ctx.organisation_id, list(line_ids)],
        )
    }
    rows = orders_by_id(ctx, ids=sorted(set(owners.values())))
    return {line_id: rows[order_id] for line_id, order_id in owners.items()}


def find_unmapped(ctx: Ctx, *, skus: Sequence[str]) -> dict[int, list[str]]:
    """Orders held for lines of these SKUs that nobody has mapped, oldest first.  Shapes: all such SKUs of an order, by order."""
    found = db.dicts(
        """SELECT f.order_id, h.detail->'unmapped' AS unmapped FROM orders_hold h
             JOIN orders_fulfilmentorder f ON f.organisation_id = h.organisation_id AND f.id = h.fulfilment_order_id
            WHERE h.organisation_id = %s AND h.released_at IS NULL AND h.reason = 'other'
              AND h.detail->'unmapped' ?| %s::text[] ORDER BY f.order_id""",
        [ctx.organisation_id, list(skus)],
    )
    return {line["order_id"]: line["unmapped"] for line in found}


def unmapped_told(ctx: Ctx, *, order_id: int) -> set[str]:
    """SKUs for which an order was ever held because nobody had mapped them."""
    return set(
        db.column(
            """SELECT jsonb_array_elements_text(h.detail->'unmapped') FROM orders_hold h
                 JOIN orders_fulfilmentorder f ON f.organisation_id = h.organisation_id AND f.id = h.fulfilment_order_id
                WHERE h.organisation_id = %s AND f.order_id = %s AND h.detail ? 'unmapped'""",
            [ctx.organisation_id, order_id],
        )
    )


def names_of_open(ctx: Ctx, *, variant_id: int, limit: int = 5) -> list[str]:
    """The names of open orders that have a line of this variant, the oldest first."""
    return db.column(
        """SELECT o.name FROM orders_order o WHERE o.organisation_id = %s AND o.state = 'open' AND EXISTS (
                  SELECT FROM orders_orderline l
                   WHERE l.organisation_id = o.organisation_id AND l.order_id = o.id AND l.variant_id = %s)
            ORDER BY o.placed_at, o.id LIMIT %s""",
        [ctx.organisation_id, variant_id, limit],
    )
