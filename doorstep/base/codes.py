"""Short codes that prove that somebody reads an address: six digits, few tries, soon over."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

DIGITS = 6
LASTS = timedelta(minutes=15)
TRIES = 5
MOST_AN_HOUR = 5
ATTEMPT = "code-attempt"

WRONG_CODE = Refusal(
    "wrong_code",
    gettext_noop("That code does not fit, or is over."),
    gettext_noop("Look at the newest e-mail, or ask for another code."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class Issued:
    """`code` goes to the address."""

    id: int
    code: str


def new_key() -> str:
    """What a code will be found by; whoever asked gets it signed, before anybody knows whether there is to be a code."""
    return secrets.token_hex(8)


def attempt_of(ctx: Ctx, *, key: str) -> str:
    """What stays with whoever asked; without a code under its key none fits."""
    return tokens.make(ATTEMPT, [ctx.organisation_id, key])


@transaction.atomic
def issue(ctx: Ctx, *, subject: str, key: str) -> Issued | None:
    """Makes a code for a subject, "kind:id"; an earlier one ends.  None where too many were asked for within the hour.

    `key`: a `new_key`.

    Locks: one advisory lock per subject.
    """
    db.scalar("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [subject, ctx.organisation_id])
    recent = db.scalar(
        "SELECT count(*) FROM base_code WHERE organisation_id = %s AND subject = %s AND issued_at > %s",
        [ctx.organisation_id, subject, ctx.now - timedelta(hours=1)],
    )
    if recent >= MOST_AN_HOUR:
        return None
    db.execute(
        "UPDATE base_code SET tries_left = 0 WHERE organisation_id = %s AND subject = %s", [ctx.organisation_id, subject]
    )
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    id = db.scalar(
        """INSERT INTO base_code (organisation_id, subject, salt, hash, tries_left, issued_at)
           VALUES (%s, %s, %s, %s, %s, %s) RETURNING id""",
        [ctx.organisation_id, subject, key, _hash(key, code), TRIES, ctx.now],
    )
    return Issued(id, code)


def redeem(ctx: Ctx, *, attempt: str, code: str) -> str:
    """The subject that a code was made for; it works once.  A wrong try counts, so call it in no transaction of yours.

    Refuses: wrong, tried too often, over, of another organisation (`WRONG_CODE`); forged attempts.
    """
    organisation_id, key = tokens.read(ATTEMPT, attempt, max_age_s=int(LASTS.total_seconds()))
    typed = "".join(char for char in code if char.isdecimal())[:DIGITS]
    mine = [ctx.organisation_id, str(key) if organisation_id == ctx.organisation_id else ""]
    tried = db.dicts(
        """UPDATE base_code SET tries_left = tries_left - 1
            WHERE organisation_id = %s AND salt = %s AND tries_left > 0 AND issued_at > %s
           RETURNING subject, salt, hash""",
        [*mine, ctx.now - LASTS],
    )
    if not tried or not secrets.compare_digest(tried[0]["hash"], _hash(tried[0]["salt"], typed)):
        raise Refused(WRONG_CODE)
    used = "UPDATE base_code SET tries_left = 0, used = TRUE WHERE organisation_id = %s AND salt = %s AND NOT used"
    if not db.execute(used, mine):
        raise Refused(WRONG_CODE)  # somebody else was quicker with it
    return str(tried[0]["subject"])


def forget(*, older_than: datetime, limit: int = 10_000) -> int:
    """Drops codes that are over and count no more, of every organisation.  Returns: how many."""
    return db.execute(
        "DELETE FROM base_code WHERE id IN (SELECT id FROM base_code WHERE issued_at < %s ORDER BY id LIMIT %s)",
        [older_than, limit],
    )


def _hash(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()
