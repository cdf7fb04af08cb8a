"""Payments and what was done to them: one operation per idempotency key, and totals that never pass one another.

Source: https://docs.stripe.com/api/idempotent_requests (keys), https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
(manual capture, capture_before), https://docs.stripe.com/api/refunds (pending, succeeded, failed).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from sandbox import webhooks
from sandbox.books import Books, chance, iso, now
from sandbox.serving import Fields, Refusal

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS payment (
        id INTEGER PRIMARY KEY, reference TEXT NOT NULL, method TEXT NOT NULL, currency TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('authorised', 'captured', 'voided', 'declined')),
        authorised INTEGER NOT NULL, captured INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0,
        refund_open INTEGER NOT NULL DEFAULT 0, capture_before REAL, created_at REAL NOT NULL,
        CHECK (refunded + refund_open <= captured AND captured <= authorised AND refunded >= 0 AND refund_open >= 0))""",
    """CREATE TABLE IF NOT EXISTS operation (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body_hash TEXT NOT NULL, payment_id INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('authorise', 'capture', 'void', 'refund')), amount INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')), reason TEXT NOT NULL DEFAULT '',
        due_at REAL, outcome TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL, settled_at REAL)""",
    "CREATE INDEX IF NOT EXISTS operation_due ON operation (due_at) WHERE state = 'pending'",
    "CREATE INDEX IF NOT EXISTS operation_of_payment ON operation (payment_id)",
)
DECLINED_METHODS = {"pm_declined": "card_declined", "pm_no_funds": "insufficient_funds"}
HOLD_FOR_S = 7 * 86_400.0
MOST = 10**15


@dataclass(frozen=True)
class Slowness:
    """How refunds misbehave: the share that stays pending, for how long, and the share of those that then fails."""

    pending: float
    settle_s: float
    fail: float
    seed: int


def authorise(books: Books, fields: Fields, *, key: str) -> tuple[dict[str, Any], bool]:
    """The operation of the key, and whether it is new; a method may be declined, which is an answer too.

    Refuses: 409 `idempotency_conflict` (other body), 422 `invalid`.
    """
    known = _known(books, key, "authorise", fields)
    if known is not None:
        return show(books, known), False
    reference, method, currency = fields.text("reference"), fields.text("method"), fields.currency("currency")
    amount = fields.whole("amount_minor", low=1, high=MOST)
    keep_s = fields.number("hold_s", HOLD_FOR_S, high=HOLD_FOR_S)
    if not method.startswith("pm_"):
        raise Refusal(422, "invalid", "body.method must be a token that begins with pm_")
    reason = DECLINED_METHODS.get(method, "")
    with books.write():
        id, at = books.number("SELECT max(id) FROM payment") + 1, now()
        books.run(
            "INSERT INTO payment (id, reference, method, currency, state, authorised, capture_before, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id, reference, method, currency, "declined" if reason else "authorised", 0 if reason else amount,
            None if reason else at + keep_s, at,
        )  # fmt: skip
        _write(books, key=key, kind="authorise", fields=fields, payment_id=id, amount=amount, reason=reason)
        return _tell(books, key, "payment.declined" if reason else "payment.authorised"), True


def capture(books: Books, payment_id: str, fields: Fields, *, key: str) -> tuple[dict[str, Any], bool]:
    """Take money that was authorised, all that is left or a part.

    Refuses: 404, 409 `idempotency_conflict`, 422 `amount_too_large`, `wrong_state`, `expired`.
    """
    return _change(books, payment_id, fields, key=key, kind="capture")


def void(books: Books, payment_id: str, fields: Fields, *, key: str) -> tuple[dict[str, Any], bool]:
    """Let go of what was authorised and not captured.  Refuses: 404, 409 `idempotency_conflict`, 422 `wrong_state`."""
    return _change(books, payment_id, fields, key=key, kind="void")


def _change(
    books: Books, payment_id: str, fields: Fields, *, key: str, kind: str
) -> tuple[dict[str, Any], bool]:
    known = _known(books, key, kind, fields)
    if known is not None:
        return show(books, known), False
    with books.write():
        row = get(books, payment_id)
        left = row["authorised"] - row["captured"]
        if row["state"] != "authorised" or left <= 0:
            raise Refusal(422, "wrong_state", f"the payment is {row['state']}: there is nothing to {kind}")
        if kind == "capture":
            amount = fields.whole("amount_minor", left, low=1, high=MOST)
            if amount > left:
                raise Refusal(422, "amount_too_large", f"{left} can be captured, not {amount}")
            if row["capture_before"] < now():
                raise Refusal(422, "expired", "the authorisation has expired")
            captured = row["captured"] + amount
            state = "captured" if captured == row["authorised"] else "authorised"
            books.run("UPDATE payment SET captured = ?, state = ? WHERE id = ?", captured, state, row["id"])
        else:
            amount, state = left, "captured" if row["captured"] else "voided"
            books.run("UPDATE payment SET authorised = captured, state = ? WHERE id = ?", state, row["id"])
        _write(books, key=key, kind=kind, fields=fields, payment_id=row["id"], amount=amount)
        return _tell(books, key, "payment.captured" if kind == "capture" else "payment.voided"), True


def refund(books: Books, fields: Fields, *, key: str, slowness: Slowness) -> tuple[dict[str, Any], bool]:
    """Give captured money back; it may stay pending for a while, and then fail.

    Refuses: 404, 409 `idempotency_conflict`, 422 `amount_too_large`, nothing is moved then.
    """
    known = _known(books, key, "refund", fields)
    if known is not None:
        return show(books, known), False
    amount = fields.whole("amount_minor", low=1, high=MOST)
    with books.write():
        row = get(books, fields.text("payment_id"))
        left = row["captured"] - row["refunded"] - row["refund_open"]
        if amount > left:
            raise Refusal(422, "amount_too_large", f"{left} can be refunded, not {amount}")
        number = books.number("SELECT max(id) FROM operation") + 1
        waits = chance(slowness.seed, "refund_pending", number) < slowness.pending
        column = "refund_open" if waits else "refunded"
        books.run(f"UPDATE payment SET {column} = {column} + ? WHERE id = ?", amount, row["id"])
        fails = chance(slowness.seed, "refund_fail", number) < slowness.fail
        _write(
            books, key=key, kind="refund", fields=fields, payment_id=row["id"], amount=amount,
            due_at=now() + slowness.settle_s if waits else None, outcome="failed" if fails else "succeeded",
        )  # fmt: skip
        return _tell(books, key, "refund.created"), True


def settle_due(books: Books, *, at: float, outcome: str = "") -> int:
    """End every pending refund that is due by then; `outcome` overrules what was planned.  Returns: how many."""
    with books.write():
        due = books.rows("SELECT * FROM operation WHERE state = 'pending' AND due_at <= ? ORDER BY id", at)
        for row in due:
            state = outcome or row["outcome"]
            books.run(
                "UPDATE payment SET refund_open = refund_open - ?, refunded = refunded + ? WHERE id = ?",
                row["amount"], row["amount"] if state == "succeeded" else 0, row["payment_id"],
            )  # fmt: skip
            reason = "expired_or_canceled_card" if state == "failed" else ""
            books.run(
                "UPDATE operation SET state = ?, reason = ?, settled_at = ? WHERE id = ?", state, reason, now(), row["id"]
            )
            _tell(books, row["key"], "refund.updated")
    return len(due)


def find_next_due(books: Books) -> float | None:
    """When the next pending refund ends, if any waits."""
    row = books.find_row("SELECT min(due_at) AS at FROM operation WHERE state = 'pending'")
    return row["at"] if row else None


def _known(books: Books, key: str, kind: str, fields: Fields) -> sqlite3.Row | None:
    row = books.find_row("SELECT * FROM operation WHERE key = ?", key)
    if row is not None and (row["kind"] != kind or row["body_hash"] != _hash(fields)):
        raise Refusal(409, "idempotency_conflict", "this key was used with another request")
    return row


def _hash(fields: Fields) -> str:
    return hashlib.sha256(json.dumps(fields.values, sort_keys=True).encode()).hexdigest()


def _write(
    books: Books, *, key: str, kind: str, fields: Fields, payment_id: int, amount: int, reason: str = "",
    due_at: float | None = None, outcome: str = "",
) -> None:  # fmt: skip
    state = "failed" if reason else "pending" if due_at is not None else "succeeded"
    books.run(
        "INSERT INTO operation (key, body_hash, payment_id, kind, amount, state, reason, due_at, outcome, created_at,"
        " settled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        key, _hash(fields), payment_id, kind, amount, state, reason, due_at, outcome, now(),
        None if state == "pending" else now(),
    )  # fmt: skip


def _tell(books: Books, key: str, topic: str) -> dict[str, Any]:
    shown = get_by_key(books, key)
    webhooks.enqueue(books, topic=topic, subject=shown["payment"]["payment_id"], data=shown)
    return shown


def get_by_key(books: Books, key: str) -> dict[str, Any]:
    """The operation of an idempotency key as it stands now; refuses 404: then nothing was done with it."""
    row = books.find_row("SELECT * FROM operation WHERE key = ?", key)
    if row is None:
        raise Refusal(404, "not_found", "nothing was done with this key")
    return show(books, row)


def get(books: Books, payment_id: str) -> sqlite3.Row:
    """A payment by its public id; refuses 404."""
    number = payment_id.removeprefix("pay_")
    row = books.find_row(
        "SELECT * FROM payment WHERE id = ?",
        int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0,
    )
    if row is None:
        raise Refusal(404, "not_found", f"no payment {payment_id[:40]}")
    return row


def show(books: Books, row: sqlite3.Row) -> dict[str, Any]:
    """An operation as the API tells it, with the payment that it belongs to."""
    return {**_plain(row), "payment": show_payment(get(books, f"pay_{row['payment_id']}"))}


def _plain(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "operation_id": f"op_{row['id']}", "key": row["key"], "kind": row["kind"], "payment_id": f"pay_{row['payment_id']}",
        "amount_minor": row["amount"], "state": row["state"], "reason": row["reason"],
        "created_at": iso(row["created_at"]), "settled_at": iso(row["settled_at"]),
    }  # fmt: skip


def show_payment(row: sqlite3.Row) -> dict[str, Any]:
    """A payment as the API tells it."""
    return {
        "payment_id": f"pay_{row['id']}", "reference": row["reference"], "method": row["method"],
        "currency": row["currency"], "state": row["state"], "authorised_minor": row["authorised"],
        "captured_minor": row["captured"], "refunded_minor": row["refunded"], "refund_open_minor": row["refund_open"],
        "capture_before": iso(row["capture_before"]), "created_at": iso(row["created_at"]),
    }  # fmt: skip


def list_after(books: Books, *, after: int, limit: int, reference: str | None) -> list[dict[str, Any]]:
    """Payments with a greater number, ascending."""
    rows = books.rows(
        "SELECT * FROM payment WHERE id > ? AND reference = coalesce(?, reference) ORDER BY id LIMIT ?", after, reference, limit
    )
    return [show_payment(row) for row in rows]


def operations_of(books: Books, payment_id: str) -> list[dict[str, Any]]:
    """What was done to a payment, oldest first; refuses 404."""
    row = get(books, payment_id)
    return [_plain(op) for op in books.rows("SELECT * FROM operation WHERE payment_id = ? ORDER BY id", row["id"])]


def totals(books: Books) -> dict[str, dict[str, int]]:
    """All payments together, by currency, for audits."""
    rows = books.rows(
        "SELECT currency, count(*) AS payments, sum(authorised) AS authorised_minor, sum(captured) AS captured_minor,"
        " sum(refunded) AS refunded_minor, sum(refund_open) AS refund_open_minor FROM payment GROUP BY currency"
    )
    return {row["currency"]: {name: row[name] for name in row.keys() if name != "currency"} for row in rows}  # noqa: SIM118


def read_books(books: Books) -> dict[str, Any]:
    """Every payment and operation, for proofs about the whole."""
    payments = [show_payment(row) for row in books.rows("SELECT * FROM payment ORDER BY id")]
    operations = [_plain(row) for row in books.rows("SELECT * FROM operation ORDER BY id")]
    return {"payments": payments, "operations": operations, "totals": totals(books)}
