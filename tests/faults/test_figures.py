"""The figures of the bench `fault` see what they are to see: damage is planted in the books, and they speak."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench._walks import books
from bench._walks.talk import Post
from bench._walks.world import World
from bench.fault import wrong
from doorstep.base import db
from doorstep.messaging import actions as messaging
from doorstep.messaging import mailboxes
from doorstep.messaging.values import Draft, MessageState
from doorstep.payments import accounts
from doorstep.payments import queries as money
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand
from tests.giving_back import back
from tests.mails import bring, mail
from tests.returning import arrived, ask, wish
from tests.sandboxes import Server, borrowed
from tests.stories.test_payments import paid_order, refund, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    with borrowed("payment", "--retry-s", "0.05") as payment, borrowed("mailbox", "--retry-s", "0.05") as mailbox:
        yield {"payment": payment, "mailbox": mailbox}


@pytest.fixture
def brand(servers: dict[str, Server], settings: Any, tmp_path: Path) -> Iterator[Brand]:
    settings.HOME = tmp_path
    made = make_brand()
    to = {"url": str(servers["payment"].http.base_url), "token": "sandbox"}
    accounts.connect(made.ctx, code="p", name="Sandbox Pay", provider="sandbox_payment", settings=to)
    yield made
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


@pytest.fixture
def world(brand: Brand, servers: dict[str, Server]) -> World:
    at = SimpleNamespace(**{f"{name}_url": str(server.http.base_url).rstrip("/") for name, server in servers.items()})
    return World(at, brand.ctx, "", (brand.ctx, ""), 1)


def test_a_refund_that_the_provider_paid_twice_is_seen(brand: Brand, world: World, servers: dict[str, Server]) -> None:
    order_id = paid_order(brand)
    refund(brand, order_id, 500)
    work(brand, order_id)
    assert wrong(books.of_money(world)) == {}

    payment = money.payments_of(brand.ctx, order_ids=[order_id])[order_id]
    again = {"payment_id": payment.vendor_id, "amount_minor": 500}
    servers["payment"].post("/refunds", again, headers={"idempotency-key": "the-same-again"}, status=201)

    figures = books.of_money(world)
    assert wrong(figures) == {"fault.books_differ": 2}  # its sums, and an operation that nobody wished for
    assert figures["fault.provider_refunds"] == 2


def test_a_mail_that_was_lost_on_its_way_in_or_out_is_seen(
    brand: Brand, world: World, servers: dict[str, Server]
) -> None:
    came, lost = mail("It came."), mail("It was lost.")
    bring(brand.ctx, came)
    assert wrong(books.of_mail(world, Post({came: True}))) == {}

    to = {"url": str(servers["mailbox"].http.base_url), "token": "sandbox"}
    mailbox_id = mailboxes.connect(
        brand.ctx, name="Support", address="help@example.com", provider="sandbox_mailbox", settings=to
    )
    draft = Draft("k", "order:1", "a@example.com", "A", "reply", "en", "Hello", "Hello", mailbox_id=mailbox_id)
    [id] = messaging.queue(brand.ctx, drafts=[draft], domain="example.com")
    assert messaging.begin(brand.ctx, id=id, was=MessageState.QUEUED) is not None
    assert messaging.settle(brand.ctx, id=id, to=MessageState.SENT)

    assert wrong(books.of_mail(world, Post({came: True, lost: True}))) == {
        "fault.mail_lost": 1,
        "fault.mail_out_missing": 1,
    }


def test_an_answer_that_went_out_under_two_names_is_seen(
    brand: Brand, world: World, servers: dict[str, Server]
) -> None:
    def send(name: str, to: str, answers: str) -> None:
        mail = EmailMessage(policy=SMTP)
        mail["Message-ID"], mail["Reply-To"] = f"<{name}@shop.example>", to
        if answers:
            mail["In-Reply-To"] = answers
        mail.set_content("It is on its way.")
        raw = base64.b64encode(mail.as_bytes()).decode()
        body = {"message_id": mail["Message-ID"], "raw": raw, "from": "help@shop.example", "to": "a@example.com"}
        servers["mailbox"].post("/outgoing", body, status=201)

    ours = books.of_mail(world, Post())["fault.mail_out"]
    send("a", "help+1@x.example", "")
    send("b", "help+2@x.example", "")
    send("c", "help+2@x.example", "<q@x>")
    assert books.of_mail(world, Post())["fault.answers_doubled"] == 0

    send("d", "help+2@x.example", "<q@x>")

    figures = books.of_mail(world, Post())
    assert (figures["fault.mail_out"] - ours, figures["fault.answers_doubled"]) == (4, 1)


def test_a_payment_that_its_customer_is_told_of_twice_or_never_is_seen(brand: Brand, world: World) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1), ("B", 1)]))
    both = [wish(brand.ctx, order_id, sku, outcome="store_credit") for sku in "AB"]
    return_id = ask(brand.ctx, order_id, *both)
    drain()
    back(brand, return_id, 1, 0)
    back(brand, return_id, 0, 1)
    assert books.of_mail(world, Post())["fault.money_told_differs"] == 0

    [first, _second] = db.column(
        "SELECT id FROM messaging_message WHERE starts_with(key, 'return:refunded:') ORDER BY id"
    )
    db.execute("UPDATE messaging_message SET key = 'return:refunded:credit:0' WHERE id = %s", [first])

    assert books.of_mail(world, Post())["fault.money_told_differs"] == 2  # one payment untold, one mail about none
