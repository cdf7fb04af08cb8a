"""What must hold of deliveries and transfers."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "stock.deliveries_equal_ledger",
        "What was received of a delivery is the sum of its movements.",
        """SELECT COALESCE(l.organisation_id, m.organisation_id) AS organisation_id,
                  COALESCE(l.delivery_id, m.delivery_id) AS delivery_id, COALESCE(l.variant_id, m.variant_id) AS variant_id,
                  l.received, m.on_hand
             FROM stock_expectedline l FULL JOIN (
                  SELECT organisation_id, split_part(reference, ':', 2)::bigint AS delivery_id, variant_id,
                         sum(on_hand) AS on_hand FROM stock_movement
                   WHERE kind = 'receipt' AND reference ~ '^delivery:[0-9]+$' GROUP BY 1, 2, 3) m
               USING (organisation_id, delivery_id, variant_id)
            WHERE COALESCE(l.received, 0) <> COALESCE(m.on_hand, 0)""",
    ),
    Invariant(
        "stock.deliveries_equal_receipts",
        "What was received of a delivery is the sum of its receipts.",
        """SELECT l.organisation_id, l.delivery_id, l.variant_id, l.received, r.qty
             FROM stock_expectedline l LEFT JOIN (
                  SELECT organisation_id, delivery_id, variant_id, sum(qty) AS qty FROM stock_receipt
                   WHERE problem = '' AND delivery_id IS NOT NULL GROUP BY 1, 2, 3) r
               USING (organisation_id, delivery_id, variant_id)
            WHERE l.received <> COALESCE(r.qty, 0)""",
    ),
    Invariant(
        "stock.delivery_state_follows_lines",
        "A delivery is received when all that was expected came, and open or closed short while units are missing.",
        """SELECT d.organisation_id, d.id, d.state, n.missing, n.received
             FROM stock_expecteddelivery d CROSS JOIN LATERAL (
                  SELECT COALESCE(sum(GREATEST(expected - received, 0)), 0) AS missing, COALESCE(sum(received), 0) AS received
                    FROM stock_expectedline l WHERE l.organisation_id = d.organisation_id AND l.delivery_id = d.id) n
            WHERE (d.state = 'received' AND n.missing > 0)
               OR (d.state IN ('partially_received', 'closed_short') AND n.missing = 0)
               OR (d.state IN ('expected', 'cancelled') AND n.received > 0)""",
    ),
    Invariant(
        "stock.transfers_equal_ledger",
        "Units shipped with a transfer are received, lost or still on their way, and its movements say the same.",
        """SELECT COALESCE(l.organisation_id, m.organisation_id) AS organisation_id,
                  COALESCE(l.transfer_id, m.transfer_id) AS transfer_id, COALESCE(l.variant_id, m.variant_id) AS variant_id,
                  l.shipped, m.sent, l.received, l.lost, m.arrived, m.written_off
             FROM stock_transferline l FULL JOIN (
                  SELECT m.organisation_id, split_part(reference, ':', 2)::bigint AS transfer_id, variant_id,
                         -COALESCE(sum(on_hand) FILTER (WHERE kind = 'transfer' AND location_id = t.origin_id), 0) AS sent,
                         COALESCE(sum(on_hand) FILTER (WHERE kind = 'transfer' AND location_id = t.destination_id), 0) AS arrived,
                         -COALESCE(sum(on_hand) FILTER (WHERE kind = 'write_off'), 0) AS written_off
                    FROM stock_movement m LEFT JOIN stock_transfer t ON t.organisation_id = m.organisation_id
                     AND t.id = split_part(reference, ':', 2)::bigint
                   WHERE reference ~ '^transfer:[0-9]+$' GROUP BY 1, 2, 3) m
               USING (organisation_id, transfer_id, variant_id)
            WHERE COALESCE(l.shipped, 0) <> COALESCE(m.sent, 0)
               OR COALESCE(l.received + l.lost, 0) <> COALESCE(m.arrived, 0)
               OR COALESCE(l.lost, 0) <> COALESCE(m.written_off, 0)""",
    ),
    Invariant(
        "stock.transfer_state_follows_lines",
        "A transfer is received when nothing of it is on its way any more, and only a draft has not left.",
        """SELECT t.organisation_id, t.id, t.state, n.shipped, n.on_way FROM stock_transfer t CROSS JOIN LATERAL (
                  SELECT COALESCE(sum(shipped), 0) AS shipped, COALESCE(sum(shipped - received - lost), 0) AS on_way
                    FROM stock_transferline l WHERE l.organisation_id = t.organisation_id AND l.transfer_id = t.id) n
            WHERE (t.state IN ('draft', 'cancelled') AND n.shipped > 0)
               OR (t.state IN ('in_transit', 'partially_received') AND n.on_way = 0)
               OR (t.state = 'received' AND n.on_way > 0)""",
    ),
]
