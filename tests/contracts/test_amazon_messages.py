"""Messages to Amazon's buyers: ours by the Messaging API, once; theirs as mail from the address that Amazon made for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from doorstep.base import db
from doorstep.channels.port import About, Declined
from doorstep.flows import answer, recipients, reconcile, send
from doorstep.inbox import queries
from doorstep.messaging import queries as sent
from doorstep.providers.amazon.messages import ACTIONS, RELAYS
from tests.contracts.amazon import connect, now, place, port_of, rows_of
from tests.contracts.test_amazon_restricted import everywhere, run_jobs
from tests.factories import Brand, make_brand, signed_in
from tests.mails import as_agent, bring, conversations, mail, said
from tests.sandbox.conftest import Server, running

pytestmark = pytest.mark.django_db
RELAY = "k3jx9w2@marketplace.amazon.de"


@pytest.fixture(scope="module")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("amazon", tmp_path_factory.mktemp("messages"), "--hold-s", "0.1") as server:
        assert server.http.put("/admin/listings", json=[{"sku": "A", "title": "Tee", "quantity": 1000}]).status_code == 200
        yield server


@pytest.fixture
def amazon(marketplace: Server) -> Server:
    db.execute("DELETE FROM procrastinate_jobs")
    marketplace.post("/admin/faults", {})
    marketplace.post("/admin/limits", {"factor": 1})
    return marketplace


def ordered(amazon: Server, **more: Any) -> tuple[Brand, dict[str, Any], int]:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, amazon)
    placed = place(amazon, **more)
    reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=placed["id"])
    return brand, placed, rows_of(brand)[placed["id"]].id


def hand_over(brand: Brand) -> list[tuple[str, str]]:
    """Everything that waits, tried once.  Returns: what became of every message."""
    for id in db.column("SELECT id FROM messaging_message WHERE state IN ('queued', 'sending') ORDER BY id"):
        send.send(now(brand.ctx), message_id=id)
    found = sent.by_id(brand.ctx, ids=db.column("SELECT id FROM messaging_message ORDER BY id"))
    return [(row.state, row.problem) for row in found.values()]


def messages_of(amazon: Server, placed: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["action"], one["text"]) for one in amazon.get("/admin/books")["messages"] if one["order"] == placed["id"]]


def test_a_message_goes_out_once_by_the_action_that_amazon_allows(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    staff = signed_in(brand.ctx)
    page = staff.get(f"/inbox/new/order/{order_id}/").content.decode()
    assert "What it is about" in page
    form = {"subject": "Your order", "text": "The blue one is sold out.", "wish": "0123456789abcdef", "about": "problem"}
    for _ in range(2):  # a double click
        assert staff.post(f"/inbox/new/order/{order_id}/", form).status_code == 302
    assert hand_over(brand) == [("sent", "")]
    assert messages_of(amazon, placed) == [("unexpectedProblem", "The blue one is sold out.")]
    [row] = conversations(brand.ctx)
    assert (row.channel, row.order_id, row.contact_address) == ("marketplace", order_id, "")
    assert "Marketplace" in staff.get(f"/inbox/{row.id}/").content.decode()

    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Is green all right?", wish="2")
    assert [state for state, _ in hand_over(brand)] == ["sent", "sent"]
    assert messages_of(amazon, placed)[-1] == ("unexpectedProblem", "Is green all right?")


def test_what_amazon_does_not_allow_is_said_and_not_sent(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    write = {"order_id": order_id, "subject": "Hello", "about": About.CUSTOMISATION}
    answer.write_first(as_agent(brand.ctx), text="Which initials?", wish="1", **write)  # type: ignore[arg-type]
    [(state, problem)] = hand_over(brand)
    assert (state, problem) == (
        "failed", "The shop carries no message about this for the order now. What it carries now: delivery, order, problem.",
    )  # fmt: skip
    assert messages_of(amazon, placed) == []
    port: Any = port_of(brand, connect_row(brand))
    refused = port.write_buyer(placed["id"], about=About.ORDER, text="Write to me@example.com")
    assert refused == Declined("InvalidInput: The text is too long, or holds an e-mail address or HTML.")
    assert isinstance(port.may_write("999-0000000-0000000"), Declined)


def connect_row(brand: Brand) -> Any:
    from doorstep.channels import queries as channels

    return channels.list_connections(brand.ctx)[0]


def test_a_message_whose_answer_got_lost_is_never_sent_again(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    amazon.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.1})
    answer.write_first(as_agent(brand.ctx), order_id=order_id, subject="Hi", text="When?", wish="1", about=About.DELIVERY)
    [(state, _)] = hand_over(brand)
    assert state == "unknown"
    amazon.post("/admin/faults", {})
    hand_over(brand)
    assert messages_of(amazon, placed) == [("confirmDeliveryDetails", "When?")]


def test_a_message_that_found_no_call_free_goes_later(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    amazon.post("/admin/faults", {"throttle": 1})
    answer.write_first(as_agent(brand.ctx), order_id=order_id, subject="Hi", text="A question.", wish="1", about=About.ORDER)
    assert [state for state, _ in hand_over(brand)] == ["queued"]
    amazon.post("/admin/faults", {})
    db.execute("UPDATE channels_bucket SET \"left\" = 5")
    assert [state for state, _ in hand_over(brand)] == ["sent"]
    assert len(messages_of(amazon, placed)) == 1


def test_a_buyers_mail_is_filed_beside_the_order_that_it_names_and_answered_by_mail(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    customer = rows_of(brand)[placed["id"]].customer_id
    bring(brand.ctx, mail("Wo bleibt es?", subject=f"Anfrage von Max (Bestellung: {placed['id']})", sender=f"Max <{RELAY}>"))
    [row] = conversations(brand.ctx)
    assert (row.order_id, row.customer_id, row.contact_address) == (order_id, customer, RELAY)
    assert db.column("SELECT value FROM customers_identity") == []  # the address names nobody
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Unterwegs.", wish="1")
    [message] = sent.messages_of(brand.ctx, timelines=[row.timeline])
    assert (message.to_address, message.template) == (RELAY, "reply")


def test_a_buyers_mail_that_names_no_order_is_known_by_the_sealed_address(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    from doorstep.worker.dispatch import drain

    drain()
    run_jobs(brand)
    db.execute(
        "UPDATE orders_recipient SET mail_key = %s WHERE order_id = %s", [_fingerprint(RELAY), order_id]
    )  # the sandbox makes addresses of a domain that is nobody's
    bring(brand.ctx, mail("Wo bleibt es?", subject="Frage", sender=f"Max <{RELAY}>"))
    bring(brand.ctx, mail("Und meins?", subject="Frage", sender="Eva <other1@marketplace.amazon.de>"))
    assert [row.order_id for row in conversations(brand.ctx)] == [order_id, None]
    assert placed["buyer"]["email"]


def test_whoever_claims_the_address_of_a_shop_is_answered_there(amazon: Server) -> None:
    brand, placed, _ = ordered(amazon)
    elsewhere = {"Reply-To": "eve@evil.example"}
    bring(brand.ctx, mail("Where does it go?", subject=placed["id"], sender=f"Eva <{RELAY}>", headers=elsewhere))
    [row] = conversations(brand.ctx)
    assert row.contact_address == RELAY
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Home.", wish="1")
    assert [message.to_address for message in sent.messages_of(brand.ctx, timelines=[row.timeline])] == [RELAY]


def _fingerprint(text: str) -> str:
    from doorstep.base import sealing

    return sealing.fingerprints(text)[0]


def test_an_answer_to_what_amazon_carried_comes_into_the_same_conversation(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    id = answer.write_first(
        as_agent(brand.ctx), order_id=order_id, subject="Colour", text="Is green all right?", wish="1", about=About.ORDER
    )
    hand_over(brand)
    bring(brand.ctx, mail("Ja!", subject=f"Re: Colour {placed['id']}", sender=f"Max <{RELAY}>"))
    row = queries.get(brand.ctx, conversation_id=id)
    assert [message.direction for message in said(brand.ctx, id)] == ["out", "in"]
    assert (row.contact_address, row.state) == (RELAY, "open")
    answer.reply(as_agent(brand.ctx), conversation_id=id, version=row.version, text="Danke!", wish="2")
    newest = sent.messages_of(brand.ctx, timelines=[row.timeline])[0]
    assert (newest.template, newest.to_address) == ("reply", RELAY)


def test_the_number_of_an_order_counts_only_from_an_address_of_its_shop(amazon: Server) -> None:
    brand, placed, _ = ordered(amazon)
    bring(brand.ctx, mail("Hello", subject=f"Order {placed['id']}", sender="Eve <eve@marketplace.amazon.de.evil.example>"))
    [row] = conversations(brand.ctx)
    assert row.order_id is None
    assert len(RELAYS) == 23
    assert set(ACTIONS) == set(About)


def test_the_address_by_which_a_buyer_wrote_goes_with_who_got_the_order(amazon: Server) -> None:
    brand, placed, order_id = ordered(amazon)
    bring(brand.ctx, mail("Wo bleibt es?", subject=f"Bestellung {placed['id']}", sender=f"Ottokar Wiesengrund <{RELAY}>"))
    [row] = conversations(brand.ctx)
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Unterwegs.", wish="1")
    db.execute("UPDATE messaging_message SET state = 'sent', sent_at = now()")
    raw = [where for where in everywhere("Ottokar Wiesengrund") if not where.startswith("base_arrival")]
    assert raw == []  # his name stands in his letter alone
    assert everywhere("k3jx9w2") != []
    recipients.erase(now(brand.ctx), order_ids=[order_id])
    assert everywhere("k3jx9w2", "Ottokar Wiesengrund") == []
    assert [message.text.strip() for message in said(brand.ctx, row.id)] == ["Wo bleibt es?", "Unterwegs."]
