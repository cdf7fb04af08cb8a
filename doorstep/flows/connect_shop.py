"""A shop learns where its webhooks go: the wish was committed with the connection, the call is a job."""

from __future__ import annotations

from datetime import datetime

import httpx

from doorstep.base import alone, jobs
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.base.vendors import webhook_url
from doorstep.channels import actions as channels
from doorstep.channels import queries, rules
from doorstep.channels.port.needs import TriesAccess
from doorstep.flows import expose


def introduce(ctx: Ctx, *, connection_id: int) -> None:
    """Tells the shop our address and the secret to sign with; saying it twice changes nothing.

    Raises: httpx errors to be tried again; the connection shows the problem until then.
    """
    connection = queries.get(ctx, connection_id=connection_id)
    secret = queries.secret_of(ctx, connection_id=connection_id)
    try:
        shop = queries.shop_of(ctx, connection=connection)
        if isinstance(shop, TriesAccess):
            shop.try_access()
        shop.introduce(webhook_url(connection), secret)
    except (httpx.HTTPError, Refused) as trouble:
        channels.note_problem(ctx, connection_id=connection_id, problem=f"{type(trouble).__name__}: {trouble}")
        if isinstance(trouble, httpx.HTTPError):
            raise
        return
    channels.note_seen(ctx, connection_id=connection_id, introduced=True)
    expose.want_listings(ctx, connection_id=connection_id)


def sweep(now: datetime) -> None:
    """Asks anew for introductions whose job gave up, was refused or got lost."""
    waiting = {rules.lock_of(connection_id): (owner, connection_id) for owner, connection_id in queries.find_unintroduced()}
    live = jobs.live_locks(list(waiting)) if waiting else set()
    left = [one for lock, one in waiting.items() if lock not in live]
    alone.each_of(left, lambda ctx, id: channels.introduce(ctx, connection_id=id), now=now, what="connection")
