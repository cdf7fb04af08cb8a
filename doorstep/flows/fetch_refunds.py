"""What shops gave back is asked for, where their orders do not say it; it is kept and read like what a webhook tells."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import httpx
from django.db import transaction

from doorstep.base import arrivals
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.channels import actions as channels
from doorstep.channels import kinds, queries
from doorstep.channels.port import ListedRefund, ListsRefunds, Throttled
from doorstep.channels.values import ConnectionRow
from doorstep.flows import each_shop
from doorstep.flows.arrivals import process

log = logging.getLogger("doorstep.fetch_refunds")
GIVEN_BACK = "given-back:"  # how arrivals of refunds that we fetched are called: and then the shop's id
TOPIC = "refunds/listed"
MOST_PAGES = 2000


def fetch(ctx: Ctx) -> int:
    """Asks every connection in use.  Returns: how many refunds were news.  Calls the network; no transaction is open meanwhile."""
    return each_shop.ask(ctx, lambda row: fetch_connection(ctx, row))


def fetch_connection(ctx: Ctx, connection: ConnectionRow) -> int:
    """Asks one connection, page by page; one that cannot be reached is marked and never stops the others.

    Every time it is asked for a while that it was asked for before, since a refund may be listed later than it was given; one that
    is known is kept once.  The place moves only after the last page.  Returns: how many refunds were news.
    """
    shop = queries.shop_of(ctx, connection=connection)
    if not isinstance(shop, ListsRefunds):
        return 0
    try:
        kept = _read_pages(ctx, shop, connection, since=_begin(ctx, shop, connection))
    except Throttled as wait:
        log.info("connection %s: %s", connection.id, wait)
        return 0
    except (httpx.HTTPError, Refused) as trouble:
        log.warning("connection %s: what was given back cannot be read: %s", connection.id, trouble)
        # What an application may not read is no trouble with the shop: all else goes on.
        if not isinstance(trouble, Refused) or trouble.refusal is UNREADABLE:
            channels.note_problem(ctx, connection_id=connection.id, problem=f"{type(trouble).__name__}: {trouble}")
        else:
            channels.note_denied(ctx, connection_id=connection.id, what=kinds.REFUNDS, is_denied=True)
        return 0
    channels.note_denied(ctx, connection_id=connection.id, what=kinds.REFUNDS, is_denied=False)
    channels.note_refunds_read(ctx, connection_id=connection.id, until=ctx.now)
    return kept


def _begin(ctx: Ctx, shop: ListsRefunds, connection: ConnectionRow) -> datetime:
    """A little before where the last time ended; at first, when the shop was connected."""
    until = connection.refunds_until or connection.created_at
    return max(until - shop.refunds_late, ctx.now - shop.refunds_kept)


def _read_pages(ctx: Ctx, shop: ListsRefunds, connection: ConnectionRow, *, since: datetime) -> int:
    after, kept = "", 0
    for _ in range(MOST_PAGES):
        page = shop.list_refunds(since=since, after=after)
        kept += _keep(ctx, connection.id, page.refunds)
        if page.next_after is None:
            return kept
        after = page.next_after
    raise Refused(UNREADABLE, {"reason": f"more than {MOST_PAGES} pages"})


def _keep(ctx: Ctx, connection_id: int, refunds: Sequence[ListedRefund]) -> int:
    """Keeps what is news, and reads it."""
    came = [Incoming(connection_id, f"{GIVEN_BACK}{one.refund_id}", TOPIC, one.body) for one in refunds]
    with transaction.atomic():
        new = [one.id for one in arrivals.keep(ctx, came) if one.is_new] if came else []
    process(ctx, arrival_ids=new)
    return len(new)
