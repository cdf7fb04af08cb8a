"""Who does not want notices at an address.  It is kept by the address, for that is what was asked: who shares it is spared too."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.messaging import events
from doorstep.messaging.notices.values import OptOutRow, Way


def normal(way: Way, address: str) -> str:
    """The address as it is compared."""
    return address.strip().lower() if way is Way.MAIL else address.strip()


def opted_out(ctx: Ctx, *, way: Way, addresses: Sequence[str]) -> set[str]:
    """Those of these addresses at which nothing is wanted by this way, as they are compared."""
    wanted = sorted({normal(way, address) for address in addresses if address})
    if not wanted:
        return set()
    return set(
        db.column(
            """SELECT address FROM messaging_optout
                WHERE organisation_id = %s AND way = %s AND address = ANY(%s) AND ended_at IS NULL""",
            [ctx.organisation_id, way.value, wanted],
        )
    )


@transaction.atomic
def opt_out(ctx: Ctx, *, way: Way, address: str, source: str, timeline: str) -> bool:
    """Keeps that somebody wants no more notices at an address; again changes nothing.  Returns: whether it is new.

    `source`: link, page, sms, vendor or staff.  Emits: OptedOut.
    """
    made = db.column(
        """INSERT INTO messaging_optout (organisation_id, way, address, source, at) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, way, address) WHERE ended_at IS NULL DO NOTHING RETURNING id""",
        [ctx.organisation_id, way.value, normal(way, address), source, ctx.now],
    )
    if made:
        outbox.record(ctx, [Happened(events.OPTED_OUT, timeline, timeline, {"way": way.value, "source": source})])
    return bool(made)


@transaction.atomic
def opt_in(ctx: Ctx, *, way: Way, address: str, source: str, timeline: str) -> bool:
    """Keeps that somebody wants notices again.  Returns: whether they did not before.  Emits: OptedIn."""
    changed = db.execute(
        """UPDATE messaging_optout SET ended_at = %s
            WHERE organisation_id = %s AND way = %s AND address = %s AND ended_at IS NULL""",
        [ctx.now, ctx.organisation_id, way.value, normal(way, address)],
    )
    if changed:
        outbox.record(ctx, [Happened(events.OPTED_IN, timeline, timeline, {"way": way.value, "source": source})])
    return bool(changed)


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
        """SELECT id, way, address, source, at FROM messaging_optout
            WHERE organisation_id = %s AND ended_at IS NULL AND (%s::bigint IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, before, before, limit],
    )
