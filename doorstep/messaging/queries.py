"""Reads of messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.messaging.actions import COLUMNS
from doorstep.messaging.values import MessageRow


def find(ctx: Ctx, *, id: int) -> MessageRow | None:
    """One message, or None."""
    return db.one(
        MessageRow,
        f"SELECT {COLUMNS} FROM messaging_message WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, id],
    )


def messages_of(ctx: Ctx, *, timelines: Sequence[str]) -> list[MessageRow]:
    """Messages about these subjects, newest first."""
    return db.rows(
        MessageRow,
        f"""SELECT {COLUMNS} FROM messaging_message WHERE organisation_id = %s AND timeline = ANY(%s)
             ORDER BY id DESC LIMIT 200""",
        [ctx.organisation_id, list(timelines)],
    )


def find_waiting(*, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Messages to be handed over, or found in the middle of it, of every organisation: (organisation id, message id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM messaging_message
            WHERE state IN ('queued', 'sending') AND (try_after IS NULL OR try_after <= %s) ORDER BY wanted_at, id LIMIT %s""",
        [now, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
