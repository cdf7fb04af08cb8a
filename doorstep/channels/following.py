"""How far the channels of an organisation have followed its stock."""

from __future__ import annotations

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock.feed import Place


@transaction.atomic
def lock(ctx: Ctx) -> Place | None:
    """The place in the feed up to which stock was followed, None at the beginning.  Locks: the organisation's follower."""
    return db.one(
        Place,
        "SELECT mark, since, until, after FROM channels_follower WHERE organisation_id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id],
    )


@transaction.atomic
def keep(ctx: Ctx, *, place: Place) -> None:
    """Notes how far stock was followed."""
    db.execute(
        """INSERT INTO channels_follower (organisation_id, mark, since, until, after) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id) DO UPDATE
              SET (mark, since, until, after) = (EXCLUDED.mark, EXCLUDED.since, EXCLUDED.until, EXCLUDED.after)""",
        [ctx.organisation_id, place.mark, place.since, place.until, place.after],
    )


def find_organisations() -> list[int]:
    """Organisations whose shops are to be told of stock."""
    return db.column("SELECT DISTINCT organisation_id FROM channels_listing WHERE ended_at IS NULL ORDER BY 1")
