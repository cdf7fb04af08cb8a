"""What must hold of money at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

_SUMS = """(SELECT organisation_id, order_id, COALESCE(sum(amount_minor) FILTER (WHERE kind = 'authorisation'), 0)
                   - COALESCE(sum(amount_minor) FILTER (WHERE kind = 'void'), 0) AS authorised,
                   COALESCE(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured,
                   COALESCE(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded,
                   COALESCE(sum(amount_minor) FILTER (WHERE kind = 'credit'), 0) AS credited
              FROM payments_entry GROUP BY 1, 2)"""

INVARIANTS = [
    Invariant(
        "payments.every_order_has_its_money",
        "Every order has its money, in its own currency.",
        """SELECT o.organisation_id, o.id AS order_id, o.currency, p.currency AS money_in FROM orders_order o
             LEFT JOIN payments_payment p ON p.organisation_id = o.organisation_id AND p.order_id = o.id
            WHERE p.currency IS DISTINCT FROM o.currency""",
    ),
    Invariant(
        "payments.counters_equal_ledger",
        "What is authorised, captured, refunded and credited of an order is the sum of its ledger.",
        f"""SELECT p.organisation_id, p.order_id, p.authorised_minor, e.authorised, p.captured_minor, e.captured,
                  p.refunded_minor, e.refunded, p.credited_minor, e.credited FROM payments_payment p
             LEFT JOIN {_SUMS} e ON e.organisation_id = p.organisation_id AND e.order_id = p.order_id
            WHERE p.captured_minor <> COALESCE(e.captured, 0) OR p.refunded_minor <> COALESCE(e.refunded, 0)
               OR p.credited_minor <> COALESCE(e.credited, 0)
               OR (p.account_id IS NOT NULL AND p.authorised_minor <> COALESCE(e.authorised, 0))""",
    ),
    Invariant(
        "payments.never_above",
        "Nobody gets back more than was captured, as money or as credit, and no more is captured than was authorised.",
        """SELECT organisation_id, order_id, authorised_minor, captured_minor, refunded_minor, refund_open_minor,
                  credited_minor FROM payments_payment
            WHERE refunded_minor + refund_open_minor + credited_minor > captured_minor OR captured_minor > authorised_minor
               OR refunded_minor < 0 OR credited_minor < 0 OR refund_open_minor < 0""",
    ),
    Invariant(
        "payments.open_refunds_are_counted",
        "What is granted and not settled is the sum of the refunds under way.",
        """SELECT p.organisation_id, p.order_id, p.refund_open_minor, COALESCE(c.minor, 0) AS under_way FROM payments_payment p
             LEFT JOIN (SELECT organisation_id, payment_id, sum(amount_minor) AS minor FROM payments_call
                         WHERE kind = 'refund' AND state IN ('wanted', 'pending', 'unknown') GROUP BY 1, 2) c
               ON c.organisation_id = p.organisation_id AND c.payment_id = p.id
            WHERE p.refund_open_minor <> COALESCE(c.minor, 0)""",
    ),
    Invariant(
        "payments.call_key_once",
        "No key wished for money twice.",
        """SELECT organisation_id, key, count(*) AS calls FROM payments_call GROUP BY 1, 2 HAVING count(*) > 1
            UNION ALL
           SELECT organisation_id, key, count(*) FROM payments_credit GROUP BY 1, 2 HAVING count(*) > 1""",
    ),
    Invariant(
        "payments.done_is_in_the_ledger_once",
        "Everything that succeeded stands in the ledger once, with its amount; nothing else of a wish does.",
        """SELECT c.organisation_id, c.id AS call_id, c.kind, c.state, c.amount_minor, e.entries, e.minor FROM payments_call c
             LEFT JOIN (SELECT organisation_id, call_id, count(*) AS entries, sum(amount_minor) AS minor FROM payments_entry
                         WHERE call_id IS NOT NULL GROUP BY 1, 2) e
               ON e.organisation_id = c.organisation_id AND e.call_id = c.id
            WHERE (c.state = 'succeeded') <> (COALESCE(e.entries, 0) = 1) OR COALESCE(e.entries, 0) > 1
               OR e.minor <> c.amount_minor""",
    ),
    Invariant(
        "payments.done_by_somebody",
        "What succeeded has the provider's own number, unless somebody else took the money; what is over says when.",
        """SELECT c.organisation_id, c.id AS call_id, c.kind, c.state, c.settled_at FROM payments_call c
             JOIN payments_payment p ON p.organisation_id = c.organisation_id AND p.id = c.payment_id
            WHERE (c.state = 'succeeded' AND c.vendor_id = '' AND p.account_id IS NOT NULL)
               OR (c.state IN ('succeeded', 'failed')) <> (c.settled_at IS NOT NULL)""",
    ),
    Invariant(
        "payments.credit_is_in_the_ledger",
        "Store credit of an order stands in its ledger once.",
        """SELECT c.organisation_id, c.id AS credit_id, c.amount_minor, e.minor FROM payments_credit c
             LEFT JOIN (SELECT organisation_id, credit_id, sum(amount_minor) AS minor FROM payments_entry GROUP BY 1, 2) e
               ON e.organisation_id = c.organisation_id AND e.credit_id = c.id
            WHERE c.order_id IS NOT NULL AND c.amount_minor IS DISTINCT FROM e.minor""",
    ),
    Invariant(
        "payments.order_says_where_its_money_is",
        "An order's payment state is what its money says.",
        """SELECT o.organisation_id, o.id AS order_id, o.payment_state, p.state, p.captured_minor, p.refunded_minor
             FROM orders_order o
             JOIN payments_payment p ON p.organisation_id = o.organisation_id AND p.order_id = o.id
            WHERE o.payment_state <> CASE
                  WHEN p.refunded_minor > 0 AND p.refunded_minor = p.captured_minor THEN 'refunded'
                  WHEN p.refunded_minor > 0 THEN 'partially_refunded'
                  WHEN p.state = 'captured' THEN 'paid' WHEN p.state = 'declined' THEN 'pending' ELSE p.state END
              AND NOT (p.account_id IS NULL AND p.refunded_minor = 0 AND p.state = 'captured'
                       AND o.payment_state IN ('partially_refunded', 'refunded'))""",
    ),
    Invariant(
        "payments.closed_shift_adds_up",
        "In a till that was closed there should have been what it was opened with and the cash that crossed the counter; who "
        "counted something else said why.",
        """SELECT s.organisation_id, s.id AS shift_id, s.opening_minor, t.cash, s.expected_minor, s.counted_minor, s.reason
             FROM payments_tillshift s
             LEFT JOIN (SELECT organisation_id, shift_id, sum(amount_minor) AS cash FROM payments_tilltaking
                         WHERE kind = 'cash' GROUP BY 1, 2) t ON t.organisation_id = s.organisation_id AND t.shift_id = s.id
            WHERE s.closed_at IS NOT NULL AND (s.expected_minor <> s.opening_minor + COALESCE(t.cash, 0)
                  OR (s.counted_minor <> s.expected_minor) <> (s.reason <> ''))""",
    ),
    Invariant(
        "payments.till_sales_are_paid",
        "What was taken over the counter for a sale sums to what was captured of it, and no more was given back than is booked.",
        """SELECT t.organisation_id, t.order_id, t.taken, p.captured_minor, t.back, p.refunded_minor
             FROM (SELECT organisation_id, order_id, COALESCE(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS taken,
                          COALESCE(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS back
                     FROM payments_tilltaking GROUP BY 1, 2) t
             LEFT JOIN payments_payment p ON p.organisation_id = t.organisation_id AND p.order_id = t.order_id
            WHERE (t.taken > 0 AND t.taken <> COALESCE(p.captured_minor, 0)) OR t.back > COALESCE(p.refunded_minor, 0)""",
    ),
    Invariant(
        "payments.till_cards_were_taken",
        "Money on a card that crossed the counter is one the provider took or gave back, in the same amount and currency.",
        """SELECT t.organisation_id, t.id AS taking_id, t.amount_minor, c.state, c.amount_minor AS charged
             FROM payments_tilltaking t
             LEFT JOIN payments_tillcharge c ON c.organisation_id = t.organisation_id AND c.id = t.charge_id
            WHERE (t.kind = 'card') <> (t.charge_id IS NOT NULL)
               OR (t.kind = 'card' AND (c.state <> 'succeeded'
                   OR t.amount_minor <> CASE c.kind WHEN 'refund' THEN -c.amount_minor ELSE c.amount_minor END))""",
    ),
    Invariant(
        "payments.till_exchanges_add_up",
        "Cash that a return put towards a sale is what was paid out for it in cash at the same moment and in the same shift, once.",
        """SELECT t.organisation_id, t.id AS taking_id, t.amount_minor, t.handed_minor, b.back, b.uses
             FROM payments_tilltaking t
             LEFT JOIN LATERAL (
                  SELECT -sum(o.amount_minor) FILTER (WHERE o.amount_minor < 0 AND o.shift_id = t.shift_id AND o.at = t.at
                                                        AND o.kind = 'cash') AS back,
                         count(*) FILTER (WHERE o.amount_minor > 0) AS uses
                    FROM payments_call c
                    JOIN payments_call k ON k.organisation_id = c.organisation_id AND k.payment_id = c.payment_id
                     AND k.subject = c.subject
                    JOIN payments_tilltaking o ON o.organisation_id = k.organisation_id AND o.call_id = k.id
                   WHERE c.organisation_id = t.organisation_id AND c.id = t.call_id) b ON TRUE
            WHERE t.amount_minor > 0 AND t.call_id IS NOT NULL
              AND (t.kind <> 'cash' OR b.uses <> 1 OR t.handed_minor IS DISTINCT FROM b.back)""",
    ),
    Invariant(
        "payments.till_receipts_have_no_gap",
        "The receipts of a shop are numbered from 1 without a gap, up to the last number that was given.",
        """SELECT COALESCE(p.organisation_id, d.organisation_id) AS organisation_id, p.location_id, p.last_number, d.issued,
                  d.highest
             FROM payments_tillpaper p
             FULL JOIN (SELECT organisation_id, location_id, count(*) AS issued, max(number) AS highest
                          FROM payments_tilldocument GROUP BY 1, 2) d
               ON d.organisation_id = p.organisation_id AND d.location_id = p.location_id
            WHERE COALESCE(p.last_number, 0) <> COALESCE(d.issued, 0)
               OR COALESCE(p.last_number, 0) <> COALESCE(d.highest, 0)""",
    ),
    Invariant(
        "payments.till_receipts_add_up",
        "The rates of a receipt sum to what it comes to, and refunds give back no more tax than the sale contained.",
        """SELECT d.organisation_id, d.order_id, min(d.id) AS document_id, sum(d.total_minor) AS total, sum(t.gross) AS gross,
                  sum(t.tax) AS tax
             FROM payments_tilldocument d
             CROSS JOIN LATERAL (SELECT sum((e ->> 'gross_minor')::bigint) AS gross, sum((e ->> 'tax_minor')::bigint) AS tax
                                   FROM jsonb_array_elements(d.taxes) e) t
            WHERE t.gross IS NOT NULL
            GROUP BY 1, 2
           HAVING bool_or(d.total_minor <> t.gross) OR (bool_or(d.kind = 'sale') AND sum(t.tax) < 0)""",
    ),
    Invariant(
        "payments.till_vouchers_add_up",
        "What is left of store credit is what was granted less what it paid for; what it paid crossed the counter, and so did "
        "the refund in place of which it was granted.",
        """SELECT v.organisation_id, v.id AS voucher_id, v.amount_minor, v.balance_minor, u.spent
             FROM payments_tillvoucher v
             LEFT JOIN (SELECT organisation_id, voucher_id, sum(amount_minor) AS spent FROM payments_tillvoucheruse GROUP BY 1, 2) u
               ON u.organisation_id = v.organisation_id AND u.voucher_id = v.id
             LEFT JOIN payments_tilltaking t ON t.organisation_id = v.organisation_id AND t.call_id = v.call_id
            WHERE v.balance_minor <> v.amount_minor - COALESCE(u.spent, 0) OR t.kind IS DISTINCT FROM 'voucher'
               OR t.amount_minor <> -v.amount_minor
            UNION ALL
           SELECT COALESCE(t.organisation_id, u.organisation_id), COALESCE(t.order_id, u.order_id), t.taken, NULL, u.spent
             FROM (SELECT organisation_id, order_id, sum(amount_minor) AS taken FROM payments_tilltaking
                    WHERE kind = 'voucher' AND amount_minor > 0 GROUP BY 1, 2) t
             FULL JOIN (SELECT organisation_id, order_id, sum(amount_minor) AS spent FROM payments_tillvoucheruse GROUP BY 1, 2) u
               ON u.organisation_id = t.organisation_id AND u.order_id = t.order_id
            WHERE t.taken IS DISTINCT FROM u.spent""",
    ),
]
