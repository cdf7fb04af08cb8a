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
        "channels.orders_of_their_connection",
        "An order that came through a connection came through one of its organisation.",
        """SELECT o.organisation_id, o.id AS order_id, o.connection_id FROM orders_order o
            WHERE o.connection_id <> 0 AND NOT EXISTS (SELECT 1 FROM channels_connection c
                  WHERE c.organisation_id = o.organisation_id AND c.id = o.connection_id)""",
    ),
]
