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
    Invariant(
        "orders.searchable",
        "A search finds every order: each is in the index, with the pairs of characters of what is said of it.",
        """SELECT o.organisation_id, o.id, o.name FROM orders_order o LEFT JOIN orders_ordersearch s
               ON s.organisation_id = o.organisation_id AND s.order_id = o.id WHERE s.id IS NULL""",
    ),
    Invariant(
        "orders.line_totals",
        "A line's total is its price times its units less its discount.",
        """SELECT organisation_id, id, qty, unit_price_minor, discount_minor, total_minor FROM orders_orderline
            WHERE total_minor <> unit_price_minor * qty - discount_minor""",
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
        "orders.one_organisation",
        "Nothing refers to a row of another organisation.",
        """SELECT o.organisation_id, o.id, c.organisation_id AS customer_of FROM orders_order o
             JOIN customers_customer c ON c.id = o.customer_id WHERE c.organisation_id <> o.organisation_id
            UNION ALL
           SELECT l.organisation_id, l.id, o.organisation_id FROM orders_orderline l
             JOIN orders_order o ON o.id = l.order_id WHERE l.organisation_id <> o.organisation_id
            UNION ALL
           SELECT l.organisation_id, l.id, v.organisation_id FROM orders_orderline l
             JOIN catalog_variant v ON v.id = l.variant_id WHERE v.organisation_id <> l.organisation_id""",
    ),
]
