"""Set-based inserts of orders; actions hide them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.orders import rules
from doorstep.orders.placing import Placed, PlacedLine, Placement
from doorstep.orders.values import BundleOf, FOState, FulfilmentState, OrderState

ORDER_COLUMNS = (
    ("connection_id", "bigint"), ("external_id", "text"), ("name", "text"), ("body_hash", "bytea"),
    ("customer_id", "bigint"), ("customer_name", "text"), ("email", "text"), ("phone", "text"), ("language", "text"),
    ("currency", "text"), ("units", "int"), ("subtotal_minor", "bigint"), ("discount_minor", "bigint"),
    ("shipping_minor", "bigint"), ("tax_minor", "bigint"), ("taxes_included", "bool"), ("total_minor", "bigint"),
    ("ship_to", "jsonb"), ("country", "text"), ("postal_code", "text"), ("payment_state", "text"), ("note", "text"),
    ("arrival_id", "bigint"), ("placed_at", "timestamptz"), ("search", "text"),
)  # fmt: skip
_NAMES = ", ".join(name for name, _ in ORDER_COLUMNS)
_TYPES = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for _, kind in ORDER_COLUMNS)
_PICKED = ", ".join(f"u.{name}::jsonb" if kind == "jsonb" else f"u.{name}" for name, kind in ORDER_COLUMNS)
_APART = "\x1f"  # a space to `str.split`, so it stands in no pair

# One statement: what an order is made of needs only the number that the order was given in it.
_INSERT = f"""
    WITH u AS MATERIALIZED (
        SELECT * FROM unnest({_TYPES}, %s::text[], %s::text[]) WITH ORDINALITY u({_NAMES}, tags, grams, n)),
    o AS (
        INSERT INTO orders_order (organisation_id, {_NAMES}, tags, state, fulfilment_state, on_hold, historical, version,
                                  received_at, updated_at)
        SELECT %s, {_PICKED}, ARRAY(SELECT jsonb_array_elements_text(u.tags::jsonb)), %s, %s, FALSE, %s, 1, %s, %s
          FROM u ORDER BY u.connection_id, u.external_id
            ON CONFLICT (organisation_id, connection_id, external_id) DO NOTHING
        RETURNING id, connection_id, external_id),
    made AS MATERIALIZED (
        SELECT u.n, o.id, u.placed_at, u.grams FROM u JOIN o USING (connection_id, external_id)),
    found_by AS (
        INSERT INTO orders_ordersearch (organisation_id, order_id, placed_at, grams)
        SELECT %s, id, placed_at, string_to_array(grams, chr(31)) FROM made),
    f AS (
        INSERT INTO orders_fulfilmentorder (organisation_id, order_id, state, routed_why, created_at, updated_at)
        SELECT %s, id, %s, '{{}}', %s, %s FROM made ORDER BY id RETURNING id, order_id),
    l AS (
        INSERT INTO orders_orderline (organisation_id, order_id, position, variant_id, sku, title, qty, unit_price_minor,
                                      discount_minor, total_minor)
        SELECT %s, made.id, v.position, v.variant_id, v.sku, v.title, v.qty, v.price, v.discount, v.total
          FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::bigint[], %s::bigint[],
                      %s::bigint[]) v(n, position, variant_id, sku, title, qty, price, discount, total)
          JOIN made USING (n) ORDER BY n, v.position
        RETURNING id, order_id, position, variant_id, qty),
    fl AS (
        INSERT INTO orders_fulfilmentorderline (organisation_id, fulfilment_order_id, order_line_id, variant_id, qty, picked)
        SELECT %s, f.id, l.id, l.variant_id, l.qty, 0 FROM l JOIN f USING (order_id) ORDER BY l.id)
    SELECT made.n, l.order_id, f.id AS fulfilment_order_id, l.id, l.variant_id, l.qty
      FROM l JOIN f USING (order_id) JOIN made ON made.id = l.order_id
     ORDER BY l.order_id, l.position"""


def _values(p: Placement) -> tuple[object, ...]:
    d = p.draft
    subtotal = d.subtotal_minor
    return (
        d.connection_id, d.external_id, d.name, rules.body_hash(p.sent or d), p.customer_id, d.buyer.name or d.ship_to.name,
        d.buyer.email, d.buyer.phone or d.ship_to.phone, p.language, d.currency, sum(line.qty for line in d.lines),
        subtotal, d.discount_minor, d.shipping_minor, d.tax_minor, d.taxes_included, d.total_of(subtotal),
        db.as_json(d.ship_to.as_dict()), d.ship_to.country, d.ship_to.postal_code, d.payment_state.value, d.note,
        d.arrival_id, d.placed_at, text := rules.search_text(d, p.sent), db.as_json(list(d.tags)),
        _APART.join(search.grams_of(text)),
    )  # fmt: skip


def insert(ctx: Ctx, placements: Sequence[Placement], *, historical: bool) -> list[Placed | None]:
    """Inserts orders in external-id order, each with its lines and a fulfilment order over them.

    Shapes: one answer per placement, in order, no external id twice; None for an order that another process inserted first.
    """
    state, fulfilled, part = (
        (OrderState.CLOSED, FulfilmentState.DELIVERED, FOState.CLOSED)
        if historical
        else (OrderState.OPEN, FulfilmentState.UNFULFILLED, FOState.OPEN)
    )
    lines = [
        (n, position, variant, line.sku, title, line.qty, line.unit_price.minor, line.discount_minor,
         line.unit_price.minor * line.qty - line.discount_minor)
        for n, p in enumerate(placements, start=1)
        for position, (line, variant, title) in enumerate(zip(p.draft.lines, p.variants, p.titles, strict=True), start=1)
    ]  # fmt: skip
    org, now = ctx.organisation_id, ctx.now
    found = db.dicts(
        _INSERT,
        [*db.columns([_values(p) for p in placements], len(ORDER_COLUMNS) + 2), org, state.value, fulfilled.value, historical,
         now, now, org, org, part.value, now, now, org, *db.columns(lines, 9), org],
        kept=True,
    )  # fmt: skip
    placed: list[Placed | None] = [None] * len(placements)
    for n, its in groupby(found, key=itemgetter("n")):
        made = list(its)
        placed[n - 1] = Placed(
            made[0]["order_id"],
            made[0]["fulfilment_order_id"],
            tuple(PlacedLine(line["id"], line["variant_id"], line["qty"]) for line in made),
        )
    return placed


def insert_bundles(ctx: Ctx, placements: Sequence[tuple[int, Placement]]) -> None:
    """Keeps the bundles that were opened into lines of new orders, and says so on these lines.

    Shapes: (order id, placement); those without bundles cost nothing.  Needs: the lines inserted.
    """
    opened = [
        (order_id, position, line.bundle, line.each)
        for order_id, p in placements
        if p.sent is not None
        for position, line in enumerate(p.draft.lines, start=1)
        if line.bundle is not None
    ]
    if not opened:
        return
    sold = {(order_id, of.number): of for order_id, _, of, _ in opened}
    ids = write_bundles(ctx, sold)
    values = [(order_id, position, ids[order_id, of.number], each) for order_id, position, of, each in opened]
    db.execute(
        """UPDATE orders_orderline l SET bundle_id = u.b, bundle_each = u.e
             FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::int[]) u(o, p, b, e)
            WHERE l.organisation_id = %s AND l.order_id = u.o AND l.position = u.p""",
        [*db.columns(values, 4), ctx.organisation_id],
    )


def write_bundles(ctx: Ctx, sold: Mapping[tuple[int, int], BundleOf]) -> dict[tuple[int, int], int]:
    """Keeps bundles as they were sold.  Shapes: by (order id, number), in and out."""
    values = [
        (order_id, of.number, of.variant_id, of.sku, of.title, of.qty, of.unit_price_minor)
        for (order_id, _), of in sorted(sold.items())
    ]
    found = db.dicts(
        """INSERT INTO orders_orderbundle (organisation_id, order_id, number, variant_id, sku, title, qty, unit_price_minor)
           SELECT %s, u.* FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::int[],
                                      %s::bigint[]) u
           RETURNING id, order_id, number""",
        [ctx.organisation_id, *db.columns(values, 7)],
    )
    return {(row["order_id"], row["number"]): row["id"] for row in found}


def insert_empty_fulfilment_order(ctx: Ctx, order_id: int) -> int:
    """A further fulfilment order of an order, without lines."""
    return int(
        db.scalar(
            """INSERT INTO orders_fulfilmentorder (organisation_id, order_id, state, routed_why, created_at, updated_at)
               VALUES (%s, %s, 'open', '{}', %s, %s) RETURNING id""",
            [ctx.organisation_id, order_id, ctx.now, ctx.now],
        )
    )


def move_units(ctx: Ctx, *, source: int, target: int, part: tuple[int, int, int]) -> None:
    """Moves units of one order line between fulfilment orders; a line that moves whole keeps its id, since pick tasks of
    the past refer to it.  Shapes: part is (order line, variant, units)."""
    order_line, variant, qty = part
    key = [ctx.organisation_id, source, order_line, qty]
    whole = db.execute(
        """UPDATE orders_fulfilmentorderline SET fulfilment_order_id = %s
            WHERE organisation_id = %s AND fulfilment_order_id = %s AND order_line_id = %s AND qty = %s""",
        [target, *key],
    )
    if whole:
        return
    db.execute(
        """UPDATE orders_fulfilmentorderline SET qty = qty - %s
            WHERE organisation_id = %s AND fulfilment_order_id = %s AND order_line_id = %s AND qty > %s""",
        [qty, *key],
    )
    db.execute(
        """INSERT INTO orders_fulfilmentorderline (organisation_id, fulfilment_order_id, order_line_id, variant_id, qty, picked)
           VALUES (%s, %s, %s, %s, %s, 0)""",
        [ctx.organisation_id, target, order_line, variant, qty],
    )


def refresh_fulfilment(ctx: Ctx, order_ids: Sequence[int]) -> list[int]:
    """Derives each order's fulfilment state from its parts.  Returns: orders that became fulfilled just now."""
    found = db.dicts(
        """WITH parts AS (
             SELECT order_id, bool_and(state = 'closed') AS all_closed FROM orders_fulfilmentorder
              WHERE organisation_id = %s AND order_id = ANY(%s) AND state <> 'cancelled' GROUP BY order_id)
           UPDATE orders_order o SET updated_at = %s,
                  fulfilment_state = CASE WHEN p.all_closed THEN 'fulfilled' ELSE 'partially_fulfilled' END
             FROM parts p WHERE o.organisation_id = %s AND o.id = p.order_id
              AND o.fulfilment_state IN ('unfulfilled', 'partially_fulfilled')
           RETURNING o.id, o.fulfilment_state""",
        [ctx.organisation_id, list(order_ids), ctx.now, ctx.organisation_id],
    )
    return [line["id"] for line in found if line["fulfilment_state"] == "fulfilled"]
