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
        "A parcel with a label on it, or gone, has exactly the number that was bought for it.",
        """SELECT p.organisation_id, p.id, p.state, p.tracking_number, l.tracking_number AS bought FROM shipping_parcel p
             LEFT JOIN shipping_label l ON l.organisation_id = p.organisation_id AND l.parcel_id = p.id AND l.state = 'bought'
            WHERE p.state IN ('labelled', 'handed_over') AND p.tracking_number IS DISTINCT FROM l.tracking_number""",
    ),
    Invariant(
        "shipping.closed_means_gone",
        "A fulfilment order is closed exactly when its parcel was handed over, or its units over the counter of a shop.",
        """SELECT f.organisation_id, f.order_id, f.id, f.state FROM orders_fulfilmentorder f
             JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id AND NOT o.historical
            WHERE (f.state = 'closed') <> EXISTS (SELECT 1 FROM shipping_parcel p WHERE p.organisation_id = f.organisation_id
                  AND p.fulfilment_order_id = f.id AND p.state = 'handed_over')
              AND (f.state <> 'closed' OR f.routed_why->>'why' IS DISTINCT FROM 'sold_in_shop')""",
    ),
    Invariant(
        "shipping.parcel_holds_its_lines",
        "A parcel holds exactly the units of its fulfilment order.",
        """SELECT p.organisation_id, p.id, fl.order_line_id, fl.qty, COALESCE(pl.qty, 0) AS packed FROM shipping_parcel p
             JOIN orders_fulfilmentorderline fl ON fl.organisation_id = p.organisation_id
              AND fl.fulfilment_order_id = p.fulfilment_order_id
             LEFT JOIN shipping_parcelline pl ON pl.organisation_id = p.organisation_id AND pl.parcel_id = p.id
              AND pl.order_line_id = fl.order_line_id
            WHERE p.state <> 'cancelled' AND fl.qty <> COALESCE(pl.qty, 0)""",
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
