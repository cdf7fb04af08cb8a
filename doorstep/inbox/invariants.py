"""What must hold for conversations at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "inbox.waiting_since_the_oldest_unanswered",
        "A conversation waits since the oldest message that asks and has no answer.",
        """SELECT c.organisation_id, c.id, c.waiting_since, m.oldest FROM inbox_conversation c
             LEFT JOIN (SELECT organisation_id, conversation_id, min(at) AS oldest FROM inbox_message
                         WHERE asks AND answered_at IS NULL GROUP BY 1, 2) m
               ON m.organisation_id = c.organisation_id AND m.conversation_id = c.id
            WHERE c.waiting_since IS DISTINCT FROM m.oldest""",
    ),
    Invariant(
        "inbox.first_reply_is_the_first",
        "The first reply is the first answer of ours to somebody who asked, whatever else was written.",
        """SELECT c.organisation_id, c.id, c.first_reply_at, r.first FROM inbox_conversation c
             LEFT JOIN (SELECT o.organisation_id, o.conversation_id, min(o.at) AS first FROM inbox_message o
                         WHERE o.direction = 'out' AND EXISTS (SELECT 1 FROM inbox_message i
                               WHERE i.organisation_id = o.organisation_id AND i.conversation_id = o.conversation_id
                                 AND i.asks AND i.id < o.id AND i.answered_at >= o.at)
                         GROUP BY 1, 2) r ON r.organisation_id = c.organisation_id AND r.conversation_id = c.id
            WHERE c.first_reply_at IS DISTINCT FROM r.first""",
    ),
    Invariant(
        "inbox.messages_are_counted",
        "A conversation counts what people wrote in it.",
        """SELECT c.organisation_id, c.id, c.messages, COALESCE(m.n, 0) AS written FROM inbox_conversation c
             LEFT JOIN (SELECT organisation_id, conversation_id, count(*) AS n FROM inbox_message WHERE kind <> 'system'
                         GROUP BY 1, 2) m ON m.organisation_id = c.organisation_id AND m.conversation_id = c.id
            WHERE c.messages <> COALESCE(m.n, 0)""",
    ),
    Invariant(
        "inbox.versions_cover_messages",
        "No message stands at a version that its conversation has not reached.",
        """SELECT m.organisation_id, m.id, m.version, c.version AS reached FROM inbox_message m
             JOIN inbox_conversation c ON c.organisation_id = m.organisation_id AND c.id = m.conversation_id
            WHERE m.version > c.version""",
    ),
    Invariant(
        "inbox.who_waits_was_promised",
        "Whoever waits in an open conversation has a promise that runs, and nobody else has.",
        """SELECT c.organisation_id, c.id, c.state, c.waiting_since, k.id AS clock_id, k.paused_min FROM inbox_conversation c
             LEFT JOIN inbox_clock k ON k.organisation_id = c.organisation_id AND k.conversation_id = c.id
              AND k.ended_at IS NULL
            WHERE (c.waiting_since IS NULL) <> (k.id IS NULL)
               OR (k.id IS NOT NULL AND (c.state = 'open') <> (k.paused_min IS NULL))""",
    ),
    Invariant(
        "inbox.due_is_the_promise",
        "A conversation shows the deadline of the promise that runs.",
        """SELECT c.organisation_id, c.id, c.due_at, k.due_at AS promised FROM inbox_conversation c
             LEFT JOIN inbox_clock k ON k.organisation_id = c.organisation_id AND k.conversation_id = c.id
              AND k.ended_at IS NULL AND k.paused_min IS NULL
            WHERE c.due_at IS DISTINCT FROM k.due_at OR c.risk_at IS DISTINCT FROM k.risk_at""",
    ),
    Invariant(
        "inbox.first_promise_comes_first",
        "Nobody is promised a next answer who never got a first.",
        """SELECT k.organisation_id, k.conversation_id, k.id FROM inbox_clock k
             JOIN inbox_conversation c ON c.organisation_id = k.organisation_id AND c.id = k.conversation_id
            WHERE k.kind = 'next_response' AND c.first_reply_at IS NULL""",
    ),
    Invariant(
        "inbox.spam_waits_for_nobody",
        "Nobody waits for an answer among the spam.",
        "SELECT organisation_id, id, waiting_since FROM inbox_conversation WHERE is_spam AND waiting_since IS NOT NULL",
    ),
    Invariant(
        "inbox.searchable",
        "Every conversation can be found, by the pairs of characters in what was written.",
        """SELECT c.organisation_id, c.id FROM inbox_conversation c LEFT JOIN inbox_conversationsearch s
               ON s.organisation_id = c.organisation_id AND s.conversation_id = c.id
            WHERE s.id IS NULL OR NOT (s.grams @> base_grams(s.text) AND s.grams <@ base_grams(s.text))""",
    ),
]
