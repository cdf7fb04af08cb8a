"""A write that is asked for twice under one key happens once, and both askers get the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

LONGEST_KEY = 200
IN_FLIGHT = Refusal(
    "idempotency_key_in_flight",
    gettext_noop("A request with this Idempotency-Key is being worked on."),
    gettext_noop("Wait a moment and send the same request again."),
    status=409,
)
KEY_REUSED = Refusal(
    "idempotency_key_reused",
    gettext_noop("This Idempotency-Key was used for another request."),
    gettext_noop("Use a new key for a new request; repeat a request byte for byte under its own key."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str


def fingerprint_of(parts: Sequence[bytes]) -> str:
    """What tells one request from another; the parts cannot run into each other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def begin(ctx: Ctx, *, owner: str, key: str, fingerprint: str) -> Answer | None:
    """The answer that this key got before, or None when the work is still to be done, now and by the caller alone.

    Call it first in the transaction of the effect.  Locks: an advisory lock per key until that transaction ends, so a
    crash leaves nothing behind.  Refuses: a key whose first request still runs, and one that stands for other contents.
    """
    name = f"{ctx.organisation_id}:{owner}:{key}"
    if not db.scalar("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name]):
        raise Refused(IN_FLIGHT)
    found = db.dicts(
        """SELECT fingerprint, status, body, content_type FROM base_idempotentanswer
            WHERE organisation_id = %s AND owner = %s AND key = %s""",
        [ctx.organisation_id, owner, key],
    )
    if not found:
        return None
    if found[0]["fingerprint"] != fingerprint:
        raise Refused(KEY_REUSED)
    return Answer(found[0]["status"], bytes(found[0]["body"]), found[0]["content_type"])


def keep(ctx: Ctx, *, owner: str, key: str, fingerprint: str, answer: Answer) -> None:
    """Stores the answer in the transaction of its effect: both or neither are there after a crash."""
    db.execute(
        """INSERT INTO base_idempotentanswer (organisation_id, owner, key, fingerprint, status, body, content_type, created_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        [ctx.organisation_id, owner, key, fingerprint, answer.status, answer.body, answer.content_type, ctx.now],
    )


def forget(*, older_than: datetime, limit: int = 10_000) -> int:
    """Drops answers that nobody will ask for again, of every organisation.  Returns: how many."""
    return db.execute(
        """DELETE FROM base_idempotentanswer WHERE id IN (
                  SELECT id FROM base_idempotentanswer WHERE created_at < %s ORDER BY id LIMIT %s)""",
        [older_than, limit],
    )
