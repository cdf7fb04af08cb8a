"""Names that senders give to what they send, so that the same again books nothing."""

from __future__ import annotations

from collections.abc import Iterable

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

TAKEN = Refusal(
    "client_id_taken",
    gettext_noop("The client id “%(client_id)s” stands for something on another document."),
    gettext_noop("Give what is sent here an id of its own."),
)


def take(ctx: Ctx, client_ids: Iterable[str]) -> None:
    """Lets nobody else look at these names until the transaction ends.  Locks: them, in one order for everybody."""
    db.execute(
        """SELECT pg_advisory_xact_lock(key) FROM (
                  SELECT DISTINCT hashtextextended(%s::text || ':' || n, 0) AS key FROM unnest(%s::text[]) n ORDER BY 1) k""",
        [ctx.organisation_id, sorted(set(client_ids))],
    )
