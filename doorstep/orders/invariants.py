"""What must hold in orders at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "orders.totals_add_up",
        "An order's subtotal is the sum of its lines, and its total what the customer was told.",
        """SELECT o.organisation_id, o.id, o.subtotal_minor, l.lines, o.total_minor FROM orders_order o LEFT JOIN (
                  SELECT organisation_id, order_id, sum(total_minor) AS lines FROM orders_orderline GROUP BY 1, 2) l
               ON l.organisation_id = o.organisation_id AND l.order_id = o.id
            WHERE o.subtotal_minor <> COALESCE(l.lines, 0) OR o.total_minor <> o.subtotal_minor - o.discount_minor
                  + o.shipping_minor + CASE WHEN o.taxes_included THEN 0 ELSE o.tax_minor END""",
    ),
    # Pairs with control characters are left out: nobody types them, and Python and PostgreSQL part words at different ones.
    Invariant(
        "orders.searchable",
        "A search finds every order: each is in the index, with its moment and the pairs of characters of what is said of it.",
        """SELECT o.organisation_id, o.id, o.name FROM orders_order o LEFT JOIN orders_ordersearch s
               ON s.organisation_id = o.organisation_id AND s.order_id = o.id
            WHERE s.id IS NULL OR s.placed_at IS DISTINCT FROM o.placed_at
               OR NOT s.grams @> ARRAY(SELECT pair FROM unnest(base_grams(o.search)) pair
                  WHERE pair !~ '[\\u0001-\\u001f\\u007f\\u0085\\u1680\\u2028\\u2029]')""",
    ),
    Invariant(
        "orders.line_totals",
        "A line's total is its price times its units less its discount.",
        """SELECT organisation_id, id, qty, unit_price_minor, discount_minor, total_minor FROM orders_orderline
            WHERE total_minor <> unit_price_minor * qty - discount_minor""",
    ),
    Invariant(
        "orders.bundles_are_whole",
        "The lines of a bundle have the units of as many bundles as were sold, in one order, and each bundle has lines.",
        """SELECT b.organisation_id, b.order_id, b.id AS bundle_id, b.qty, l.id AS order_line_id, l.qty AS units, l.bundle_each
             FROM orders_orderbundle b
             LEFT JOIN orders_orderline l ON l.organisation_id = b.organisation_id AND l.bundle_id = b.id
            WHERE l.id IS NULL OR l.order_id <> b.order_id OR l.bundle_each < 1 OR l.qty <> l.bundle_each * b.qty""",
    ),
    Invariant(
        "orders.fulfilment_covers_lines",
        "Every unit of a line belongs to exactly one fulfilment order.",
        """SELECT l.organisation_id, l.order_id, l.id AS order_line_id, l.qty, COALESCE(f.qty, 0) AS in_fulfilment_orders
             FROM orders_orderline l LEFT JOIN (
                  SELECT organisation_id, order_line_id, sum(qty) AS qty FROM orders_fulfilmentorderline GROUP BY 1, 2) f
               ON f.organisation_id = l.organisation_id AND f.order_line_id = l.id
            WHERE l.qty <> COALESCE(f.qty, 0)""",
    ),
    Invariant(
        "orders.on_hold_has_a_reason",
        "A fulfilment order is on hold exactly while a hold is in force.",
        """SELECT f.organisation_id, f.order_id, f.id, f.state, h.holds FROM orders_fulfilmentorder f LEFT JOIN (
                  SELECT organisation_id, fulfilment_order_id, count(*) AS holds FROM orders_hold
                   WHERE released_at IS NULL GROUP BY 1, 2) h
               ON h.organisation_id = f.organisation_id AND h.fulfilment_order_id = f.id
            WHERE (f.state = 'on_hold') <> (COALESCE(h.holds, 0) > 0)""",
    ),
    Invariant(
        "orders.hold_flag",
        "An order shows as held exactly while one of its parts is.",
        """SELECT o.organisation_id, o.id, o.on_hold FROM orders_order o
            WHERE o.on_hold <> EXISTS (SELECT 1 FROM orders_fulfilmentorder f
                  WHERE f.organisation_id = o.organisation_id AND f.order_id = o.id AND f.state = 'on_hold')""",
    ),
    Invariant(
        "orders.cancellations_within_lines",
        "No line has more units cancelled than it had.",
        """SELECT l.organisation_id, l.id, l.qty, c.cancelled FROM orders_orderline l JOIN (
                  SELECT organisation_id, order_line_id, sum(qty) AS cancelled FROM orders_cancelledline
                   WHERE order_line_id IS NOT NULL GROUP BY 1, 2) c
               ON c.organisation_id = l.organisation_id AND c.order_line_id = l.id
            WHERE c.cancelled > l.qty""",
    ),
    Invariant(
        "orders.sent_again_once",
        "No more units of a line are sent again than it has.",
        """SELECT r.organisation_id, l.order_id, r.order_line_id, l.qty, sum(r.qty) AS again
             FROM orders_reshippedline r
             JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.order_line_id
             JOIN orders_order o ON o.organisation_id = r.organisation_id AND o.id = r.order_id
            WHERE o.state <> 'cancelled' GROUP BY 1, 2, 3, 4 HAVING sum(r.qty) > l.qty""",
    ),
    Invariant(
        "orders.parts_of_their_order",
        "What a fulfilment order holds are lines of its own order, and each part holds something.",
        """SELECT f.organisation_id, f.order_id, f.id AS fulfilment_order_id, l.order_id AS line_of_order, l.variant_id,
                  fl.variant_id AS part_of_variant
             FROM orders_fulfilmentorder f
             LEFT JOIN orders_fulfilmentorderline fl
               ON fl.organisation_id = f.organisation_id AND fl.fulfilment_order_id = f.id
             LEFT JOIN orders_orderline l ON l.organisation_id = fl.organisation_id AND l.id = fl.order_line_id
            WHERE l.order_id IS DISTINCT FROM f.order_id OR l.variant_id <> fl.variant_id""",
    ),
    Invariant(
        "orders.units_are_those_of_the_lines",
        "An order counts as many units as its lines.",
        """SELECT o.organisation_id, o.id, o.units, COALESCE(l.units, 0) AS in_lines FROM orders_order o LEFT JOIN (
                  SELECT organisation_id, order_id, sum(qty) AS units FROM orders_orderline GROUP BY 1, 2) l
               ON l.organisation_id = o.organisation_id AND l.order_id = o.id
            WHERE o.units <> COALESCE(l.units, 0)""",
    ),
    Invariant(
        "orders.picked_within_parts",
        "No more units are picked than a part has.",
        """SELECT organisation_id, fulfilment_order_id, id, qty, picked FROM orders_fulfilmentorderline
            WHERE picked < 0 OR picked > qty""",
    ),
    Invariant(
        "orders.state_follows_parts",
        "How far an order is, is how far its parts are.",
        """SELECT o.organisation_id, o.id, o.state, o.fulfilment_state, p.closed, p.cancelled, p.parts
             FROM orders_order o JOIN (
                  SELECT organisation_id, order_id, count(*) AS parts, count(*) FILTER (WHERE state = 'closed') AS closed,
                         count(*) FILTER (WHERE state = 'cancelled') AS cancelled
                    FROM orders_fulfilmentorder GROUP BY 1, 2) p
               ON p.organisation_id = o.organisation_id AND p.order_id = o.id
            WHERE (o.state = 'cancelled') <> (p.cancelled = p.parts)
               OR (o.state = 'closed') <> (o.fulfilment_state = 'delivered')
               OR (o.fulfilment_state = 'unfulfilled' AND p.closed > 0)
               OR (o.fulfilment_state IN ('fulfilled', 'delivered')) <> (p.closed > 0 AND p.closed = p.parts - p.cancelled)""",
    ),
]
