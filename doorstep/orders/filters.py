"""Which orders a filter means, as SQL over `orders_order o`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doorstep.base import search
from doorstep.base.ctx import Ctx
from doorstep.orders import rules


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Typed filters of the orders list; empty fields do not filter.  Both days count, in the time zone given.

    `number`: the whole number of an order, as people type it; beside a text, whose index finds it.
    """

    view: str = ""
    text: str = ""
    number: str = ""
    connection_id: int = 0
    customer_id: int = 0
    country: str = ""
    tag: str = ""
    payment_state: str = ""
    location_id: int = 0
    placed_from: date | None = None
    placed_to: date | None = None
    timezone: str = "UTC"


def _held_for_stock(which: str) -> str:
    return f"""o.state = 'open' AND o.on_hold AND EXISTS (
                 SELECT 1 FROM orders_fulfilmentorder f
                   JOIN orders_hold h ON h.organisation_id = f.organisation_id AND h.fulfilment_order_id = f.id
                  WHERE f.organisation_id = o.organisation_id AND f.order_id = o.id AND h.released_at IS NULL
                    AND h.reason = 'inventory_out_of_stock' AND {which})"""


# What the list's tabs mean.  Fulfilment orders: f.  Orders: o.
VIEWS: dict[str, str] = {
    "": "TRUE",
    "open": "o.state = 'open'",
    "to_route": """o.state = 'open' AND EXISTS (SELECT 1 FROM orders_fulfilmentorder f WHERE f.organisation_id =
                   o.organisation_id AND f.order_id = o.id AND f.state = 'open' AND f.location_id IS NULL)""",
    "to_pick": """o.state = 'open' AND EXISTS (SELECT 1 FROM orders_fulfilmentorder f WHERE f.organisation_id =
                  o.organisation_id AND f.order_id = o.id AND f.state IN ('open', 'in_progress')
                  AND f.location_id IS NOT NULL)""",
    "held": "o.state = 'open' AND o.on_hold",
    "backordered": _held_for_stock("h.detail->>'waits' IN ('backorder', 'preorder')"),
    "short": _held_for_stock("COALESCE(h.detail->>'waits', 'short') = 'short'"),
    "slipped": _held_for_stock("(h.detail->>'slipped')::bool"),
    "parked": """o.state = 'open' AND EXISTS (SELECT 1 FROM orders_parking p WHERE p.organisation_id = o.organisation_id
                 AND p.order_id = o.id AND p.ended_at IS NULL)""",
    "late": """o.state = 'open' AND o.fulfilment_state IN ('unfulfilled', 'partially_fulfilled')
               AND o.placed_at < %(now)s - interval '24 hours'""",
    "shipped": "o.fulfilment_state = 'fulfilled'",
    "delivered": "o.fulfilment_state = 'delivered'",
    "cancelled": "o.state = 'cancelled'",
}

# As `rules.plain_number`.
NUMBERS = "ARRAY[lower(btrim(ltrim(btrim(o.name), '#'))), lower(btrim(ltrim(btrim(o.external_id), '#')))]"
_AFTER = "(%(at)s::timestamptz IS NULL OR (o.placed_at, o.id) < (%(at)s, %(id)s))"
ALL = "orders_order o"
# A word that many orders have is found among the newest of them before any index is asked; a rarer one is not there, and
# then the newest that its index names are looked at, and all of them only where these do not fill the page.  So no word is
# slow, however wrong the planner's guess of it would be.
_NEWEST = f"""(SELECT * FROM orders_order o WHERE o.organisation_id = %(org)s AND {_AFTER}
                ORDER BY o.placed_at DESC, o.id DESC LIMIT 2000) o"""
_INDEXED = """(WITH named AS MATERIALIZED (SELECT s.order_id FROM orders_ordersearch s
                                            WHERE s.organisation_id = %(org)s AND ({grams}) {newest})
               SELECT o.* FROM named JOIN orders_order o ON o.organisation_id = %(org)s AND o.id = named.order_id) o"""


def source(where: OrderFilter) -> str:
    """Single ASCII characters are pairs of nothing: most orders have them, so walking finds a page at once."""
    if not search.grams(where.text):
        return ALL
    return _INDEXED.format(grams=_grams(where), newest="")


def nearer(where: OrderFilter) -> list[str]:
    """Where to look before `source`: what fills a page from there would fill it from everywhere."""
    if not search.grams(where.text):
        return []
    after = "AND (%(at)s::timestamptz IS NULL OR (s.placed_at, s.order_id) < (%(at)s, %(id)s))"
    newest = f"{after} ORDER BY s.placed_at DESC, s.order_id DESC LIMIT 1000"
    return [_NEWEST, _INDEXED.format(grams=_grams(where), newest=newest)]


def _grams(where: OrderFilter) -> str:
    or_dialled = " OR s.grams @> %(dialled)s::text[]" if search.dialled(where.text) else ""
    return f"s.grams @> %(grams)s::text[]{or_dialled}"


def statement(
    ctx: Ctx, columns: str, where: OrderFilter, *, source: str, after: tuple[datetime, int] | None, limit: int
) -> tuple[str, dict[str, Any]]:
    """The statement of a list, newest first, and its parameters."""
    digits = search.dialled(where.text)
    like, named = search.like_named("o.search", where.text)
    if digits:
        as_dialled, more = search.like_named("o.search", digits, prefix="digit")
        like, named = f"({like} OR {as_dialled})", named | more
    sql = f"""SELECT {columns} FROM {source} WHERE o.organisation_id = %(org)s AND {_conditions(where)} AND {like} AND {_AFTER}
               ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s"""
    grams = {"grams": search.grams(where.text), "dialled": search.grams(digits)}
    page = {"at": after and after[0], "id": after and after[1], "limit": limit}
    return sql, _parameters(ctx, where) | named | grams | page


def _conditions(where: OrderFilter) -> str:
    parts = [VIEWS[where.view]]
    if where.connection_id:
        parts.append("o.connection_id = %(connection_id)s")
    if where.customer_id:
        parts.append("o.customer_id = %(customer_id)s")
    if where.number:
        parts.append(f"%(number)s = ANY({NUMBERS})")
    if where.country:
        parts.append("o.country = %(country)s")
    if where.tag:
        parts.append("o.tags @> ARRAY[%(tag)s]::varchar[] AND o.tags <> '{}'")
    if where.payment_state:
        parts.append("o.payment_state = %(payment_state)s")
    if where.location_id:
        parts.append(
            """EXISTS (SELECT 1 FROM orders_fulfilmentorder f WHERE f.organisation_id = o.organisation_id
                        AND f.order_id = o.id AND f.location_id = %(location_id)s)"""
        )
    if where.placed_from:
        parts.append("o.placed_at >= %(placed_from)s::date::timestamp AT TIME ZONE %(timezone)s")
    if where.placed_to:
        parts.append("o.placed_at < (%(placed_to)s::date + 1)::timestamp AT TIME ZONE %(timezone)s")
    return " AND ".join(f"({p})" for p in parts)


def _parameters(ctx: Ctx, where: OrderFilter) -> dict[str, Any]:
    return {
        "org": ctx.organisation_id, "now": ctx.now, "number": rules.plain_number(where.number),
        "connection_id": where.connection_id, "customer_id": where.customer_id, "country": where.country, "tag": where.tag,
        "payment_state": where.payment_state, "location_id": where.location_id,
        "placed_from": where.placed_from, "placed_to": where.placed_to, "timezone": where.timezone,
    }  # fmt: skip
