"""Shops that say several kinds of things in one batch, at the same moment as others do: nobody meets a deadlock."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest

from doorstep.base import arrivals, db, deadlocks
from doorstep.base.arrivals import Incoming
from doorstep.channels import listings
from doorstep.channels.port import ListedItem
from doorstep.channels.values import ConnectionRow
from doorstep.flows import cancel, expose
from doorstep.flows.arrivals import process
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop, envelope, shop_order
from tests.factories import Brand, draft, make_brand, place, together
from tests.serving import database_url
from tests.short_picks import assert_all_holds

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = 5400000001000
LATER = "2026-11-20T10:00:00.000Z"


def order_of(n: int, *skus: str, qty: int = 1, **changes: Any) -> dict[str, Any]:
    """Order n, of so many units of each of these."""
    return shop_order(FIRST + n, lines=tuple((sku, qty) for sku in skus), **changes)


def kept(brand: Brand, shop: ConnectionRow, name: str, *told: tuple[str, dict[str, Any]]) -> list[int]:
    """One batch that nobody has read yet.  Shapes: (topic, order) each."""
    incoming = [
        Incoming(shop.id, f"{name}-{place}", topic, envelope(topic, order)) for place, (topic, order) in enumerate(told)
    ]
    return [row.id for row in arrivals.keep(brand.ctx, incoming)]


def new(n: int, *skus: str, qty: int = 1) -> tuple[str, dict[str, Any]]:
    return "orders/create", order_of(n, *skus, qty=qty)


def edited(n: int, *skus: str, qty: int) -> tuple[str, dict[str, Any]]:
    return "orders/updated", order_of(n, *skus, qty=qty, updated_at=LATER)


def refunded(n: int, *skus: str, qty: int) -> tuple[str, dict[str, Any]]:
    """One unit of its first line was given back before it was sent."""
    order = order_of(n, *skus, qty=qty, updated_at=LATER)
    line = {"id": order["line_items"][0]["id"], "quantity": 1, "unsent": 1}
    order["refunds"] = [{"id": n + 1, "key": None, "amount": "10.00", "reason": "late", "line_items": [line]}]
    return "orders/updated", order


def called_off(n: int, *skus: str) -> tuple[str, dict[str, Any]]:
    return "orders/cancelled", order_of(n, *skus, cancelled_at=LATER, cancel_reason="customer")


def deadlocks_met() -> float:
    """How many transactions were done once more for one, of which nobody saw anything."""
    return sum(one.value for metric in deadlocks.met.collect() for one in metric.samples if one.name.endswith("_total"))


@contextmanager
def nobody_calls_off(brand: Brand, shop: ConnectionRow, *numbers: int) -> Iterator[None]:
    """Whoever hears that these orders, which never came, are called off waits until somebody else is done noting the same.

    The block ends once all wait there, so that all go on at the same moment.
    """
    with psycopg.connect(database_url()) as other:
        other.cursor().executemany(
            """INSERT INTO channels_withdrawn (organisation_id, connection_id, external_id, at) VALUES (%s, %s, %s, now())""",
            [(brand.ctx.organisation_id, shop.id, str(FIRST + n)) for n in numbers],
        )
        yield
        until = time.monotonic() + 60
        waiting = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                        AND query LIKE '%channels_withdrawn%'"""
        with psycopg.connect(database_url(), autocommit=True) as watch:
            while watch.execute(waiting).fetchone() != (len(numbers),):
                assert time.monotonic() < until, "they never met"
        other.rollback()


def test_a_batch_that_takes_one_thing_and_gives_back_another_never_meets_its_opposite() -> None:
    """One sells A and calls off B, the other sells B and calls off A."""
    brand = make_brand(stock_each=100)
    shop = connect_shop(brand)
    process(brand.ctx, arrival_ids=kept(brand, shop, "before", new(1, "A"), new(2, "B")))
    one = kept(brand, shop, "one", new(3, "A"), called_off(91, "A"), called_off(2, "B"))
    other = kept(brand, shop, "other", new(4, "B"), called_off(92, "A"), called_off(1, "A"))
    answers: list[object] = []
    with nobody_calls_off(brand, shop, 91, 92):
        both = threading.Thread(
            target=lambda: answers.extend(
                together(lambda: process(brand.ctx, arrival_ids=one), lambda: process(brand.ctx, arrival_ids=other))
            )
        )
        both.start()
    both.join()
    said = ["processed", "ignored", "processed"]
    assert answers == [dict(zip(one, said, strict=True)), dict(zip(other, said, strict=True))]
    found = queries.list_orders(brand.ctx, where=OrderFilter(), limit=200)
    assert sorted(row.state for row in found) == ["cancelled", "cancelled", "open", "open"]
    ids = [brand.variants[sku] for sku in ("A", "B")]
    assert [row.committed for row in stock.pool_of(brand.ctx, variant_ids=ids).values()] == [1, 1]
    drain()
    assert_all_holds()
    assert db.scalar("SELECT count(*) FROM base_arrival WHERE outcome = 'received'") == 0


def test_orders_that_get_what_somebody_mapped_wait_for_no_order_with_stock_in_their_hands() -> None:
    """A person is at the second of them, and wants the stock of both."""
    brand = make_brand()
    shop = connect_shop(brand)
    process(brand.ctx, arrival_ids=kept(brand, shop, "odd", new(1, "A", "X-1"), new(2, "A", "X-1")))
    drain()
    (listing_id,) = listings.note(brand.ctx, connection_id=shop.id, items=[ListedItem("X-1", "", "X-1", "", "Odd", None)])
    expose.link(brand.ctx, listing_id=listing_id, variant_id=brand.variants["B"])
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    said: list[object] = []
    with psycopg.connect(database_url()) as person:
        person.execute("SELECT id FROM orders_order ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE")
        links = threading.Thread(target=lambda: said.extend(together(drain)))
        links.start()
        until = time.monotonic() + 60
        while not db.scalar(waits):
            assert time.monotonic() < until, "nobody came to the orders"
            time.sleep(0.02)
        person.execute("SELECT 1 FROM stock_item WHERE variant_id = %s FOR NO KEY UPDATE", [brand.variants["A"]])
        person.rollback()
    links.join()
    assert [answer for answer in said if isinstance(answer, Exception)] == []
    rows = queries.list_orders(brand.ctx, where=OrderFilter(), limit=10)
    skus = sorted(line.sku for line in queries.lines_of(brand.ctx, order_ids=[row.id for row in rows]) if line.qty)
    assert skus == ["A", "A", "B", "B"]
    assert_all_holds()


def test_whatever_shops_tell_at_once_nobody_meets_a_deadlock_and_the_books_are_right() -> None:
    """New orders, edits, refunds and cancellations of the same products in each batch, while others sell and cancel."""
    rng = random.Random(37)
    brand = make_brand(stock_each=400, skus="ABCDE")
    shops = [connect_shop(brand, "One"), connect_shop(brand, "Two")]
    wants = {n: rng.sample("ABCDE", 2) for n in range(6)}
    for shop in shops:
        process(brand.ctx, arrival_ids=kept(brand, shop, "before", *(new(n, *wants[n], qty=3) for n in range(6))))
    drain()
    by_hand = place(brand.ctx, *(draft([(sku, 1) for sku in rng.sample("ABCDE", 3)]) for _ in range(6)))
    batches = []
    for shop in shops:
        for turn in range(2):
            mine = range(turn * 3, turn * 3 + 3)
            told = [(called_off, edited, refunded)[n % 3] for n in mine]
            said = [tell(n, *wants[n], **({} if tell is called_off else {"qty": 3 if tell is refunded else 2}))
                    for tell, n in zip(told, mine, strict=True)]  # fmt: skip
            sold = "ABCDE"[len(batches)]  # of one product, so that no batch locks all of them before anything else
            said += [new(n, sold) for n in range(6 + turn * 3, 9 + turn * 3)]
            rng.shuffle(said)
            batches.append(kept(brand, shop, f"turn-{turn}", *said))
    before = deadlocks_met()
    answers = together(
        *(partial(process, brand.ctx, arrival_ids=ids) for ids in batches),
        lambda: [cancel.cancel(brand.ctx, order_id=id, reason="customer") for id in by_hand],
        lambda: [place(brand.ctx, draft([(sku, 1) for sku in rng.sample("ABCDE", 3)])) for _ in range(6)],
        drain,
    )  # fmt: skip
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    outcomes = [said for answer in answers[: len(batches)] for said in dict(answer).values()]
    assert (len(outcomes), set(outcomes)) == (24, {"processed"})
    drain()
    found = Counter(row.state for row in queries.list_orders(brand.ctx, where=OrderFilter(), limit=200))
    assert found == {"cancelled": 2 * 2 + 6, "open": 2 * 10 + 6}
    assert db.scalar("SELECT count(*) FROM channels_refundheard WHERE noted_at IS NOT NULL") == 2 * 2
    assert_all_holds()
    assert deadlocks_met() == before
