"""Addresses that a shop gave its buyers, and how they are erased from what was said."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db, search
from doorstep.base.ctx import Ctx


@transaction.atomic
def erase(ctx: Ctx, *, order_ids: Sequence[int], domains: Sequence[str]) -> tuple[list[str], list[int]]:
    """Erases addresses of these domains from conversations about orders; what was said stays, and can be answered no more.

    Returns: the addresses, and the arrivals that hold them.  Locks: the conversations, ascending.
    """
    ids = db.column(
        "SELECT id FROM inbox_conversation WHERE organisation_id = %s AND order_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [ctx.organisation_id, list(order_ids)],
    )
    key = [ctx.organisation_id, ids]
    said = db.dicts("SELECT address, arrival_id FROM inbox_message WHERE organisation_id = %s AND conversation_id = ANY(%s)", key)
    known = db.column("SELECT contact_address FROM inbox_conversation WHERE organisation_id = %s AND id = ANY(%s)", key)
    theirs = {one for one in (*known, *(line["address"] for line in said)) if one.rpartition("@")[2].lower() in set(domains)}
    if not theirs:
        return [], []
    addresses = sorted(theirs)
    db.execute(
        """UPDATE inbox_conversation SET contact_address = '', contact_name = '', version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND id = ANY(%s) AND contact_address = ANY(%s)""",
        [ctx.now, *key, addresses],
    )
    db.execute(
        """UPDATE inbox_message SET recipients = '{}', address = CASE WHEN address = ANY(%s) THEN '' ELSE address END
            WHERE organisation_id = %s AND conversation_id = ANY(%s)""",
        [addresses, *key],
    )
    for address in addresses:
        db.execute(
            f"""UPDATE inbox_conversationsearch SET text = replace(text, %s, ''), grams = {search.GRAMS}(replace(text, %s, ''))
                 WHERE organisation_id = %s AND conversation_id = ANY(%s)""",
            [search.fold(address), search.fold(address), *key],
        )
    return addresses, [line["arrival_id"] for line in said if line["address"] in theirs and line["arrival_id"] is not None]
