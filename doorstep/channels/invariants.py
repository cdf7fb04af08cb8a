"""What must hold in channels at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "channels.told_once",
        "No channel is told of the same thing twice.",
        """SELECT organisation_id, connection_id, verb, subject, count(*) AS notices FROM channels_notice
            WHERE state <> 'failed' GROUP BY 1, 2, 3, 4 HAVING count(*) > 1""",
    ),
    Invariant(
        "channels.settled_notices_have_a_time",
        "A notice that was told or given up says when; one that waits does not.",
        """SELECT organisation_id, id AS notice_id, state FROM channels_notice
            WHERE (state = 'queued') <> (settled_at IS NULL)""",
    ),
    Invariant(
        "channels.settled_deliveries_have_a_time",
        "A webhook that was delivered or given up says when; one that waits says when it is tried.",
        """SELECT organisation_id, id AS delivery_id, state FROM channels_delivery
            WHERE (state = 'pending') <> (settled_at IS NULL) OR (state = 'pending') <> (next_at IS NOT NULL)""",
    ),
    Invariant(
        "channels.deliveries_of_events",
        "A webhook tells of an event of its organisation, and says what kind it is.",
        """SELECT d.organisation_id, d.id AS delivery_id, d.event_id FROM channels_delivery d
            WHERE NOT EXISTS (SELECT 1 FROM base_event e WHERE e.organisation_id = d.organisation_id AND e.id = d.event_id)""",
    ),
    Invariant(
        "channels.withdrawn_orders_are_not_here",
        "An order that was called off before it came was not taken.",
        """SELECT w.organisation_id, w.connection_id, w.external_id, o.id AS order_id FROM channels_withdrawn w
             JOIN orders_order o ON o.organisation_id = w.organisation_id AND o.connection_id = w.connection_id
              AND o.external_id = w.external_id""",
    ),
    Invariant(
        "channels.apart_is_set_aside",
        "What a channel with units of its own is to show, and does not show more than by itself, is set aside for it.",
        """SELECT e.organisation_id, e.listing_id, e.wanted, e.shows, COALESCE(h.qty, 0) AS held FROM channels_exposure e
             LEFT JOIN (SELECT c.organisation_id, c.token, sum(l.qty) AS qty FROM stock_cart c
                          JOIN stock_cartline l ON l.organisation_id = c.organisation_id AND l.cart_id = c.id AND l.state = 'open'
                         WHERE starts_with(c.token, 'shown:') GROUP BY 1, 2) h
               ON h.organisation_id = e.organisation_id AND h.token = 'shown:' || e.listing_id
            WHERE e.apart AND e.sent IS NULL AND e.wanted >= COALESCE(e.shows, e.accepted, 0) AND e.wanted > COALESCE(h.qty, 0)""",
    ),
    Invariant(
        "channels.set_aside_for_somebody",
        "Units are set aside for a listing that has its units apart, and of the variant that it is.",
        """SELECT l.organisation_id, c.token, l.variant_id, l.qty, i.variant_id AS listed FROM stock_cart c
             JOIN stock_cartline l ON l.organisation_id = c.organisation_id AND l.cart_id = c.id AND l.state = 'open'
             LEFT JOIN channels_exposure e ON e.organisation_id = c.organisation_id AND e.apart
              AND 'shown:' || e.listing_id = c.token
             LEFT JOIN channels_listing i ON i.organisation_id = e.organisation_id AND i.id = e.listing_id
            WHERE starts_with(c.token, 'shown:') AND i.variant_id IS DISTINCT FROM l.variant_id""",
    ),
    Invariant(
        "channels.exposures_of_listings",
        "A number is wanted of listings alone that are a variant of ours and that the shop still has, and by their own connection.",
        """SELECT e.organisation_id, e.listing_id, e.connection_id, l.variant_id, l.ended_at FROM channels_exposure e
             JOIN channels_listing l ON l.organisation_id = e.organisation_id AND l.id = e.listing_id
            WHERE l.variant_id IS NULL OR l.ended_at IS NOT NULL OR l.connection_id <> e.connection_id""",
    ),
    Invariant(
        "channels.orders_of_their_connection",
        "An order that came through a connection came through one of its organisation.",
        """SELECT o.organisation_id, o.id AS order_id, o.connection_id FROM orders_order o
            WHERE o.connection_id <> 0 AND NOT EXISTS (SELECT 1 FROM channels_connection c
                  WHERE c.organisation_id = o.organisation_id AND c.id = o.connection_id)""",
    ),
]
