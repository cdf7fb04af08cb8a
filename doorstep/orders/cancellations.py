"""Lines that a channel cancelled after the sale, kept as they came and linked to what was sold where that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.orders import events

_WAITING = "id, customer_id, variant_id, qty, value_minor, currency, at"


@dataclass(frozen=True, slots=True)
class CancelledDraft:
    """A line that was cancelled.  `position`: its row under the external id.  Units: whole units, minor units."""

    connection_id: int
    external_id: str
    position: int
    arrival_id: int
    customer_id: int | None
    variant_id: int
    qty: int
    value_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    id: int
    variant_id: int
    qty: int
    external_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    customer_id: int
    variant_id: int
    qty: int
    value_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Sold:
    id: int
    order_id: int
    customer_id: int
    variant_id: int
    placed_at: datetime
    left: int


@transaction.atomic
def record(ctx: Ctx, *, lines: Sequence[CancelledDraft]) -> list[Recorded]:
    """Keeps cancelled lines and links those whose sale is here.  Returns: those that were not here before.

    Locks: cancelled lines by external id, then the order lines they may belong to, ascending.  Emits: LineCancelled.
    """
    values = [
        (c.connection_id, c.external_id, c.position, c.arrival_id, c.customer_id, c.variant_id, c.qty, c.value_minor,
         c.currency, c.at)
        for c in lines
    ]  # fmt: skip
    new = db.rows(
        Recorded,
        """INSERT INTO orders_cancelledline (organisation_id, connection_id, external_id, position, arrival_id, customer_id,
                                             variant_id, qty, value_minor, currency, at)
           SELECT %s, u.* FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
                                      %s::int[], %s::bigint[], %s::text[], %s::timestamptz[])
                  u(c, e, p, a, cu, v, q, m, cy, at) ORDER BY u.c, u.e, u.p
           ON CONFLICT (organisation_id, connection_id, external_id, position) DO NOTHING
           RETURNING id, variant_id, qty, external_id, at""",
        [ctx.organisation_id, *db.columns(values, 10)],
    )
    _link(ctx, _waiting(ctx, "id = ANY(%s)", [r.id for r in new]))
    return new


@transaction.atomic
def link_waiting(ctx: Ctx, *, connection_id: int) -> int:
    """Tries the cancelled lines of a connection again that found no sale when they came: it may have come since.

    Returns: how many were linked now.  Locks: the order lines they may belong to, ascending.  Emits: LineCancelled.
    """
    return _link(ctx, _waiting(ctx, "connection_id = %s", connection_id))


@dataclass(frozen=True, slots=True)
class Linked:
    """A cancelled line whose sale is here."""

    external_id: str
    order_id: int
    order_line_id: int
    variant_id: int
    qty: int
    currency: str
    at: datetime


def linked_of(ctx: Ctx, *, connection_id: int) -> list[Linked]:
    """The cancelled lines of a connection whose sale is here, by when they came."""
    return db.rows(
        Linked,
        """SELECT c.external_id, l.order_id, c.order_line_id, c.variant_id, c.qty, c.currency, c.at FROM orders_cancelledline c
             JOIN orders_orderline l ON l.organisation_id = c.organisation_id AND l.id = c.order_line_id
            WHERE c.organisation_id = %s AND c.connection_id = %s ORDER BY c.at, c.id""",
        [ctx.organisation_id, connection_id],
    )


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A cancelled line of which no sale is here, as its channel told it."""

    external_id: str
    position: int
    sku: str
    qty: int
    value_minor: int
    currency: str
    at: datetime


def unlinked_of(ctx: Ctx, *, connection_id: int) -> list[Unlinked]:
    """The cancelled lines of a connection of which no sale is here, by external id and position."""
    return db.rows(
        Unlinked,
        """SELECT c.external_id, c.position, v.sku, c.qty, c.value_minor, c.currency, c.at FROM orders_cancelledline c
             JOIN catalog_variant v ON v.organisation_id = c.organisation_id AND v.id = c.variant_id
            WHERE c.organisation_id = %s AND c.connection_id = %s AND c.order_line_id IS NULL
            ORDER BY c.external_id, c.position""",
        [ctx.organisation_id, connection_id],
    )


def _waiting(ctx: Ctx, condition: str, value: object) -> list[_Waiting]:
    return db.rows(
        _Waiting,
        f"""SELECT {_WAITING} FROM orders_cancelledline
             WHERE organisation_id = %s AND order_line_id IS NULL AND customer_id IS NOT NULL AND {condition}
             ORDER BY at, id""",
        [ctx.organisation_id, value],
    )


def _link(ctx: Ctx, waiting: Sequence[_Waiting]) -> int:
    """Links each line to the customer's latest sale of that variant before it that has so many units left."""
    if not waiting:
        return 0
    sold = _sold(ctx, {(w.customer_id, w.variant_id) for w in waiting})
    left = {s.id: s.left for s in sold}
    by_pair: dict[tuple[int, int], list[_Sold]] = {}
    for s in sold:
        by_pair.setdefault((s.customer_id, s.variant_id), []).append(s)
    links: list[tuple[_Waiting, _Sold]] = []
    for w in waiting:
        for s in by_pair.get((w.customer_id, w.variant_id), ()):
            if s.placed_at <= w.at and left[s.id] >= w.qty:
                left[s.id] -= w.qty
                links.append((w, s))
                break
    db.execute(
        """UPDATE orders_cancelledline c SET order_line_id = u.l FROM unnest(%s::bigint[], %s::bigint[]) u(i, l)
            WHERE c.organisation_id = %s AND c.id = u.i""",
        [[w.id for w, _ in links], [s.id for _, s in links], ctx.organisation_id],
    )
    outbox.record(
        ctx,
        [
            Happened(events.LINE_CANCELLED, f"order_line:{s.id}", f"order:{s.order_id}",
                     {"qty": w.qty, "value_minor": w.value_minor, "currency": w.currency, "at": w.at.isoformat()})
            for w, s in links
        ],
    )  # fmt: skip
    return len(links)


def _sold(ctx: Ctx, pairs: Iterable[tuple[int, int]]) -> list[_Sold]:
    """The lines that these customers bought of these variants, locked; latest sale first."""
    wanted = set(pairs)
    found = db.dicts(
        """SELECT l.id, o.customer_id, l.variant_id
             FROM orders_order o
             JOIN orders_orderline l ON l.organisation_id = o.organisation_id AND l.order_id = o.id
            WHERE o.organisation_id = %s AND o.customer_id = ANY(%s) AND o.state <> 'cancelled' AND l.variant_id = ANY(%s)""",
        [ctx.organisation_id, sorted({c for c, _ in wanted}), sorted({v for _, v in wanted})],
    )
    lines = [line["id"] for line in found if (line["customer_id"], line["variant_id"]) in wanted]
    db.column(
        """SELECT id FROM orders_orderline WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, lines],
    )
    return db.rows(
        _Sold,
        """SELECT l.id, l.order_id, o.customer_id, l.variant_id, o.placed_at, (l.qty - COALESCE(c.qty, 0))::int AS left
             FROM orders_orderline l
             JOIN orders_order o ON o.organisation_id = l.organisation_id AND o.id = l.order_id
             LEFT JOIN (SELECT order_line_id, sum(qty) AS qty FROM orders_cancelledline
                         WHERE organisation_id = %s AND order_line_id = ANY(%s) GROUP BY 1) c ON c.order_line_id = l.id
            WHERE l.organisation_id = %s AND l.id = ANY(%s) ORDER BY o.placed_at DESC, l.id DESC""",
        [ctx.organisation_id, lines, ctx.organisation_id, lines],
    )
