"""Who does not want notices at an address.  It is kept by the address, for that is what was asked: who shares it is spared too.

Where a customer is erased the opt-out stays, as a fingerprint of the address under a key of the house: who asked not to be
written to is not written to again because they also asked to be forgotten, and nobody can read from it whom that was
(Regulation (EU) 2016/679, 17(3)(b) and 21(3)).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db, outbox, sealing
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.messaging import events
from doorstep.messaging.notices.values import SEALED, OptOutRow, Way

ROW = "id, way, address, source, at, by, ended_at, ended_source, ended_by"
LONGEST_BY = 200


def normal(way: Way, address: str) -> str:
    """The address as it is compared."""
    return address.strip().lower() if way is Way.MAIL else address.strip()


def opted_out(ctx: Ctx, *, way: Way, addresses: Sequence[str]) -> set[str]:
    """Those of these addresses at which nothing is wanted by this way, as they are compared."""
    forms = {form: address for address in {normal(way, one) for one in addresses if one} for form in _forms(way, address)}
    if not forms:
        return set()
    found = db.column(
        """SELECT address FROM messaging_optout
            WHERE organisation_id = %s AND way = %s AND address = ANY(%s) AND ended_at IS NULL""",
        [ctx.organisation_id, way.value, sorted(forms)],
    )
    return {forms[form] for form in found}


def _forms(way: Way, address: str) -> list[str]:
    """How an address may stand in the book: as it is, and as its fingerprint."""
    plain = normal(way, address)
    return [plain, *(f"{SEALED}{mark}" for mark in sealing.fingerprints(f"opt-out:{way.value}:{plain}"))]


@transaction.atomic
def seal(ctx: Ctx, *, addresses: Sequence[str]) -> int:
    """Makes the addresses of who is erased unreadable; what was asked of them holds on.  Returns: how many."""
    sealed = 0
    for way in Way:
        for address in sorted({normal(way, one) for one in addresses if one}):
            plain, mark, *_ = _forms(way, address)
            sealed += db.execute(
                """UPDATE messaging_optout o SET address = %s, by = '', ended_by = ''
                    WHERE organisation_id = %s AND way = %s AND address = %s AND NOT EXISTS (
                          SELECT 1 FROM messaging_optout other WHERE other.organisation_id = o.organisation_id
                             AND other.way = o.way AND other.address = %s AND other.ended_at IS NULL AND o.ended_at IS NULL)""",
                [mark, ctx.organisation_id, way.value, plain, mark],
            )
    return sealed


@transaction.atomic
def opt_out(ctx: Ctx, *, way: Way, address: str, source: str, timeline: str) -> bool:
    """Keeps that somebody wants no more notices at an address; again changes nothing.  Returns: whether it is new.

    `source`: link, page, mail, sms, vendor or staff.  Emits: OptedOut.
    """
    if opted_out(ctx, way=way, addresses=[address]):
        return False
    made = db.column(
        """INSERT INTO messaging_optout (organisation_id, way, address, source, by, at) VALUES (%s, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, way, address) WHERE ended_at IS NULL DO NOTHING RETURNING id""",
        [ctx.organisation_id, way.value, normal(way, address), source, _by(ctx, source), ctx.now],
    )
    if made:
        outbox.record(ctx, [Happened(events.OPTED_OUT, timeline, timeline, {"way": way.value, "source": source})])
    return bool(made)


@transaction.atomic
def opt_in(ctx: Ctx, *, way: Way, address: str, source: str, timeline: str) -> bool:
    """Keeps that somebody wants notices again.  Returns: whether they did not before.  Emits: OptedIn."""
    changed = db.execute(
        """UPDATE messaging_optout SET ended_at = %s, ended_source = %s, ended_by = %s
            WHERE organisation_id = %s AND way = %s AND address = ANY(%s) AND ended_at IS NULL""",
        [ctx.now, source, _by(ctx, source), ctx.organisation_id, way.value, _forms(way, address)],
    )
    if changed:
        outbox.record(ctx, [Happened(events.OPTED_IN, timeline, timeline, {"way": way.value, "source": source})])
    return bool(changed)


def _by(ctx: Ctx, source: str) -> str:
    """Who of the house noted it; customers are named nowhere."""
    return ctx.actor.name[:LONGEST_BY] if source == "staff" else ""


def newest_of(ctx: Ctx, *, way: Way, addresses: Sequence[str]) -> dict[str, OptOutRow]:
    """What was asked last at each of these addresses, be it over or not.  Shapes: by address, as it is compared."""
    forms = {form: address for address in {normal(way, one) for one in addresses if one} for form in _forms(way, address)}
    rows = db.rows(
        OptOutRow,
        f"""SELECT {ROW} FROM messaging_optout WHERE organisation_id = %s AND way = %s AND address = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, way.value, sorted(forms)],
    )
    return {forms[row.address]: row for row in rows}


def count(ctx: Ctx) -> dict[str, int]:
    """How many addresses want nothing, by way."""
    found = db.dicts(
        "SELECT way, count(*) AS n FROM messaging_optout WHERE organisation_id = %s AND ended_at IS NULL GROUP BY way",
        [ctx.organisation_id],
    )
    return {line["way"]: line["n"] for line in found}


def list_opt_outs(ctx: Ctx, *, before: int | None = None, limit: int = 50) -> list[OptOutRow]:
    """Those who want nothing, newest first; `before` is the last id of the page before."""
    return db.rows(
        OptOutRow,
        f"""SELECT {ROW} FROM messaging_optout
            WHERE organisation_id = %s AND ended_at IS NULL AND (%s::bigint IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, before, before, limit],
    )
