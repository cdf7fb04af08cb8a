"""Others are told of events: signed, in order, at least once, and never at the cost of our own work."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from doorstep.base import db
from doorstep.channels import deliveries, webhooks
from doorstep.channels.rules import MOST_ATTEMPTS
from doorstep.channels.values import DeliveryRow, Target
from doorstep.channels.webhooks import Added
from doorstep.flows import cancel
from doorstep.flows.webhooks import send
from doorstep.providers.webhooks.client import HttpSender
from doorstep.worker import hooks
from tests.factories import Brand, draft, make_brand, place, together
from tests.receiver import Receiver, receiving
from tests.receiver import subscribe as subscribe_now
from tests.serving import killed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("webhooks")]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as kept:
        yield kept


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def readable(most_s: float = 60) -> None:
    """Waits until what happened can be read: no transaction runs any more that is older, also in the databases of other
    tests on this server."""
    newest = db.scalar("SELECT COALESCE(max(tx), 0) FROM base_event")
    until = time.monotonic() + most_s
    while db.scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") <= newest:
        assert time.monotonic() < until
        time.sleep(0.05)


def serve() -> int:
    readable()
    return hooks.serve_all()


def subscribe(brand: Brand, url: str, *types: str) -> Added:
    readable()
    return subscribe_now(brand, url, *types)


def rows(brand: Brand, id: int) -> list[DeliveryRow]:
    return sorted(deliveries.list_deliveries(brand.ctx, subscription_id=id), key=lambda row: row.event_id)


def time_passes(seconds: int = 10**6) -> None:
    """What was to be tried later is due now."""
    db.execute("UPDATE channels_delivery SET next_at = next_at - make_interval(secs => %s)", [seconds])
    db.execute("UPDATE channels_subscription SET quiet_until = NULL")


def test_a_placed_order_is_told_signed_and_once(brand: Brand, receiver: Receiver) -> None:
    added = subscribe(brand, receiver.url, "order.placed")
    [order_id] = place(brand.ctx, draft([("A", 2)], external_id="W1"))

    assert [serve(), serve()] == [1, 0]

    [body] = receiver.read(added.secret)
    assert (body["type"], body["version"]) == ("order.placed", 1)
    assert body["data"] == {
        "order_id": order_id, "name": "#W1", "total": {"amount": "20.00", "currency": "EUR"}, "connection_id": 0,
    }  # fmt: skip
    [row] = rows(brand, added.subscription.id)
    assert (row.state, row.attempts, row.last_status, row.message_id) == ("delivered", 1, 204, body["id"])
    assert receiver.ids() == [body["id"]]


def test_only_what_was_asked_for_and_only_from_then_on(brand: Brand, receiver: Receiver) -> None:
    place(brand.ctx, draft())
    added = subscribe(brand, receiver.url, "order.cancelled")
    [order_id] = place(brand.ctx, draft())
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")

    serve()

    assert [body["data"] for body in receiver.read(added.secret)] == [{"order_id": order_id, "reason": "customer"}]


def test_nobody_subscribed_writes_nothing(brand: Brand) -> None:
    place(brand.ctx, draft())
    assert serve() == 0
    assert db.scalar("SELECT count(*) FROM channels_delivery") == 0


def test_another_brand_hears_nothing(brand: Brand, receiver: Receiver) -> None:
    subscribe(brand, receiver.url)
    place(make_brand().ctx, draft())
    serve()
    assert receiver.bodies == []


def test_a_receiver_that_breaks_gets_it_again_later_under_the_same_id(brand: Brand, receiver: Receiver) -> None:
    answers = iter([500, 503, 200])
    receiver.answer = lambda body: next(answers)
    added = subscribe(brand, receiver.url, "order.placed")
    place(brand.ctx, draft())

    assert serve() == 1
    assert serve() == 0
    [row] = rows(brand, added.subscription.id)
    assert (row.state, row.attempts, row.last_status, row.last_answer) == ("pending", 1, 500, "It says 500.")
    assert row.next_at is not None
    assert row.tried_at is not None
    assert (row.next_at - row.tried_at).total_seconds() == 5
    time_passes()
    serve()
    [row] = rows(brand, added.subscription.id)
    assert row.next_at is not None
    assert row.tried_at is not None
    assert (row.next_at - row.tried_at).total_seconds() == 300
    time_passes()
    serve()

    assert len(set(receiver.ids())) == 1
    assert len({bytes(body) for body in receiver.bodies}) == 1
    assert [r.state for r in rows(brand, added.subscription.id)] == ["delivered"]


def test_after_three_days_it_is_given_up_told_and_can_be_replayed(brand: Brand, receiver: Receiver) -> None:
    receiver.answer = lambda body: 500
    added = subscribe(brand, receiver.url, "order.placed")
    id = added.subscription.id
    place(brand.ctx, draft(), draft())
    serve()
    waited = 0.0
    for _ in range(MOST_ATTEMPTS - 1):
        row = rows(brand, id)[0]
        assert row.next_at is not None
        assert row.tried_at is not None
        waited += (row.next_at - row.tried_at).total_seconds()
        time_passes()
        serve()

    assert 3 * 86_400 < waited < 3.5 * 86_400
    assert [row.state for row in rows(brand, id)] == ["dead", "dead"]
    assert deliveries.get_subscription(brand.ctx, id=id).health == "failing"
    assert db.scalar("SELECT count(*) FROM base_event WHERE type = 'webhook.failing'") == 1
    sent = len(receiver.bodies)
    time_passes()
    assert serve() == 0

    receiver.answer = lambda body: 204
    assert webhooks.replay_dead(brand.ctx, subscription_id=id) == 2
    assert serve() == 2
    assert len(receiver.bodies) == sent + 2
    assert len(set(receiver.ids())) == 2
    assert [row.state for row in rows(brand, id)] == ["delivered", "delivered"]
    assert deliveries.get_subscription(brand.ctx, id=id).health == "active"


def test_one_that_was_delivered_can_be_sent_again(brand: Brand, receiver: Receiver) -> None:
    added = subscribe(brand, receiver.url, "order.placed")
    place(brand.ctx, draft())
    serve()
    webhooks.replay(brand.ctx, id=rows(brand, added.subscription.id)[0].id)
    serve()
    assert len(receiver.ids()) == 2
    assert len(set(receiver.ids())) == 1


def test_what_concerns_one_order_keeps_its_order_and_another_order_goes_on(brand: Brand, receiver: Receiver) -> None:
    stuck_id, free_id = place(brand.ctx, draft(), draft())
    added = subscribe(brand, receiver.url, "order.cancelled", "order.note_changed")
    for order_id in (stuck_id, free_id):
        from doorstep.orders import actions as orders

        orders.annotate(brand.ctx, order_id=order_id, version=1, note="first", tags=[])
        cancel.cancel(brand.ctx, order_id=order_id, reason="second")
    receiver.answer = lambda body: (
        500 if (body["type"], body["data"]["order_id"]) == ("order.note_changed", stuck_id) else 204
    )

    serve()
    got = [(json.loads(b)["type"], json.loads(b)["data"]["order_id"]) for b in receiver.bodies]
    assert got == [
        ("order.note_changed", stuck_id), ("order.note_changed", free_id), ("order.cancelled", free_id),
    ]  # fmt: skip

    receiver.answer = lambda body: 204
    time_passes()
    serve()
    types = [body["type"] for body in receiver.read(added.secret) if body["data"]["order_id"] == stuck_id]
    assert types == ["order.note_changed", "order.note_changed", "order.cancelled"]


def test_a_receiver_that_is_away_is_left_alone_for_a_while(brand: Brand, receiver: Receiver) -> None:
    added = subscribe(brand, "http://127.0.0.1:9/hooks", "order.placed")
    place(brand.ctx, draft(), draft(), draft())

    assert [serve(), serve()] == [0, 0]

    assert [row.attempts for row in rows(brand, added.subscription.id)] == [1, 0, 0]
    assert rows(brand, added.subscription.id)[0].last_status is None
    assert deliveries.get_subscription(brand.ctx, id=added.subscription.id).quiet_until is not None


def test_a_process_that_died_after_the_call_tells_it_again_under_the_same_id(brand: Brand, receiver: Receiver) -> None:
    added = subscribe(brand, receiver.url, "order.placed")
    id = added.subscription.id
    place(brand.ctx, draft())
    readable()
    send.collect(brand.ctx, subscription_id=id)
    [row] = rows(brand, id)
    db.execute("UPDATE channels_delivery SET next_at = %s", [brand.ctx.now])
    taken = webhooks.begin(brand.ctx, id=row.id)
    target = deliveries.find_target(brand.ctx, id=id)
    assert taken is not None
    assert isinstance(target, Target)
    HttpSender({"reach": "loopback"}).post(target.url, id=taken.message_id, secrets=target.secrets, body=taken.body)
    # Here it died: nothing was settled.
    time_passes()
    serve()

    assert len(receiver.ids()) == 2
    assert len(set(receiver.ids())) == 1
    assert [(r.state, r.attempts) for r in rows(brand, id)] == [("delivered", 2)]


def test_processes_that_died_one_after_the_other_keep_nobody_waiting_for_minutes(brand: Brand) -> None:
    """The receiver did nothing wrong, and what follows on the same subject waits for its turn."""
    added = subscribe(brand, "http://127.0.0.1:9/", "order.placed")
    place(brand.ctx, draft())
    readable()
    send.collect(brand.ctx, subscription_id=added.subscription.id)
    [row] = rows(brand, added.subscription.id)
    for _ in range(3):
        db.execute("UPDATE channels_delivery SET next_at = %s", [brand.ctx.now])
        taken = webhooks.begin(brand.ctx, id=row.id)
        assert taken is not None
        assert taken.next_at == brand.ctx.now + webhooks.UNHEARD_FOR

    webhooks.settle(brand.ctx, delivery=taken, delivered=False, status=500, answer="")

    [row] = rows(brand, added.subscription.id)
    assert (row.attempts, row.next_at) == (3, brand.ctx.now + timedelta(seconds=1800))


def test_a_process_that_is_killed_while_the_receiver_reads_tells_it_again(brand: Brand, receiver: Receiver) -> None:
    came, may_go = threading.Event(), threading.Event()

    def hold(body: dict[str, Any]) -> int:
        came.set()
        may_go.wait(60)
        return 204

    receiver.answer = hold
    added = subscribe(brand, receiver.url, "order.placed")
    place(brand.ctx, draft())
    readable()
    with killed("from doorstep.worker import hooks; hooks.serve_all()"):
        assert came.wait(60)
    may_go.set()

    receiver.answer = lambda body: 204
    [row] = rows(brand, added.subscription.id)
    assert (row.state, row.attempts) == ("pending", 1)
    time_passes()
    serve()
    assert len(receiver.ids()) == 2
    assert len(set(receiver.ids())) == 1
    assert [(r.state, r.attempts) for r in rows(brand, added.subscription.id)] == [("delivered", 2)]


def test_the_worker_sends_by_itself_and_a_slow_receiver_holds_up_no_other(brand: Brand, receiver: Receiver) -> None:
    stop, quick_came, slow_came = threading.Event(), threading.Event(), threading.Event()
    receiver.answer = lambda body: 204 if slow_came.set() or quick_came.wait(12) else 500
    lanes = threading.Thread(target=hooks.run, args=[stop])
    with receiving() as quick:
        slow = subscribe(brand, receiver.url, "order.placed").subscription.id
        subscribe(brand, quick.url, "order.placed")
        quick.answer = lambda body: quick_came.set() or 204
        place(brand.ctx, draft())
        readable()
        lanes.start()
        try:
            assert quick_came.wait(60)
            assert slow_came.wait(60)
        finally:
            stop.set()
            lanes.join(60)
    assert [(row.state, row.last_status) for row in rows(brand, slow)] == [("delivered", 204)]


def test_a_new_secret_signs_beside_the_old_one_for_a_day(brand: Brand, receiver: Receiver) -> None:
    added = subscribe(brand, receiver.url, "order.placed")
    changed = webhooks.change_secret(brand.ctx, id=added.subscription.id)
    db.execute("UPDATE channels_subscription SET old_secret_until = now() + interval '1 hour'")
    place(brand.ctx, draft())
    serve()
    assert [len(receiver.read(secret)) for secret in (added.secret, changed.secret)] == [1, 1]

    db.execute("UPDATE channels_subscription SET old_secret_until = now() - interval '1 hour'")
    place(brand.ctx, draft())
    serve()
    head = receiver.headers[-1]
    assert Webhook(changed.secret).verify(receiver.bodies[-1], head)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(added.secret).verify(receiver.bodies[-1], head)


def test_what_happens_while_it_is_paused_waits(brand: Brand, receiver: Receiver) -> None:
    added = subscribe(brand, receiver.url, "order.placed")
    set_active(brand, added.subscription.id, active=False)
    place(brand.ctx, draft())
    assert serve() == 0
    set_active(brand, added.subscription.id, active=True)
    assert serve() == 1


def set_active(brand: Brand, id: int, *, active: bool) -> None:
    webhooks.change(brand.ctx, id=id, active=active, known=(), reach=send.reach())


def test_a_pause_beside_an_edit_is_not_lost(brand: Brand, receiver: Receiver) -> None:
    for _ in range(5):
        added = subscribe(brand, receiver.url, "order.placed")
        id = added.subscription.id

        def edit(id: int = id) -> object:
            known = ("stock.changed",)
            return webhooks.change(brand.ctx, id=id, types=known, known=known, reach=send.reach())

        together(lambda id=id: set_active(brand, id, active=False), edit)

        row = deliveries.get_subscription(brand.ctx, id=id)
        assert (row.url, row.types, row.active) == (receiver.url, ["stock.changed"], False)


def test_a_receiver_that_is_gone_for_good_is_paused(brand: Brand, receiver: Receiver) -> None:
    receiver.answer = lambda body: 410
    added = subscribe(brand, receiver.url, "order.placed")
    place(brand.ctx, draft(), draft())
    serve()
    row = deliveries.get_subscription(brand.ctx, id=added.subscription.id)
    assert (row.active, row.problem, len(receiver.bodies)) == (False, "HTTP 410 Gone", 1)


def test_a_slow_receiver_holds_up_no_order(brand: Brand, receiver: Receiver) -> None:
    """Placing costs the same statements whether somebody listens or not; sending happens elsewhere."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    place(brand.ctx, draft())
    with CaptureQueriesContext(connection) as before:
        place(brand.ctx, draft())
    receiver.answer = lambda body: 1.0
    subscribe(brand, receiver.url)
    with CaptureQueriesContext(connection) as after:
        began = time.monotonic()
        place(brand.ctx, draft())
    assert len(after) == len(before)
    assert time.monotonic() - began < 1
    assert receiver.bodies == []
