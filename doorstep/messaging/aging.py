"""The texts of mails go by age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import aging, db
from doorstep.base.aging import Turn
from doorstep.base.ctx import Ctx
from doorstep.messaging.notices import opt_outs


@transaction.atomic
def forget_texts(*, older_than: datetime, after: int = 0, limit: int = aging.AT_ONCE) -> Turn:
    """Empties mails that no person wrote, of every organisation, once they were sent or given up."""
    upto, is_last = aging.look("messaging_message", "wanted_at", older_than, after, limit)
    gone = db.execute(
        """UPDATE messaging_message SET text = '', html = '' WHERE id > %s AND id <= %s AND auto AND text <> ''
              AND state NOT IN ('queued', 'sending')""",
        [after, upto],
    )
    return Turn(upto, gone, is_last)


@transaction.atomic
def erase_texts(ctx: Ctx, *, addresses: Sequence[str]) -> int:
    """Empties mails to these addresses that no person wrote and that left already.  Returns: how many."""
    return db.execute(
        """UPDATE messaging_message SET text = '', html = '' WHERE organisation_id = %s AND to_address = ANY(%s) AND auto
              AND state NOT IN ('queued', 'sending')""",
        [ctx.organisation_id, list(addresses)],
    )


@transaction.atomic
def erase_addresses(ctx: Ctx, *, addresses: Sequence[str]) -> int:
    """Erases to whom mails went that left already, and notices that no longer wait; opt-outs hold on, unreadable.

    Returns: how many mails.
    """
    opt_outs.seal(ctx, addresses=addresses)
    db.execute(
        "UPDATE messaging_notice SET address = '' WHERE organisation_id = %s AND address = ANY(%s) AND state <> 'waiting'",
        [ctx.organisation_id, list(addresses)],
    )
    return db.execute(
        """UPDATE messaging_message SET to_address = '', to_name = '' WHERE organisation_id = %s AND to_address = ANY(%s)
              AND state NOT IN ('queued', 'sending')""",
        [ctx.organisation_id, list(addresses)],
    )
