"""What must hold in returns at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "returns.within_what_arrived",
        "Of no order line more units are asked back than arrived, with it or sent again, nor more than were sold.",
        """WITH RECURSIVE again AS (
             SELECT organisation_id, order_line_id, order_line_id AS line_id, order_id, qty FROM orders_reshippedline
              UNION
             SELECT a.organisation_id, a.order_line_id, r.order_line_id, r.order_id, r.qty FROM again a
               JOIN orders_orderline n ON n.organisation_id = a.organisation_id AND n.order_id = a.order_id
               JOIN orders_reshippedline r ON r.organisation_id = n.organisation_id AND r.order_line_id = n.id),
           came AS (
             SELECT i.organisation_id, p.order_id, i.order_line_id, i.variant_id, sum(i.qty) AS qty FROM shipping_parcelline i
               JOIN shipping_parcel p ON p.organisation_id = i.organisation_id AND p.id = i.parcel_id
                AND p.direction = 'out' AND p.delivered_at IS NOT NULL
              GROUP BY 1, 2, 3, 4
              UNION ALL
             SELECT i.organisation_id, f.order_id, i.order_line_id, i.variant_id, sum(i.qty) FROM orders_fulfilmentorderline i
               JOIN orders_fulfilmentorder f ON f.organisation_id = i.organisation_id AND f.id = i.fulfilment_order_id
                AND f.state = 'closed' AND f.routed_why->>'why' = 'sold_in_shop'
              GROUP BY 1, 2, 3, 4)
           SELECT l.organisation_id, l.order_line_id, sum(l.qty) AS asked, min(n.qty) AS sold, min(d.qty) AS arrived
             FROM returns_line l
             JOIN orders_orderline n ON n.organisation_id = l.organisation_id AND n.id = l.order_line_id
             JOIN orders_order o ON o.organisation_id = n.organisation_id AND o.id = n.order_id
             LEFT JOIN (SELECT organisation_id, order_line_id, sum(qty) AS qty FROM (
                          SELECT organisation_id, order_line_id, qty FROM came
                           UNION ALL
                          SELECT a.organisation_id, a.order_line_id, least(a.qty, c.qty) FROM again a
                            JOIN orders_orderline n ON n.organisation_id = a.organisation_id AND n.id = a.order_line_id
                            JOIN came c ON c.organisation_id = a.organisation_id AND c.order_id = a.order_id
                             AND c.variant_id = n.variant_id) e
                         GROUP BY 1, 2) d ON d.organisation_id = l.organisation_id AND d.order_line_id = l.order_line_id
            WHERE l.decision NOT IN ('declined', 'cancelled', 'expired')
            GROUP BY l.organisation_id, l.order_line_id, o.historical
           HAVING sum(l.qty) > CASE WHEN o.historical THEN min(n.qty) ELSE least(min(n.qty), COALESCE(min(d.qty), 0)) END""",
    ),
    Invariant(
        "returns.lines_of_their_order",
        "A return holds lines of its own order, of the variant that was sold, and holds something.",
        """SELECT r.organisation_id, r.id, r.order_id, n.order_id AS line_of_order, l.variant_id, n.variant_id AS sold
             FROM returns_return r
             LEFT JOIN returns_line l ON l.organisation_id = r.organisation_id AND l.return_id = r.id
             LEFT JOIN orders_orderline n ON n.organisation_id = l.organisation_id AND n.id = l.order_line_id
            WHERE n.order_id IS DISTINCT FROM r.order_id OR l.variant_id IS DISTINCT FROM n.variant_id""",
    ),
    Invariant(
        "returns.one_decision_of_the_policy",
        "Every line was decided by the policy exactly once, and it is kept why.",
        """SELECT l.organisation_id, l.return_id, l.id AS line_id, count(d.id) AS decisions FROM returns_line l
             JOIN returns_return r ON r.organisation_id = l.organisation_id AND r.id = l.return_id AND NOT r.historical
             LEFT JOIN returns_linedecision d ON d.organisation_id = l.organisation_id AND d.line_id = l.id
              AND d.policy_version IS NOT NULL AND d.trace <> '{}'
            GROUP BY 1, 2, 3 HAVING count(d.id) <> 1""",
    ),
    Invariant(
        "returns.decision_follows_lines",
        "A return is approved exactly while a line of it is; what is declined or over has no line that stands.",
        """SELECT r.organisation_id, r.id, r.decision, array_agg(DISTINCT l.decision) AS lines FROM returns_return r
             JOIN returns_line l ON l.organisation_id = r.organisation_id AND l.return_id = r.id
            GROUP BY r.organisation_id, r.id, r.decision
           HAVING (r.decision = 'approved' AND (NOT bool_or(l.decision = 'approved')
                   OR bool_or(l.decision NOT IN ('approved', 'declined'))))
               OR (r.decision IN ('declined', 'cancelled', 'expired') AND bool_or(l.decision IN ('approved', 'needs_review')))
               OR (r.decision = 'needs_review' AND NOT bool_or(l.decision = 'needs_review'))""",
    ),
    Invariant(
        "returns.counted_once",
        "What a line counts as received, inspected and missing is what people noted.",
        """SELECT l.organisation_id, l.return_id, l.id AS line_id, l.received, COALESCE(c.qty, 0) AS noted, l.inspected,
                  COALESCE(i.qty, 0) AS judged, l.missing, COALESCE(i.missing, 0) AS gone
             FROM returns_line l
             JOIN returns_return r ON r.organisation_id = l.organisation_id AND r.id = l.return_id AND NOT r.historical
             LEFT JOIN (SELECT organisation_id, line_id, sum(qty) AS qty FROM returns_receipt WHERE came = 'expected'
                         GROUP BY 1, 2) c ON c.organisation_id = l.organisation_id AND c.line_id = l.id
             LEFT JOIN (SELECT organisation_id, line_id, sum(qty) AS qty,
                               sum(qty) FILTER (WHERE disposition = 'missing') AS missing
                          FROM returns_inspection GROUP BY 1, 2) i
               ON i.organisation_id = l.organisation_id AND i.line_id = l.id
            WHERE l.received <> COALESCE(c.qty, 0) OR l.inspected <> COALESCE(i.qty, 0) OR l.missing <> COALESCE(i.missing, 0)""",
    ),
    Invariant(
        "returns.stock_equals_inspections",
        "Every judgement moved exactly the stock that it says, where the goods were received.",
        """SELECT i.organisation_id, i.id AS inspection_id, i.disposition, i.qty, m.on_hand, m.damaged, m.quality_control
             FROM returns_inspection i
             JOIN returns_line l ON l.organisation_id = i.organisation_id AND l.id = i.line_id
             LEFT JOIN (SELECT organisation_id, reference, min(variant_id) AS variant_id, min(location_id) AS location_id,
                               sum(on_hand) AS on_hand, sum(damaged) AS damaged, sum(quality_control) AS quality_control
                          FROM stock_movement
                         WHERE kind = 'return' AND starts_with(reference, 'return_inspection:') GROUP BY 1, 2) m
               ON m.organisation_id = i.organisation_id AND m.reference = 'return_inspection:' || i.id
            WHERE COALESCE(m.on_hand, 0) <> CASE WHEN i.disposition IN ('donate', 'recycle', 'missing') THEN 0 ELSE i.qty END
               OR COALESCE(m.damaged, 0) <> CASE WHEN i.disposition IN ('liquidate', 'supplier_return') THEN i.qty ELSE 0 END
               OR COALESCE(m.quality_control, 0)
                  <> CASE WHEN i.disposition IN ('refurbish', 'processing_required') THEN i.qty ELSE 0 END
               OR (m.reference IS NOT NULL AND (m.variant_id <> l.variant_id OR m.location_id <> i.location_id))""",
    ),
    Invariant(
        "returns.goods_follow_counts",
        "Goods are received when something came, and inspected when all that came was judged.",
        """SELECT r.organisation_id, r.id, r.goods, sum(l.received) AS received, sum(l.inspected) AS inspected
             FROM returns_return r
             JOIN returns_line l ON l.organisation_id = r.organisation_id AND l.return_id = r.id
            WHERE NOT r.historical AND NOT r.keep_item GROUP BY r.organisation_id, r.id, r.goods
           HAVING (r.goods IN ('none', 'label_issued', 'in_transit')) <> (sum(l.received) = 0)
               OR (r.goods IN ('inspected', 'processed', 'closed') AND sum(l.inspected) <> sum(l.received))""",
    ),
    Invariant(
        "returns.in_their_own_parcel",
        "The parcel of a return comes back, and is of the same order.",
        """SELECT r.organisation_id, r.id, r.order_id, p.order_id AS parcel_of_order, p.direction FROM returns_return r
             JOIN shipping_parcel p ON p.organisation_id = r.organisation_id AND p.id = r.parcel_id
            WHERE p.order_id <> r.order_id OR p.direction <> 'back'""",
    ),
]
