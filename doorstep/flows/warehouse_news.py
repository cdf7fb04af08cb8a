"""What warehouses reported is read, whether or not a webhook told it."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
from django.db import transaction

from doorstep.base import alone, arrivals
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Ctx
from doorstep.flows import arrivals as inbound
from doorstep.flows.warehouses import warehouse_of
from doorstep.fulfilment.warehouses import accounts, queries

TOPIC = "report"
READ_EVERY = timedelta(seconds=60)
MOST_PAGES = 20


def read_due(now: datetime) -> None:
    """Reads the news of warehouses of which nothing was read for a while, whether or not webhooks told them."""
    alone.each_of(queries.find_to_read(read_before=now - READ_EVERY), _read_news, now=now, what="warehouse")


def _read_news(ctx: Ctx, warehouse_id: int) -> None:
    """Page after page; what a webhook brought is known by the sender's id.  One that does not answer is asked again later."""
    for _ in range(MOST_PAGES):
        row = queries.get_warehouse(ctx, warehouse_id=warehouse_id)
        try:
            news = warehouse_of(row).news(row.cursor)
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            accounts.note_problem(ctx, id=row.id, problem=f"{type(trouble).__name__}: {trouble}")
            return
        with transaction.atomic():
            kept = arrivals.keep(
                ctx, [Incoming(row.id, id, TOPIC, body, source=arrivals.WAREHOUSE) for id, body in news.items]
            )
            accounts.note_read(ctx, id=row.id, was=row.cursor, cursor=news.cursor)
        inbound.process(ctx, arrival_ids=[one.id for one in kept])
        if not news.more:
            return
