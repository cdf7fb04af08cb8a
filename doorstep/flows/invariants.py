"""What must hold between domains at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "flows.live_orders_have_stock_or_a_hold",
        "Every unit of an open order is promised, or its fulfilment order says why not.",
        """SELECT o.organisation_id, o.id AS order_id, l.id AS order_line_id, l.qty, COALESCE(r.qty, 0) AS promised
             FROM orders_order o
             JOIN orders_orderline l ON l.organisation_id = o.organisation_id AND l.order_id = o.id
             LEFT JOIN (SELECT organisation_id, reference_id, sum(qty) AS qty FROM stock_reservation
                         WHERE reference_kind = 'order_line' AND state IN ('open', 'fulfilled') GROUP BY 1, 2) r
               ON r.organisation_id = l.organisation_id AND r.reference_id = l.id
            WHERE NOT o.historical AND o.state <> 'cancelled' AND COALESCE(r.qty, 0) <> l.qty
              AND NOT EXISTS (
                  SELECT 1 FROM orders_fulfilmentorderline fl
                    JOIN orders_hold h ON h.organisation_id = fl.organisation_id
                     AND h.fulfilment_order_id = fl.fulfilment_order_id AND h.released_at IS NULL
                     AND h.reason = 'inventory_out_of_stock'
                   WHERE fl.organisation_id = l.organisation_id AND fl.order_line_id = l.id)""",
    ),
    Invariant(
        "flows.cancelled_orders_hold_no_stock",
        "A cancelled order has no unit promised.",
        """SELECT o.organisation_id, o.id AS order_id, r.id AS reservation_id FROM stock_reservation r
             JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.reference_id
             JOIN orders_order o ON o.organisation_id = l.organisation_id AND o.id = l.order_id
            WHERE r.state = 'open' AND r.reference_kind = 'order_line' AND o.state = 'cancelled'""",
    ),
    Invariant(
        "flows.pins_match_assignments",
        "Promised units are pinned where their fulfilment order is fulfilled.",
        """SELECT a.organisation_id, a.order_line_id, a.location_id, a.qty, COALESCE(r.qty, 0) AS pinned
             FROM (SELECT f.organisation_id, fl.order_line_id, f.location_id, sum(fl.qty) AS qty
                     FROM orders_fulfilmentorder f
                     JOIN orders_fulfilmentorderline fl
                       ON fl.organisation_id = f.organisation_id AND fl.fulfilment_order_id = f.id
                     JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
                    WHERE f.state IN ('open', 'in_progress', 'on_hold') AND f.location_id IS NOT NULL AND NOT o.historical
                    GROUP BY 1, 2, 3) a
             LEFT JOIN (SELECT organisation_id, reference_id, location_id, sum(qty) AS qty FROM stock_reservation
                         WHERE state = 'open' AND reference_kind = 'order_line' GROUP BY 1, 2, 3) r
               ON r.organisation_id = a.organisation_id AND r.reference_id = a.order_line_id
              AND r.location_id = a.location_id
            WHERE COALESCE(r.qty, 0) <> a.qty""",
    ),
]
