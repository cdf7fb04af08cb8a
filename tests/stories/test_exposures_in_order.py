"""Whoever writes what several listings show locks them in one order, whichever of them is first in line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import psycopg
import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels import exposures, listings
from doorstep.channels.port import ListedItem, Taken
from doorstep.channels.values import Claimed
from doorstep.flows import expose
from tests.api.shop import connect_shop
from tests.factories import make_brand, together
from tests.serving import database_url

pytestmark = pytest.mark.django_db(transaction=True)
SOON = datetime(2030, 1, 1, tzinfo=UTC)
Write = Callable[[Ctx, int, Sequence[Claimed]], object]


def ids(claimed: Sequence[Claimed]) -> list[int]:
    return [one.listing_id for one in claimed]


# Those that write what is under way get it, claimed; `claim` itself gets nothing.
WRITES: dict[str, Write] = {
    "claim": lambda ctx, connection, _: exposures.claim(ctx, connection_id=connection, limit=10),
    "settle": lambda ctx, _, under_way: exposures.settle(ctx, told=[(one, Taken()) for one in under_way]),
    "put_off": lambda ctx, _, under_way: exposures.put_off(ctx, listing_ids=ids(under_way), until=SOON, unknown=False),
    "let_go": lambda ctx, connection, _: exposures.let_go(ctx, connection_id=connection),
    "drop": lambda ctx, _, under_way: exposures.drop(ctx, listing_ids=ids(under_way)),
}


@pytest.mark.parametrize("name", WRITES)
def test_nobody_waits_for_a_listing_with_a_later_one_in_their_hands(name: str) -> None:
    brand = make_brand()
    connection = connect_shop(brand)
    items = [ListedItem(sku, "", sku, "", f"Item {sku}", None) for sku in "AB"]
    first, second = sorted(expose.note(brand.ctx, connection_id=connection.id, items=items, since=brand.ctx.now))
    under_way = exposures.claim(brand.ctx, connection_id=connection.id, limit=10) if name != "claim" else []
    # The later listing waits longest, and lies before the other in the table.
    db.execute("UPDATE channels_exposure SET wanted_at = %s WHERE listing_id = %s", [SOON, first])
    said: list[object] = []
    with psycopg.connect(database_url()) as other:
        lock = "SELECT 1 FROM channels_exposure WHERE listing_id = %s FOR NO KEY UPDATE"
        other.execute(lock, [first])
        write = WRITES[name]
        writes = threading.Thread(target=lambda: said.extend(together(lambda: write(brand.ctx, connection.id, under_way[::-1]))))
        writes.start()
        until = time.monotonic() + 60
        waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while not db.scalar(waits):
            assert time.monotonic() < until, "nobody came to the listings"
            time.sleep(0.01)
        other.execute(lock, [second])
        other.rollback()
    writes.join()
    assert [answer for answer in said if isinstance(answer, Exception)] == []
    assert listings.ids_of(brand.ctx, connection_id=connection.id) == [first, second]
