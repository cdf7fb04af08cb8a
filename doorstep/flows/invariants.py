"""What must hold between domains at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "flows.live_orders_have_stock_or_a_hold",
        "Every unit of an open order is promised, or its fulfilment order says why not: it is held, or was cancelled alone.",
        """SELECT o.organisation_id, o.id AS order_id, l.id AS order_line_id, l.qty, COALESCE(r.qty, 0) AS promised
             FROM orders_order o
             JOIN orders_orderline l ON l.organisation_id = o.organisation_id AND l.order_id = o.id
             LEFT JOIN (SELECT organisation_id, reference_id, sum(qty) AS qty FROM stock_reservation
                         WHERE reference_kind = 'order_line' AND state IN ('open', 'fulfilled') GROUP BY 1, 2) r
               ON r.organisation_id = l.organisation_id AND r.reference_id = l.id
             LEFT JOIN (SELECT fl.organisation_id, fl.order_line_id, sum(fl.qty) AS qty FROM orders_fulfilmentorder f
                          JOIN orders_fulfilmentorderline fl
                            ON fl.organisation_id = f.organisation_id AND fl.fulfilment_order_id = f.id
                         WHERE f.state = 'cancelled' GROUP BY 1, 2) c
               ON c.organisation_id = l.organisation_id AND c.order_line_id = l.id
            WHERE NOT o.historical AND o.state <> 'cancelled' AND COALESCE(r.qty, 0) + COALESCE(c.qty, 0) <> l.qty
              AND NOT EXISTS (
                  SELECT 1 FROM orders_fulfilmentorderline fl
                    JOIN orders_hold h ON h.organisation_id = fl.organisation_id
                     AND h.fulfilment_order_id = fl.fulfilment_order_id AND h.released_at IS NULL
                     AND h.reason = 'inventory_out_of_stock'
                   WHERE fl.organisation_id = l.organisation_id AND fl.order_line_id = l.id)""",
    ),
    Invariant(
        "flows.who_waits_is_held",
        "Units wait for stock exactly while the part of the order that wants them is held for it, and no more than it wants.",
        """SELECT COALESCE(b.organisation_id, h.organisation_id) AS organisation_id, f.order_id, f.state, b.id AS backorder_id,
                  b.qty, l.qty AS wanted, COALESCE(b.group_id, h.fulfilment_order_id) AS fulfilment_order_id
             FROM (SELECT * FROM stock_backorder WHERE state = 'open') b
             FULL JOIN (SELECT * FROM orders_hold WHERE reason = 'inventory_out_of_stock' AND released_at IS NULL) h
               ON h.organisation_id = b.organisation_id AND h.fulfilment_order_id = b.group_id
             LEFT JOIN orders_fulfilmentorder f ON f.organisation_id = COALESCE(b.organisation_id, h.organisation_id)
              AND f.id = COALESCE(b.group_id, h.fulfilment_order_id)
             LEFT JOIN orders_fulfilmentorderline l ON l.organisation_id = b.organisation_id
              AND l.fulfilment_order_id = b.group_id AND l.order_line_id = b.reference_id AND l.variant_id = b.variant_id
            WHERE b.id IS NULL OR h.id IS NULL OR f.state IS DISTINCT FROM 'on_hold' OR b.qty > COALESCE(l.qty, 0)""",
    ),
    Invariant(
        "flows.turn_follows_priority",
        "Who waits has the priority of the order.",
        """SELECT b.organisation_id, l.order_id, b.id AS backorder_id, b.priority, o.priority AS of_order
             FROM stock_backorder b
             JOIN orders_orderline l ON l.organisation_id = b.organisation_id AND l.id = b.reference_id
             JOIN orders_order o ON o.organisation_id = l.organisation_id AND o.id = l.order_id
            WHERE b.state = 'open' AND b.priority <> o.priority""",
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
             FROM (SELECT f.organisation_id, fl.order_line_id, f.location_id, sum(fl.qty - COALESCE(gone.qty, 0)) AS qty
                     FROM orders_fulfilmentorder f
                     JOIN orders_fulfilmentorderline fl
                       ON fl.organisation_id = f.organisation_id AND fl.fulfilment_order_id = f.id
                     JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
                     LEFT JOIN (SELECT p.organisation_id, p.fulfilment_order_id, i.order_line_id, sum(i.qty) AS qty
                                  FROM shipping_parcel p JOIN shipping_parcelline i
                                    ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                                 WHERE p.state = 'handed_over' GROUP BY 1, 2, 3) gone
                       ON gone.organisation_id = fl.organisation_id AND gone.fulfilment_order_id = f.id
                      AND gone.order_line_id = fl.order_line_id
                    WHERE f.state IN ('open', 'in_progress', 'on_hold') AND f.location_id IS NOT NULL AND NOT o.historical
                    GROUP BY 1, 2, 3) a
             LEFT JOIN (SELECT organisation_id, reference_id, location_id, sum(qty) AS qty FROM stock_reservation
                         WHERE state = 'open' AND reference_kind = 'order_line' GROUP BY 1, 2, 3) r
               ON r.organisation_id = a.organisation_id AND r.reference_id = a.order_line_id
              AND r.location_id = a.location_id
            WHERE COALESCE(r.qty, 0) <> a.qty""",
    ),
    Invariant(
        "flows.pins_have_a_part",
        "Units are pinned only where a part of their order is to be fulfilled.",
        """SELECT r.organisation_id, r.id AS reservation_id, r.reference_id AS order_line_id, r.location_id, r.qty
             FROM stock_reservation r
            WHERE r.state = 'open' AND r.reference_kind = 'order_line' AND r.location_id IS NOT NULL AND NOT EXISTS (
                  SELECT 1 FROM orders_fulfilmentorderline fl
                    JOIN orders_fulfilmentorder f ON f.organisation_id = fl.organisation_id AND f.id = fl.fulfilment_order_id
                   WHERE fl.organisation_id = r.organisation_id AND fl.order_line_id = r.reference_id
                     AND f.location_id = r.location_id AND f.state NOT IN ('closed', 'cancelled'))""",
    ),
    Invariant(
        "flows.promises_are_for_their_line",
        "Units are promised to a line that is here, of the variant that it asks for.",
        """SELECT r.organisation_id, r.id AS reservation_id, r.reference_id AS order_line_id, r.variant_id, l.variant_id AS asked
             FROM stock_reservation r
             LEFT JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.reference_id
            WHERE r.reference_kind = 'order_line' AND r.state <> 'released' AND l.variant_id IS DISTINCT FROM r.variant_id""",
    ),
    Invariant(
        "flows.what_left_left_the_stock",
        "The units of closed parts and of parcels that left, and only they, were taken out of stock where those were fulfilled.",
        """SELECT organisation_id, order_line_id, location_id, p.qty AS in_closed_parts, r.qty AS out_of_stock FROM (
                  SELECT organisation_id, order_line_id, location_id, sum(qty) AS qty FROM (
                    SELECT f.organisation_id, fl.order_line_id, f.location_id, fl.qty FROM orders_fulfilmentorder f
                      JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id AND NOT o.historical
                      JOIN orders_fulfilmentorderline fl
                        ON fl.organisation_id = f.organisation_id AND fl.fulfilment_order_id = f.id
                     WHERE f.state = 'closed'
                     UNION ALL
                    SELECT p.organisation_id, i.order_line_id, p.location_id, i.qty FROM shipping_parcel p
                      JOIN orders_fulfilmentorder f ON f.organisation_id = p.organisation_id AND f.id = p.fulfilment_order_id
                       AND f.state <> 'closed'
                      JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                     WHERE p.state = 'handed_over') left_us GROUP BY 1, 2, 3) p
             FULL JOIN (SELECT organisation_id, reference_id AS order_line_id, location_id, sum(qty) AS qty
                          FROM stock_reservation WHERE state = 'fulfilled' AND reference_kind = 'order_line'
                         GROUP BY 1, 2, 3) r USING (organisation_id, order_line_id, location_id)
            WHERE p.qty IS DISTINCT FROM r.qty""",
    ),
    Invariant(
        "flows.what_left_was_picked",
        "A parcel that left holds only units that were picked.",
        """SELECT p.organisation_id, min(p.id) AS parcel_id, fl.id AS fulfilment_line_id, sum(i.qty) AS gone,
                  min(fl.picked) AS picked
             FROM shipping_parcel p
             JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
             JOIN orders_fulfilmentorderline fl ON fl.organisation_id = p.organisation_id
              AND fl.fulfilment_order_id = p.fulfilment_order_id AND fl.order_line_id = i.order_line_id
            WHERE p.state = 'handed_over' GROUP BY 1, 3 HAVING sum(i.qty) > min(fl.picked)""",
    ),
    Invariant(
        "flows.routed_with_a_reason",
        "Of every order that has its place it is known why.",
        """SELECT f.organisation_id, f.order_id, f.id AS fulfilment_order_id, f.location_id FROM orders_fulfilmentorder f
             JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id AND NOT o.historical
            WHERE f.location_id IS NOT NULL AND f.routed_why->>'why' IS DISTINCT FROM 'sold_in_shop'
              AND (f.routed_why = '{}' OR NOT EXISTS (SELECT 1 FROM routing_decision d
                  WHERE d.organisation_id = f.organisation_id AND d.order_id = f.order_id))""",
    ),
    Invariant(
        "flows.every_order_was_told",
        "Every order was told of once, so that whatever follows from it follows.",
        """SELECT o.organisation_id, o.id AS order_id, COALESCE(e.told, 0) AS told FROM orders_order o LEFT JOIN (
                  SELECT organisation_id, timeline, count(*) AS told FROM base_event WHERE type = 'order.placed' GROUP BY 1, 2) e
               ON e.organisation_id = o.organisation_id AND e.timeline = 'order:' || o.id
            WHERE NOT o.historical AND COALESCE(e.told, 0) <> 1""",
    ),
    Invariant(
        "flows.returns_within_their_worth",
        "The money of a return is for units whose outcome was carried out, and for no more than what they were sold for.",
        """SELECT r.organisation_id, r.id AS return_id, g.line_id, g.qty, l.settled, g.minor FROM (
                  SELECT organisation_id, subject, (s->>'line_id')::bigint AS line_id, sum((s->>'qty')::int) AS qty,
                         sum((s->>'amount_minor')::bigint) AS minor
                    FROM (SELECT organisation_id, subject, shares FROM payments_call
                           WHERE kind = 'refund' AND state <> 'failed' AND starts_with(subject, 'return:')
                           UNION ALL
                          SELECT organisation_id, subject, shares FROM payments_credit WHERE starts_with(subject, 'return:')) c
                   CROSS JOIN LATERAL jsonb_array_elements(COALESCE(c.shares->'lines', '[]')) s GROUP BY 1, 2, 3) g
             LEFT JOIN returns_return r ON r.organisation_id = g.organisation_id AND 'return:' || r.id = g.subject
             LEFT JOIN returns_line l ON l.organisation_id = r.organisation_id AND l.return_id = r.id
              AND l.order_line_id = g.line_id
             LEFT JOIN orders_orderline n ON n.organisation_id = g.organisation_id AND n.id = g.line_id
             LEFT JOIN orders_order o ON o.organisation_id = n.organisation_id AND o.id = n.order_id
            WHERE l.id IS NULL OR l.decision <> 'approved' OR g.qty > l.settled OR g.minor > o.total_minor""",
    ),
    Invariant(
        "flows.returns_get_their_worth",
        "Units that count as refunded or credited have a refund or a credit, unless the order had no money left for them.",
        """WITH given AS (
                  SELECT c.organisation_id, c.subject, (s->>'line_id')::bigint AS order_line_id, sum((s->>'qty')::int) AS qty
                    FROM (SELECT organisation_id, subject, shares FROM payments_call WHERE kind = 'refund'
                           UNION ALL SELECT organisation_id, subject, shares FROM payments_credit) c
                   CROSS JOIN LATERAL jsonb_array_elements(COALESCE(c.shares->'lines', '[]')) s GROUP BY 1, 2, 3),
                swapped AS (
                  SELECT organisation_id, order_line_id, sum(settled) AS qty FROM returns_line
                   WHERE outcome = 'exchange_variant' GROUP BY 1, 2)
           SELECT l.organisation_id, l.return_id, l.id AS line_id, l.outcome, l.settled, COALESCE(g.qty, 0) AS paid
             FROM returns_line l
             JOIN returns_return r ON r.organisation_id = l.organisation_id AND r.id = l.return_id AND NOT r.historical
             JOIN orders_orderline n ON n.organisation_id = l.organisation_id AND n.id = l.order_line_id
             JOIN orders_order o ON o.organisation_id = n.organisation_id AND o.id = n.order_id
             LEFT JOIN given g ON g.organisation_id = l.organisation_id AND g.subject = 'return:' || r.id
              AND g.order_line_id = n.id
             LEFT JOIN swapped x ON x.organisation_id = n.organisation_id AND x.order_line_id = n.id
            WHERE l.outcome IN ('refund_original', 'store_credit') AND l.settled > COALESCE(g.qty, 0)
              AND n.total_minor * (o.subtotal_minor - o.discount_minor) >= (n.qty + 1) * o.subtotal_minor
              AND COALESCE(x.qty, 0) + (SELECT COALESCE(sum(a.qty), 0) FROM given a
                    WHERE a.organisation_id = n.organisation_id AND a.order_line_id = n.id) < n.qty
              AND NOT EXISTS (SELECT 1 FROM tasks_task t
                    WHERE t.organisation_id = r.organisation_id AND t.key = 'return_money:' || r.id)""",
    ),
    Invariant(
        "flows.exchanges_are_placed",
        "An order that came in exchange is of the same customer, and brings what was asked for; else it was cancelled and its "
        "units are refunded.",
        """SELECT l.organisation_id, l.id AS line_id, l.exchange_order_id, o.customer_id, n.variant_id FROM returns_line l
             JOIN returns_return r ON r.organisation_id = l.organisation_id AND r.id = l.return_id
             LEFT JOIN orders_order o ON o.organisation_id = l.organisation_id AND o.id = l.exchange_order_id
             LEFT JOIN orders_orderline n ON n.organisation_id = o.organisation_id AND n.order_id = o.id
             LEFT JOIN orders_orderbundle b ON b.organisation_id = n.organisation_id AND b.id = n.bundle_id
            WHERE l.exchange_order_id IS NOT NULL AND ((l.outcome <> 'exchange_variant' AND NOT (
                  l.outcome = 'refund_original' AND o.state = 'cancelled')) OR COALESCE(b.qty, n.qty) IS DISTINCT FROM l.qty
                  OR COALESCE(b.variant_id, n.variant_id) IS DISTINCT FROM l.exchange_variant_id
                  OR o.customer_id <> r.customer_id)""",
    ),
    Invariant(
        "flows.reships_are_of_their_customer",
        "An order that brings units again belongs to the customer of the order that it brings them of.",
        """SELECT DISTINCT r.organisation_id, r.order_id, o.customer_id, l.order_id AS first_order_id, f.customer_id AS buyer
             FROM orders_reshippedline r
             JOIN orders_order o ON o.organisation_id = r.organisation_id AND o.id = r.order_id
             JOIN orders_orderline l ON l.organisation_id = r.organisation_id AND l.id = r.order_line_id
             JOIN orders_order f ON f.organisation_id = l.organisation_id AND f.id = l.order_id
            WHERE o.customer_id <> f.customer_id""",
    ),
    Invariant(
        "flows.exchanges_come_or_are_refunded",
        "Where the order of an exchange was cancelled, its units count as refunded within ten minutes, never as exchanged.",
        """SELECT l.organisation_id, l.return_id, l.id AS line_id, l.exchange_order_id, l.settled FROM returns_line l
             JOIN orders_order o ON o.organisation_id = l.organisation_id AND o.id = l.exchange_order_id
            WHERE l.outcome = 'exchange_variant' AND l.settled > 0 AND o.state = 'cancelled'
              AND o.updated_at < now() - interval '10 minutes'""",
    ),
    Invariant(
        "flows.merged_customers_have_nothing",
        "No order belongs to a customer who was merged into another.",
        """SELECT o.organisation_id, o.id AS order_id, o.customer_id FROM customers_customer c
             JOIN orders_order o ON o.organisation_id = c.organisation_id AND o.customer_id = c.id
            WHERE c.merged_into_id IS NOT NULL""",
    ),
    Invariant(
        "flows.returns_and_credits_are_of_their_customer",
        "A return, and store credit for an order, belong to the customer of the order.",
        """SELECT r.organisation_id, 'return' AS what, r.id, r.order_id, r.customer_id, o.customer_id AS buyer
             FROM returns_return r
             JOIN orders_order o ON o.organisation_id = r.organisation_id AND o.id = r.order_id
            WHERE o.customer_id <> r.customer_id
            UNION ALL
           SELECT c.organisation_id, 'credit', c.id, c.order_id, c.customer_id, o.customer_id FROM payments_credit c
             JOIN orders_order o ON o.organisation_id = c.organisation_id AND o.id = c.order_id
            WHERE o.customer_id <> c.customer_id""",
    ),
    Invariant(
        "flows.mail_has_its_message",
        "Every mail that was read and filed is one message of one conversation, and every message of a mail has its mail.",
        """SELECT a.organisation_id, a.id AS arrival_id, m.id AS message_id FROM base_arrival a
             FULL JOIN inbox_message m ON m.organisation_id = a.organisation_id AND m.arrival_id = a.id
            WHERE (a.source = 'mail' AND a.outcome = 'processed' AND NOT a.detail ? 'bounced_message' AND m.id IS NULL)
               OR (m.arrival_id IS NOT NULL AND a.id IS NULL)""",
    ),
    Invariant(
        "flows.answers_were_handed_over",
        "Every mail that a conversation shows as ours was handed to the post, under the same Message-ID.",
        """SELECT m.organisation_id, m.id, m.outgoing_id, p.message_id FROM inbox_message m
             LEFT JOIN messaging_message p ON p.organisation_id = m.organisation_id AND p.id = m.outgoing_id
            WHERE m.direction = 'out' AND m.kind = 'mail' AND p.message_id IS DISTINCT FROM m.message_id""",
    ),
    Invariant(
        "flows.conversations_are_of_their_customer",
        "The order beside a conversation is one of its customer.",
        """SELECT c.organisation_id, c.id, c.order_id, c.customer_id, o.customer_id AS buyer FROM inbox_conversation c
             JOIN orders_order o ON o.organisation_id = c.organisation_id AND o.id = c.order_id
            WHERE o.customer_id <> c.customer_id""",
    ),
    Invariant(
        "flows.refunds_of_shops_count_once",
        "A refund that a shop told of is one of its own order here, and what was given elsewhere was told once.",
        """SELECT h.organisation_id, h.id AS heard_id, h.refund_id, h.external_id FROM channels_refundheard h
             LEFT JOIN payments_call c ON c.organisation_id = h.organisation_id AND c.id = h.refund_id
             LEFT JOIN payments_payment p ON p.organisation_id = c.organisation_id AND p.id = c.payment_id
             LEFT JOIN orders_order o ON o.organisation_id = p.organisation_id AND o.id = p.order_id
            WHERE h.refund_id IS NOT NULL AND (c.kind IS DISTINCT FROM 'refund' OR o.connection_id <> h.connection_id
                  OR o.external_id <> h.external_id)
            UNION ALL
           SELECT c.organisation_id, min(h.id), c.id, c.key FROM payments_call c
             LEFT JOIN channels_refundheard h ON h.organisation_id = c.organisation_id AND h.refund_id = c.id
            WHERE c.kind = 'refund' AND starts_with(c.key, 'given:') GROUP BY 1, 3, 4 HAVING count(h.id) <> 1""",
    ),
    Invariant(
        "flows.arrivals_settled",
        "What came in was read at a known time, or waits to be read.",
        """SELECT organisation_id, id AS arrival_id, outcome, processed_at FROM base_arrival
            WHERE (outcome = 'received') <> (processed_at IS NULL)""",
    ),
    Invariant(
        "flows.arrivals_and_their_orders",
        "An order that arrived is of an arrival that is kept, and an arrival that became an order is of one that is here.",
        """SELECT o.organisation_id, o.arrival_id, o.id AS order_id FROM orders_order o
            WHERE o.arrival_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM base_arrival a
                  WHERE a.organisation_id = o.organisation_id AND a.id = o.arrival_id)
            UNION ALL
           SELECT a.organisation_id, a.id, (a.detail->>'order_id')::bigint FROM base_arrival a
            WHERE a.outcome = 'processed' AND a.detail->>'order_id' ~ '^[0-9]+$' AND NOT EXISTS (SELECT 1 FROM orders_order o
                  WHERE o.organisation_id = a.organisation_id AND o.id = (a.detail->>'order_id')::bigint)""",
    ),
]
