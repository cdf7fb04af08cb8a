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


@dataclass(frozen=True, slots=True)
class Wish:
    """What a repeated request is known by: who asked, under which key, for what."""

    owner: str
    key: str
    fingerprint: str


def begin(ctx: Ctx, wish: Wish) -> Answer | None:
    """As `begin_all`, for one.  Refuses: what that answers with a refusal."""
    (found,) = begin_all(ctx, [wish])
    if isinstance(found, Refused):
        raise found
    return found


def begin_all(ctx: Ctx, wishes: Sequence[Wish]) -> list[Answer | Refused | None]:
    """The answers that these keys got before; None where the work is still to be done, now and by the caller alone.

    A key whose first request still runs is refused, here too when it stands in the list a second time, and so is one that stands
    for other contents.  Call it first in the transaction of the effect.
    Shapes: one answer per wish, in order.  Locks: an advisory lock per key until that transaction ends, so a crash leaves
    nothing behind; none is waited for.
    """
    if not wishes:
        return []
    names = [f"{ctx.organisation_id}:{w.owner}:{w.key}" for w in wishes]
    ours = db.column(
        """SELECT u.n - 1 FROM unnest(%s::text[]) WITH ORDINALITY u(name, n)
            WHERE pg_try_advisory_xact_lock(hashtextextended(u.name, 0))""",
        [db.array(names)],
    )
    kept = {
        (line["owner"], line["key"]): line
        for line in db.dicts(
            """SELECT a.owner, a.key, a.fingerprint, a.status, a.body, a.content_type
                 FROM unnest(%s::text[], %s::text[]) u(owner, key)
                 JOIN base_idempotentanswer a ON a.organisation_id = %s AND a.owner = u.owner AND a.key = u.key""",
            [*db.columns([(w.owner, w.key) for w in wishes], 2), ctx.organisation_id],
        )
    }
    answers: list[Answer | Refused | None] = []
    seen: set[str] = set()
    for n, (name, wish) in enumerate(zip(names, wishes, strict=True)):
        before = kept.get((wish.owner, wish.key))
        if n not in ours or name in seen:
            answers.append(Refused(IN_FLIGHT))
        elif before is None:
            answers.append(None)
        elif before["fingerprint"] != wish.fingerprint:
            answers.append(Refused(KEY_REUSED))
        else:
            answers.append(Answer(before["status"], bytes(before["body"]), before["content_type"]))
        seen.add(name)
    return answers


def keep(ctx: Ctx, answers: Sequence[tuple[Wish, Answer]]) -> None:
    """Stores answers in the transaction of their effects: both or neither are there after a crash."""
    lines = [(w.owner, w.key, w.fingerprint, a.status, a.body, a.content_type) for w, a in answers]
    db.execute(
        """INSERT INTO base_idempotentanswer (organisation_id, owner, key, fingerprint, status, body, content_type, created_at)
           SELECT %s, u.*, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::smallint[], %s::bytea[], %s::text[]) u""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 6)],
    )


def forget(*, older_than: datetime, limit: int = 10_000) -> int:
    """Drops answers that nobody will ask for again, of every organisation: of the oldest those that are old enough.

    Returns: how many.
    """
    return db.execute(
        """DELETE FROM base_idempotentanswer WHERE created_at < %s AND id IN (
                  SELECT id FROM base_idempotentanswer ORDER BY id LIMIT %s)""",
        [older_than, limit],
    )
