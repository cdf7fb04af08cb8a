"""What must hold for messages at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant
from doorstep.messaging.values import MOST_ATTEMPTS

INVARIANTS = [
    Invariant(
        "messaging.tries_are_counted",
        "No mail waits that was tried more often than a mail is tried.",
        f"""SELECT organisation_id, id, state, attempts FROM messaging_message
            WHERE state IN ('queued', 'sending') AND attempts > {MOST_ATTEMPTS}""",
    ),
    Invariant(
        "messaging.sent_has_a_time",
        "A message says when it was sent exactly when it was.",
        """SELECT organisation_id, id, state, sent_at FROM messaging_message
            WHERE (state = 'sent') <> (sent_at IS NOT NULL)""",
    ),
    Invariant(
        "messaging.message_id_once",
        "No two messages carry the same Message-ID.",
        "SELECT message_id, count(*) AS messages FROM messaging_message GROUP BY 1 HAVING count(*) > 1",
    ),
]
