"""Walk 3: one customer, two orders, three pillars — carrier, payment provider and mailbox as processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.base import db, outbox
from doorstep.base.money import Money
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.flows import answer, fetch_mail, pay, printing, send_back, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.messaging import mailboxes
from doorstep.orders import queries as orders
from doorstep.orders.values import PaymentState
from doorstep.payments import accounts
from doorstep.payments import queries as money
from doorstep.returns import queries as returns
from doorstep.returns import receiving
from doorstep.returns.values import Arrived, Wish
from doorstep.shipping import queries as parcels
from doorstep.stock import queries as stock
from doorstep.worker import post
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, place, receive
from tests.mails import CUSTOMER, as_agent, conversations, said
from tests.returning import lines
from tests.sandboxes import Server, borrowed
from tests.stories.test_walk_one import assert_all_holds, brand, carrier_url, scan_all
from tests.stories.test_walk_two import advance

__all__ = ["brand", "carrier_url"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]
HOUSE = "help@moru.example"


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Server]:
    with borrowed("mailbox", "--hold-s", "0.05") as server:
        yield server


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Server]:
    with borrowed("payment", "--hold-s", "0.05") as server:
        yield server


@pytest.fixture
def shop(brand: Brand, provider: Server, letters: Server) -> Brand:
    """A brand of today with carrier, provider and mailbox, and a shirt in two sizes at Berlin."""
    ctx = replace(brand.ctx, now=datetime.now(UTC))
    to = {"url": str(provider.http.base_url), "token": "sandbox"}
    accounts.connect(ctx, code="sandbox", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    at = {"url": str(letters.http.base_url), "token": "sandbox"}
    mailboxes.connect(ctx, name="Help", address=HOUSE, provider="sandbox_mailbox", settings=at)
    sizes = [
        VariantItem(f"SHIRT-{s}", "Shirt", Money(1000, "EUR"), product="shirt", option_names=("Size",), options=(s,))
        for s in "SM"
    ]
    made = catalog.ensure_variants(ctx, items=sizes)
    for variant in made.values():
        receive(ctx, variant, brand.berlin, 5)
    return replace(brand, ctx=ctx, variants=brand.variants | made)


def work(brand: Brand) -> None:
    """What the worker does about events, labels, papers, payments and mail, until nothing waits."""
    does = {
        "settle_label": lambda a: ship.settle_label(brand.ctx, label_id=a["label_id"]),
        "print_document": lambda a: printing.print_now(brand.ctx, print_job_id=a["print_job_id"]),
        "settle_payment_call": lambda a: pay.settle(brand.ctx, call_id=a["call_id"]),
    }
    for _ in range(6):
        drain()
        post.empty()
        waiting = db.dicts("DELETE FROM procrastinate_jobs WHERE status = 'todo' RETURNING id, task_name, args")
        for job in sorted(waiting, key=lambda job: job["id"]):
            if job["task_name"] in does:
                does[job["task_name"]](job["args"])


def order(brand: Brand, carrier_url: str, *skus: str, **more: Any) -> int:
    """An order on its way; gives its id."""
    [order_id] = place(brand.ctx, draft([(sku, 1) for sku in skus], **more))
    work(brand)
    leave(brand, carrier_url, order_id)
    return order_id


def leave(brand: Brand, carrier_url: str, order_id: int) -> None:
    """An order is picked, packed, handed over and scanned for the first time."""
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    [task, *_] = floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part.id])
    scan_all(brand.ctx, task.pick_list_id)
    assert fulfilment.pack(brand.ctx, fulfilment_order_id=part.id) is not None
    work(brand)
    [parcel] = parcels.parcels_of(brand.ctx, order_ids=[order_id])
    assert ship.hand_over(brand.ctx, parcel_ids=[parcel.id]) == [parcel.id]
    work(brand)
    ship.tell_carriers(datetime.now(UTC))
    travel(brand, carrier_url, parcel.id, "11")


def travel(brand: Brand, carrier_url: str, parcel_id: int, *codes: str) -> None:
    advance(brand, carrier_url, parcel_id, *codes)
    work(brand)


def arrive(brand: Brand, carrier_url: str, order_id: int) -> None:
    [parcel] = parcels.parcels_of(brand.ctx, order_ids=[order_id])
    travel(brand, carrier_url, parcel.id, "82", "91")


def write(brand: Brand, letters: Server, text: str, **more: str) -> None:
    """The customer writes, and it is fetched and read."""
    mail = {"from": CUSTOMER, "name": "김민서", "to": HOUSE, "subject": "Hello", "text": text} | more
    letters.post("/admin/write", mail, status=201)
    fetch_mail.fetch_all(datetime.now(UTC))
    work(brand)


def talk(brand: Brand) -> list[tuple[str, str, str]]:
    """The one conversation: direction, author, first line."""
    [row] = conversations(brand.ctx)
    return [(m.direction, m.author_name, m.text.splitlines()[0]) for m in said(brand.ctx, row.id)]


def send_home(brand: Brand, carrier_url: str, order_id: int) -> int:
    """A shirt is exchanged for the other size and a thing is given back; gives the id of the return."""
    kept = lines(brand.ctx, order_id)
    other = brand.variants["SHIRT-M"]
    wishes = [
        Wish(kept["SHIRT-S"].id, 1, "too_small", "exchange_variant", exchange_variant_id=other),
        Wish(kept["A"].id, 1, "changed_mind"),
    ]
    return_id = send_back.request(brand.ctx, order_id=order_id, wishes=wishes, key="r")
    work(brand)
    return return_id


def judge(brand: Brand, return_id: int) -> None:
    """Both units are received and found as new."""
    came = returns.lines_of(brand.ctx, return_ids=[return_id])
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(1, line.id) for line in came], key="in")
    for line in came:
        receiving.inspect(brand.ctx, line_id=line.id, qty=1, grade="A", disposition="restocked", key=f"i{line.id}")


def test_two_orders_a_question_a_return_an_exchange_and_the_money(
    shop: Brand, carrier_url: str, provider: Server, letters: Server
) -> None:
    ctx = shop.ctx
    paid_here: dict[str, Any] = {"payment_state": PaymentState.PENDING, "payment_method": "pm_card"}
    first = order(shop, carrier_url, "SHIRT-S", "A", external_id="7001", **paid_here)
    second = order(shop, carrier_url, "B", external_id="7002")
    write(shop, letters, "Where is my order #7001?")
    [conversation] = conversations(ctx)
    assert (conversation.state, conversation.order_id) == ("resolved", first)
    arrive(shop, carrier_url, first)
    arrive(shop, carrier_url, second)

    return_id = send_home(shop, carrier_url, first)
    [swapped, given_back] = returns.lines_of(ctx, return_ids=[return_id])
    exchange = swapped.exchange_order_id or 0
    assert (given_back.exchange_order_id, orders.orders_by_id(ctx, ids=[exchange])[exchange].on_hold) == (None, True)
    [answered] = [m for m in said(ctx, conversation.id) if m.direction == "out"]
    write(shop, letters, "And where is my order now?", subject="Re: Hello", in_reply_to=answered.message_id)
    [conversation] = conversations(ctx)
    assert conversation.state == "open"
    harin = as_agent(replace(ctx, now=datetime.now(UTC)))
    answer.reply(
        harin, conversation_id=conversation.id, version=conversation.version, text="We wait for R1001.", wish="1"
    )
    work(shop)

    parcel_id = returns.get_return(ctx, return_id=return_id).parcel_id or 0
    travel(shop, carrier_url, parcel_id, "11")
    travel(shop, carrier_url, parcel_id, "82", "91")
    judge(shop, return_id)
    provider.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        work(shop)
    [refund] = [call for call in money.calls_of(ctx, order_ids=[first]) if call.kind == "refund"]
    assert refund.state == "unknown"
    provider.post("/admin/faults", {})
    pay.settle(ctx, call_id=refund.id)
    work(shop)
    leave(shop, carrier_url, exchange)
    arrive(shop, carrier_url, exchange)
    ours = said(ctx, conversation.id)[-1].message_id
    write(shop, letters, "It fits. Thank you!", subject="Re: Hello", in_reply_to=ours)

    row = returns.get_return(ctx, return_id=return_id)
    assert (row.decision, row.goods, row.money) == ("approved", "closed", "succeeded")
    stock_is_exact(shop)
    money_is_exact(shop, provider, first, second, exchange)
    told_is_exact(shop, letters, first, exchange)
    assert_all_holds()


def stock_is_exact(brand: Brand) -> None:
    """Levels at Berlin (Seoul is as it was), and each movement that made them: what moved, where, on hand, committed."""
    berlin = brand.berlin
    came = {"SHIRT-S": 5, "SHIRT-M": 5, "A": 10, "B": 10}
    left = [("sale", None, 0, 1), ("allocation", berlin, 0, 1), ("sale", berlin, -1, -1)]
    back = [("return", berlin, 1, 0)]
    want = {"SHIRT-S": left + back, "SHIRT-M": left, "A": left + back, "B": left}
    for sku, moved in want.items():
        variant = brand.variants[sku]
        levels = {level.location_id: level for level in stock.levels_of(brand.ctx, variant_ids=[variant])}
        on_hand = came[sku] + sum(one[2] for one in moved)
        assert (levels[berlin].on_hand, levels[berlin].committed, levels[berlin].quality_control) == (on_hand, 0, 0), (
            sku
        )
        assert {at: level.on_hand for at, level in levels.items() if at != berlin} in ({}, {brand.seoul: 10}), sku
        pool = stock.pool_of(brand.ctx, variant_ids=[variant])[variant]
        assert pool.available == sum(level.on_hand for level in levels.values()), sku
        found = stock.movements_of(brand.ctx, variant_id=variant)
        told = [(m.kind, m.location_id, m.on_hand, m.committed) for m in reversed(found) if m.kind != "receipt"]
        assert told == moved, sku


def money_is_exact(brand: Brand, provider: Server, first: int, second: int, exchange: int) -> None:
    """Each ledger entry by entry, and the provider's books beside it: nothing was done twice."""
    books = {id: money.ledger_of(brand.ctx, order_id=id) for id in (first, second, exchange)}
    assert {id: [(e.kind, e.amount_minor) for e in book.entries] for id, book in books.items()} == {
        first: [("authorisation", 2000), ("capture", 2000), ("refund", 1000)],
        second: [("capture", 1000)],
        exchange: [],
    }
    theirs = provider.get("/admin/books")
    assert [(op["kind"], op["amount_minor"], op["state"]) for op in theirs["operations"]] == [
        ("authorise", 2000, "succeeded"), ("capture", 2000, "succeeded"), ("refund", 1000, "succeeded"),
    ]  # fmt: skip
    assert [op["key"] for op in theirs["operations"]] == [call.vendor_key for call in reversed(books[first].calls)]
    assert theirs["totals"]["EUR"] == {
        "payments": 1, "authorised_minor": 2000, "captured_minor": 2000, "refunded_minor": 1000, "refund_open_minor": 0,
    }  # fmt: skip


def told_is_exact(brand: Brand, letters: Server, first: int, exchange: int) -> None:
    """Timelines, the conversation and the mails, one by one."""
    assert [told(brand, id) for id in (first, exchange)] == [FIRST, EXCHANGE]
    assert talk(brand) == [
        ("in", "김민서", "Where is my order #7001?"),
        ("out", "Doorstep", "Hello 김민서,"),
        ("note", "Doorstep", "Answered by itself: the message asks where an order is."),
        ("in", "김민서", "And where is my order now?"),
        ("note", "Doorstep", DRAFTED),
        ("out", "Harin", "We wait for R1001."),
        ("in", "김민서", "It fits. Thank you!"),
    ]
    taken = letters.get("/admin/books")["taken"]
    assert {(mail["to"], mail["times_taken"]) for mail in taken} == {(CUSTOMER, 1)}
    sent = db.dicts(
        "SELECT template, subject, message_id, state FROM messaging_message WHERE organisation_id = %s",
        [brand.ctx.organisation_id],
    )
    known = {mail["message_id"]: (mail["template"], mail["subject"]) for mail in sent}
    assert ([known[mail["message_id"]] for mail in taken], {mail["state"] for mail in sent}) == (MAILS, {"sent"})


def told(brand: Brand, order_id: int) -> list[str]:
    """The timeline of an order, its mails left out: they are told by MAILS."""
    found = sorted(outbox.timeline(brand.ctx, of=[f"order:{order_id}"], limit=500), key=lambda event: event.id)
    return [event.type for event in found if not event.type.startswith("message.")]


DRAFTED = "Not answered by itself: answers went out by themselves within a day already. What could be said:"
FIRST = [
    "order.placed", "order.held", "payment.authorised", "order.hold_released", "order.routed", "fulfilment.listed",
    "fulfilment.line_picked", "fulfilment.line_picked", "fulfilment.picked", "parcel.packed", "label.wanted",
    "label.bought", "print.printed", "print.printed", "parcel.handed_over", "order.fulfilled", "order.paid",
    "payment.captured", "parcel.tracking", "conversation.opened", "conversation.message_filed", "conversation.replied",
    "conversation.noted", "parcel.tracking", "parcel.delivered", "order.delivered", "return.requested",
    "return.approved", "label.wanted", "label.bought", "return.label_issued", "conversation.message_filed",
    "conversation.noted", "conversation.replied", "parcel.tracking", "parcel.coming_back", "return.in_transit",
    "parcel.tracking", "parcel.back", "return.received", "return.units_judged", "return.units_judged", "return.inspected",
    "refund.granted", "return.processed",
    "refund.unknown", "refund.succeeded", "return.closed", "conversation.message_filed",
]  # fmt: skip
EXCHANGE = [
    "order.placed", "order.held", "order.hold_released", "order.routed", "fulfilment.listed", "fulfilment.line_picked",
    "fulfilment.picked", "parcel.packed", "label.wanted", "label.bought", "print.printed", "print.printed",
    "parcel.handed_over", "order.fulfilled", "parcel.tracking", "parcel.tracking", "parcel.delivered", "order.delivered",
]  # fmt: skip
MAILS = [
    ("confirmed", "주문 #7001: 감사합니다"), ("shipped", "주문 #7001의 배송이 시작되었습니다"),
    ("confirmed", "주문 #7002: 감사합니다"), ("shipped", "주문 #7002의 배송이 시작되었습니다"),
    ("reply", "Re: Hello"),
    ("delivered", "주문 #7001의 배송이 완료되었습니다"), ("delivered", "주문 #7002의 배송이 완료되었습니다"),
    ("confirmed", "주문 #7001-R1001: 감사합니다"), ("returned", "반품 R1001의 송장이 준비되었습니다"),
    ("reply", "Re: Hello"),
    ("returned", "반품 R1001이(가) 도착했습니다"), ("returned", "반품 R1001의 환불 안내"),
    ("shipped", "주문 #7001-R1001의 배송이 시작되었습니다"), ("delivered", "주문 #7001-R1001의 배송이 완료되었습니다"),
]  # fmt: skip
