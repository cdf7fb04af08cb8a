"""When a house is at rest: nothing waits, nothing is under way, nobody has more to say."""

from __future__ import annotations

import sys
from typing import Any

from bench._walks.world import World, sandbox

# What must be nought, by what it is called.
WAITING = {
    "orders that have not left": """SELECT count(*) FROM orders_order
        WHERE state = 'open' AND fulfilment_state = 'unfulfilled'""",
    "events to handle": "SELECT count(*) FROM base_event WHERE pending",
    "mails to send": "SELECT count(*) FROM messaging_message WHERE state IN ('queued', 'sending')",
    "arrivals to read": "SELECT count(*) FROM base_arrival WHERE outcome = 'received'",
    "money under way": "SELECT count(*) FROM payments_call WHERE state IN ('wanted', 'pending', 'unknown')",
    "labels under way": "SELECT count(*) FROM shipping_label WHERE state NOT IN ('bought', 'voided', 'failed', 'declined')",
    "returns under way": "SELECT count(*) FROM returns_return WHERE goods <> 'closed'",
    "conversations that wait": """SELECT count(*) FROM inbox_conversation
        WHERE waiting_since IS NOT NULL AND state = 'open' AND NOT is_spam""",
    "webhooks to send": "SELECT count(*) FROM channels_delivery WHERE state = 'pending'",
    "events that subscribers have not read": """SELECT count(*) FROM base_event e JOIN channels_subscription s
        ON s.organisation_id = e.organisation_id WHERE (e.tx, e.id) > (s.tx, s.event_id)""",
}
DETAILS = (
    "SELECT task_name, status, attempts, scheduled_at, lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 20",
    "SELECT type, subject, attempts, problem, retry_at FROM base_event WHERE pending LIMIT 20",
    "SELECT state, fulfilment_state, payment_state, on_hold, count(*) FROM orders_order GROUP BY 1, 2, 3, 4",
    "SELECT direction, state, status, count(*) FROM shipping_parcel GROUP BY 1, 2, 3",
    "SELECT state, asked_times, problem, count(*) FROM shipping_label GROUP BY 1, 2, 3 LIMIT 20",
    "SELECT state, attempts, problem, count(*) FROM messaging_message GROUP BY 1, 2, 3 LIMIT 20",
    "SELECT kind, state, asked_times, problem, count(*) FROM payments_call GROUP BY 1, 2, 3, 4 LIMIT 20",
    "SELECT decision, goods, money, count(*) FROM returns_return GROUP BY 1, 2, 3",
    "SELECT kind, subject, facts FROM tasks_task WHERE state = 'open' LIMIT 20",
    "SELECT state, count(*) FROM inbox_conversation GROUP BY 1",
    "SELECT state, attempts, last_status, count(*) FROM channels_delivery GROUP BY 1, 2, 3 LIMIT 20",
    "SELECT id, silent, quiet_until, problem FROM channels_subscription",
    "SELECT source, outcome, detail, count(*) FROM base_arrival WHERE outcome IN ('received', 'failed') GROUP BY 1, 2, 3 LIMIT 20",
)


def waiting(world: World, mailbox_id: int) -> dict[str, int]:
    """What still has to happen, by what it is called; {} at rest.  A database that is away is one thing that waits."""
    import psycopg
    from django.db import DatabaseError, InterfaceError, connection

    from doorstep.base import db

    try:
        found = {name: int(db.scalar(question)) for name, question in WAITING.items()}
        uid = db.scalar("SELECT last_uid FROM messaging_mailbox WHERE id = %s", [mailbox_id])
    except (DatabaseError, InterfaceError, psycopg.Error):
        connection.close()
        return {"database": 1}
    at = world.at
    page = sandbox("GET", f"{at.mailbox_url}/messages?after={uid}&limit=500")
    found["mails to fetch"] = len(page["messages"])
    for name, url in (("carrier", at.carrier_url), ("payment", at.payment_url)):
        found[f"webhooks of the {name}"] = len(sandbox("GET", f"{url}/admin/deliveries?state=pending")["deliveries"])
        sandbox("POST", f"{url}/admin/deliveries/flush")
    return {name: n for name, n in found.items() if n}


def tell_what_is_left(left: Any) -> None:
    """What a house that does not come to rest still has to do, for whoever looks for the reason."""
    from doorstep.base import db

    print(left, file=sys.stderr)
    for question in DETAILS:
        for row in db.dicts(question):
            print(row, file=sys.stderr)
