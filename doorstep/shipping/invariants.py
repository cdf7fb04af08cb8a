"""What must hold in shipping at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "shipping.one_live_label",
        "No parcel has two labels that are wanted, bought or unknown.",
        """SELECT organisation_id, parcel_id, count(*) AS labels FROM shipping_label
            WHERE state IN ('wanted', 'bought', 'unknown') GROUP BY 1, 2 HAVING count(*) > 1""",
    ),
    Invariant(
        "shipping.left_with_a_label",
        "A parcel with a label of ours on it, or gone, has exactly the number that was bought for it.",
        """SELECT p.organisation_id, p.id, p.state, p.tracking_number, l.tracking_number AS bought FROM shipping_parcel p
             LEFT JOIN shipping_label l ON l.organisation_id = p.organisation_id AND l.parcel_id = p.id AND l.state = 'bought'
            WHERE p.state IN ('labelled', 'handed_over') AND p.carried_by = ''
              AND p.tracking_number IS DISTINCT FROM l.tracking_number""",
    ),
    Invariant(
        "shipping.files_of_bought_labels",
        "A carrier's own label is awaited or kept only while its label is bought; with the label it is erased.",
        """SELECT f.organisation_id, f.id, f.state, l.state AS label FROM shipping_labelfile f
             JOIN shipping_label l ON l.organisation_id = f.organisation_id AND l.id = f.label_id
            WHERE f.state IN ('wanted', 'kept') AND l.state <> 'bought'""",
    ),
    Invariant(
        "shipping.closed_means_gone",
        "A fulfilment order is closed exactly when its last unit was handed over, in parcels or over the counter of a shop.",
        """SELECT f.organisation_id, f.order_id, f.id, f.state, g.qty, g.gone FROM orders_fulfilmentorder f
             JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id AND NOT o.historical
             JOIN LATERAL (
                  SELECT sum(l.qty) AS qty, (SELECT COALESCE(sum(i.qty), 0) FROM shipping_parcel p
                           JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                          WHERE p.organisation_id = f.organisation_id AND p.fulfilment_order_id = f.id
                            AND p.state = 'handed_over') AS gone
                    FROM orders_fulfilmentorderline l
                   WHERE l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id) g ON TRUE
            WHERE (f.state = 'closed') <> (g.gone > 0 AND g.gone >= g.qty)
              AND (f.state <> 'closed' OR f.routed_why->>'why' IS DISTINCT FROM 'sold_in_shop')""",
    ),
    Invariant(
        "shipping.parcels_hold_no_more",
        "The live parcels of a fulfilment order hold no more units of a line than it has, and none of them is empty.",
        """SELECT organisation_id, id, fulfilment_order_id, order_line_id, qty, packed FROM (
                  SELECT p.organisation_id, min(p.id) AS id, p.fulfilment_order_id, i.order_line_id,
                         COALESCE(min(fl.qty), 0) AS qty, sum(i.qty) AS packed
                    FROM shipping_parcel p
                    JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                    LEFT JOIN orders_fulfilmentorderline fl ON fl.organisation_id = p.organisation_id
                     AND fl.fulfilment_order_id = p.fulfilment_order_id AND fl.order_line_id = i.order_line_id
                   WHERE p.state <> 'cancelled' AND p.direction = 'out' GROUP BY 1, 3, 4) held
            WHERE packed > qty
            UNION ALL
           SELECT p.organisation_id, p.id, p.fulfilment_order_id, NULL, 0, 0 FROM shipping_parcel p
            WHERE p.state <> 'cancelled' AND p.direction = 'out' AND NOT EXISTS (
                  SELECT 1 FROM shipping_parcelline i WHERE i.organisation_id = p.organisation_id AND i.parcel_id = p.id)""",
    ),
    Invariant(
        "shipping.what_left_shows_at_the_order",
        "An order of which a parcel has left is shipped at least in part, and one is so only if something of it left.",
        """SELECT o.organisation_id, o.id, o.fulfilment_state FROM orders_order o
            WHERE NOT o.historical AND (o.fulfilment_state = 'unfulfilled') = (EXISTS (
                  SELECT 1 FROM shipping_parcel p WHERE p.organisation_id = o.organisation_id AND p.order_id = o.id
                     AND p.direction = 'out' AND p.state = 'handed_over') OR EXISTS (
                  SELECT 1 FROM orders_fulfilmentorder f WHERE f.organisation_id = o.organisation_id AND f.order_id = o.id
                     AND f.state = 'closed'))""",
    ),
    Invariant(
        "shipping.parcel_of_its_part",
        "A parcel stands where its fulfilment order is fulfilled, is of the same order, and holds nothing else.",
        """SELECT p.organisation_id, p.id, p.order_id, f.order_id AS part_of_order, p.location_id,
                  f.location_id AS part_in_location, pl.order_line_id
             FROM shipping_parcel p
             JOIN orders_fulfilmentorder f ON f.id = p.fulfilment_order_id
             LEFT JOIN shipping_parcelline pl ON pl.organisation_id = p.organisation_id AND pl.parcel_id = p.id
             LEFT JOIN orders_fulfilmentorderline fl ON fl.organisation_id = pl.organisation_id
              AND fl.fulfilment_order_id = p.fulfilment_order_id AND fl.order_line_id = pl.order_line_id
            WHERE p.state <> 'cancelled' AND (p.organisation_id <> f.organisation_id OR p.order_id <> f.order_id
                  OR p.location_id IS DISTINCT FROM f.location_id OR fl.variant_id IS DISTINCT FROM pl.variant_id)""",
    ),
    Invariant(
        "shipping.what_happened_has_a_time",
        "A parcel that left or arrived says when, and so does a label that was bought or declined.",
        """SELECT organisation_id, 'parcel' AS of, id, state, handed_over_at AS at FROM shipping_parcel
            WHERE (state = 'handed_over') <> (handed_over_at IS NOT NULL)
            UNION ALL
           SELECT organisation_id, 'arrival', id, status, delivered_at FROM shipping_parcel
            WHERE status = 'delivered' AND delivered_at IS NULL
            UNION ALL
           SELECT organisation_id, 'label', id, state, settled_at FROM shipping_label
            WHERE state IN ('bought', 'declined') AND settled_at IS NULL""",
    ),
]
