"""Webhooks of carriers: believed when signed, kept raw, harmless when repeated, strange or about somebody else's parcel."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from doorstep.base import arrivals, db, outbox
from doorstep.base.arrivals import CARRIER, Incoming
from doorstep.base.vendors import webhook_url
from doorstep.flows import arrivals as reading
from doorstep.flows import ship, subscriptions
from doorstep.orders import queries as orders
from doorstep.shipping import actions as shipping
from doorstep.shipping import carriers, queries
from doorstep.shipping.values import CarrierRow, ParcelRow
from tests.api.conftest import rows_everywhere
from tests.api.shop import connect_shop, envelope, shop_order, tell
from tests.factories import Brand, draft, make_brand, packed, signed_in
from tests.floor import buy_label
from tests.sandboxes import Server, borrowed
from tests.signing import signed

pytestmark = pytest.mark.django_db
OTHER_SECRET = "whsec_" + base64.b64encode(b"another-secret-of-thirty-two-byt").decode()
_numbers = itertools.count(1)


def on_its_way(brand: Brand, number: str = "601000000135") -> tuple[CarrierRow, ParcelRow]:
    """A parcel that its carrier has, and the carrier."""
    [id] = packed(brand.ctx, draft())
    buy_label(brand, id, number)
    ship.hand_over(brand.ctx, parcel_ids=[id])
    carrier = queries.find_default_carrier(brand.ctx)
    assert carrier is not None
    return carrier, queries.get_parcel(brand.ctx, parcel_id=id)


def scan(number: str = "601000000135", code: str = "82", *, event: str = "evt_1", **changes: Any) -> bytes:
    """What the sandbox carrier pushes."""
    data = {
        "tracking_number": number, "estimated_delivery_at": None,
        "event": {"event_id": event, "code": code, "text_ko": "배송 출발", "text_en": "Out for delivery",
                  "location": {"name": "해운대", "country_code": "KR"}, "occurred_at": "2026-11-23T08:59:00Z"},
    }  # fmt: skip
    return json.dumps({"type": "tracking.updated", "timestamp": "2026-11-23T09:00:00Z", "data": data | changes}).encode()


def push(
    carrier: CarrierRow, body: bytes, *, id: str = "", secret: str = "", at: datetime | None = None, slug: str = ""
) -> Any:
    """One signed delivery, as it goes over HTTP."""
    key = secret or carrier.settings["webhook_secret"]
    headers = signed(body, secret=key, id=id or f"msg_{next(_numbers)}", at=at)
    url = f"/hooks/{carrier.provider}/{slug or carrier.slug}"
    return Client().generic("POST", url, body, content_type="application/json", headers=headers)


def status_of(brand: Brand, parcel: ParcelRow) -> str:
    return queries.get_parcel(brand.ctx, parcel_id=parcel.id).status


def test_a_scan_pushed_by_the_carrier_is_on_the_parcel_when_it_gets_its_answer() -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    answer = push(carrier, scan(), id="msg_first")
    told = answer.json()
    assert (answer.status_code, told["duplicate"], told["outcome"]) == (200, False, "processed")
    assert status_of(brand, parcel) == "out_for_delivery"
    arrival = arrivals.get(brand.ctx, id=told["arrival"])
    assert (arrival.source, arrival.connection_id, arrival.external_id, arrival.topic, arrival.body) == (
        "carrier", carrier.id, "msg_first", "tracking", scan(),
    )  # fmt: skip
    assert arrival.detail == {
        "order_id": parcel.order_id, "parcel_id": parcel.id, "number": parcel.tracking_number,
    }  # fmt: skip
    [event] = [e for e in outbox.timeline(brand.ctx, of=[f"order:{parcel.order_id}"]) if e.type == "parcel.tracking"]
    assert (event.actor_kind, event.actor_name) == ("carrier", carrier.name)
    assert queries.get_carrier(brand.ctx, carrier_id=carrier.id).heard_at is not None


def test_what_a_carrier_told_is_found_by_the_tracking_number_and_by_the_order() -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    id = push(carrier, scan()).json()["arrival"]
    client = signed_in(brand.ctx)
    name = orders.orders_by_id(brand.ctx, ids=[parcel.order_id])[parcel.order_id].name

    def is_found(text: str) -> bool:
        return f"/channels/arrivals/{id}/" in client.get("/channels/arrivals/", {"q": text}).content.decode()

    assert (is_found(parcel.tracking_number), is_found(name), is_found("99999")) == (True, True, False)
    # What was settled before numbers were kept names only its order.
    db.execute("UPDATE base_arrival SET detail = detail - 'number' WHERE id = %s", [id])
    assert (is_found(parcel.tracking_number), is_found(name), is_found("99999")) == (True, True, False)


def test_the_same_push_twice_is_kept_once_and_answered_both_times() -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    first, again = push(carrier, scan(), id="msg_same"), push(carrier, scan(), id="msg_same")
    assert (again.status_code, again.json()) == (
        200, {"arrival": first.json()["arrival"], "duplicate": True, "outcome": "kept"},
    )  # fmt: skip
    other_id = push(carrier, scan())
    assert other_id.json()["outcome"] == "ignored"
    assert len(queries.tracking_of(brand.ctx, parcel_ids=[parcel.id])) == 1


def test_a_shop_and_a_carrier_of_one_number_never_share_an_arrival() -> None:
    """The ids of shops and carriers are counted apart, so they are the same sooner or later."""
    brand = make_brand()
    carrier, _parcel = on_its_way(brand)
    shop = connect_shop(brand)
    db.execute("UPDATE channels_connection SET id = %s WHERE id = %s", [carrier.id, shop.id])
    first = tell(brand, type(shop)(**{f: getattr(shop, f) for f in shop.__dataclass_fields__} | {"id": carrier.id}),
                 "orders/create", shop_order(), id="msg_same")  # fmt: skip
    second = push(carrier, scan(), id="msg_same").json()
    assert (first["outcome"], second["outcome"], second["duplicate"]) == ("processed", "processed", False)
    assert first["arrival"] != second["arrival"]
    listed = arrivals.list_recent(brand.ctx, sources=[CARRIER], connection_id=carrier.id)
    assert [row.id for row in listed] == [second["arrival"]]


@pytest.mark.parametrize("wrong", ["secret", "old", "unsigned"])
def test_a_push_with_a_bad_signature_gets_401_leaves_one_trace_and_moves_nothing(wrong: str) -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    if wrong == "secret":
        answers = [push(carrier, scan(), secret=OTHER_SECRET) for _ in range(2)]
    elif wrong == "old":
        answers = [push(carrier, scan(), at=datetime.now(UTC) - timedelta(hours=1)) for _ in range(2)]
    else:
        address = f"/hooks/{carrier.provider}/{carrier.slug}"
        answers = [Client().post(address, scan(), content_type="application/json") for _ in range(2)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(401, "bad_signature")] * 2
    traces = [e.type for e in outbox.timeline(brand.ctx, of=[f"carrier:{carrier.id}"])]
    assert traces.count("carrier.hook_rejected") == 1
    assert status_of(brand, parcel) == "pre_transit"
    assert db.scalar("SELECT count(*) FROM base_arrival WHERE source = 'carrier'") == 0
    page = signed_in(brand.ctx).get(f"/settings/carriers/{carrier.id}/").content.decode()
    assert "turned away a webhook with a bad signature" in page


def test_an_address_that_nobody_has_is_not_found() -> None:
    brand = make_brand()
    carrier, _parcel = on_its_way(brand)
    before = rows_everywhere()
    assert push(carrier, scan(), slug="0" * 32).status_code == 404
    assert Client().post(f"/hooks/sandbox_shop/{carrier.slug}").status_code == 404
    assert Client().get(f"/hooks/{carrier.provider}/{carrier.slug}").status_code == 405
    assert rows_everywhere() == before


def test_a_number_that_nobody_here_has_harms_nothing_and_is_seen() -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    answer = push(carrier, scan("999999999999"))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    assert status_of(brand, parcel) == "pre_transit"
    page = signed_in(brand.ctx).get(f"/channels/arrivals/?connection=carrier-{carrier.id}").content.decode()
    assert "No parcel here has this tracking number." in page
    assert "999999999999" in page


def test_a_push_never_reaches_the_parcel_of_another_organisation_or_carrier() -> None:
    brand, stranger = make_brand(), make_brand()
    carrier, parcel = on_its_way(brand)
    foreign, _ = on_its_way(stranger, "700000000001")
    settings = {"url": "http://127.0.0.1:9"}
    shipping.connect_carrier(brand.ctx, code="z", name="Z", provider="sandbox_carrier", settings=settings)
    [second] = [row for row in queries.list_carriers(brand.ctx) if row.code == "z"]
    for sender in (foreign, second):
        assert push(sender, scan()).json()["outcome"] == "ignored"
    assert status_of(brand, parcel) == "pre_transit"
    assert push(carrier, scan()).json()["outcome"] == "processed"


@pytest.mark.parametrize(
    "body",
    [b"not json", b"[]", b'{"type": "tracking.updated"}', b'{"type": "tracking.updated", "data": []}', b"[" * 100_000,
     scan().replace(b'"event_id"', b'"id"'), envelope("tracking.updated", {"tracking_number": "1", "event": {"location": "x"}})],
    ids=lambda body: repr(body[:40]),
)  # fmt: skip
def test_a_push_that_cannot_be_read_is_kept_and_refused_with_its_reason(body: bytes) -> None:
    brand = make_brand()
    carrier, _parcel = on_its_way(brand)
    answer = push(carrier, body)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "refused")
    arrival = arrivals.get(brand.ctx, id=answer.json()["arrival"])
    assert (arrival.body, arrival.detail["code"]) == (body, "unreadable")


def test_what_was_kept_but_not_read_is_read_later_and_a_replay_changes_nothing() -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    [kept] = arrivals.keep(brand.ctx, [Incoming(carrier.id, "msg_x", "tracking", scan(), source=CARRIER)])
    assert (brand.ctx.organisation_id, kept.id) in arrivals.find_unread(older_than=brand.ctx.now + timedelta(seconds=1))
    assert reading.process(brand.ctx, arrival_ids=[kept.id]) == {kept.id: "processed"}
    assert status_of(brand, parcel) == "out_for_delivery"
    before = arrivals.get(brand.ctx, id=kept.id)
    page = signed_in(brand.ctx).post(f"/channels/arrivals/{kept.id}/replay/", follow=True).content.decode()
    assert "there was nothing left to do" in page
    assert arrivals.get(brand.ctx, id=kept.id) == before
    assert (before.outcome, before.detail["parcel_id"]) == ("processed", parcel.id)
    assert len(queries.tracking_of(brand.ctx, parcel_ids=[parcel.id])) == 1


def test_a_push_that_came_before_its_label_is_taken_by_a_replay() -> None:
    brand = make_brand()
    carrier, _parcel = on_its_way(brand)
    early = push(carrier, scan("601000000999", event="evt_early")).json()
    [id] = packed(brand.ctx, draft())
    buy_label(brand, id, "601000000999")
    assert reading.process(brand.ctx, arrival_ids=[early["arrival"]], again=True) == {early["arrival"]: "processed"}
    assert queries.get_parcel(brand.ctx, parcel_id=id).status == "out_for_delivery"


def test_a_retired_carrier_is_heard_to_the_end() -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    carriers.set_active(brand.ctx, id=carrier.id, active=False)
    assert push(carrier, scan(code="91")).json()["outcome"] == "processed"
    assert status_of(brand, parcel) == "delivered"


def test_a_carrier_whose_webhooks_come_is_asked_less_often_and_never_forgotten() -> None:
    brand = make_brand()
    carrier, parcel = on_its_way(brand)
    shipping.mark_told(brand.ctx, parcel_ids=[parcel.id], refused={})
    start = datetime.now(UTC)

    def is_asked(after_s: int) -> bool:
        now = start + timedelta(seconds=after_s)
        found = queries.find_quiet(
            quiet_since=now - timedelta(seconds=ship.QUIET_S),
            talking_since=now - timedelta(seconds=ship.TALKING_S),
            quiet_although_talking_since=now - timedelta(seconds=ship.QUIET_ALTHOUGH_TALKING_S),
        )
        return (brand.ctx.organisation_id, parcel.id) in found

    assert is_asked(20)
    push(carrier, scan())
    assert [is_asked(s) for s in (20, 100, 140, 900)] == [False, False, True, True]
    db.execute("UPDATE shipping_parcel SET checked_at = %s WHERE id = %s", [start + timedelta(seconds=880), parcel.id])
    assert is_asked(900)


@pytest.fixture
def sandbox() -> Iterator[Server]:
    with borrowed("carrier", "--retry-s", "0.05") as server:
        yield server


def connected(brand: Brand, server: Server, **more: str) -> CarrierRow:
    settings = {"url": str(server.http.base_url), "token": "sandbox"} | more
    id = shipping.connect_carrier(
        brand.ctx, code="real", name="Real", provider="sandbox_carrier", settings=settings
    )  # fmt: skip
    return queries.get_carrier(brand.ctx, carrier_id=id)


def jobs() -> int:
    return int(db.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'subscribe_carrier'"))


def test_connecting_a_carrier_wishes_for_its_webhooks_with_a_secret_of_its_own(sandbox: Server) -> None:
    brand = make_brand()
    carrier = connected(brand, sandbox)
    other = connected(make_brand(), sandbox)
    assert (jobs(), carrier.hooks) == (2, "asked")
    assert carrier.settings["webhook_secret"].startswith("whsec_")
    assert carrier.settings["webhook_secret"] != other.settings["webhook_secret"]
    assert carrier.slug != other.slug
    subscriptions.subscribe(brand.ctx, source=arrivals.CARRIER, id=carrier.id)
    assert queries.get_carrier(brand.ctx, carrier_id=carrier.id).hooks == "on"
    assert sandbox.get("/admin/webhook")["url"] == webhook_url(carrier)


def test_a_carrier_that_is_away_shows_it_is_told_again_and_keeps_its_secret(sandbox: Server) -> None:
    brand = make_brand()
    carrier = connected(brand, sandbox, token="wrong")
    with pytest.raises(Exception, match="401"):
        subscriptions.subscribe(brand.ctx, source=arrivals.CARRIER, id=carrier.id)
    failing = queries.get_carrier(brand.ctx, carrier_id=carrier.id)
    assert (failing.hooks, "401" in failing.problem) == ("failing", True)
    subscriptions.sweep(brand.ctx.now + timedelta(minutes=30))
    assert jobs() == 1
    subscriptions.sweep(brand.ctx.now + timedelta(minutes=40))
    assert jobs() == 2
    shipping.set_carrier_settings(brand.ctx, id=carrier.id, settings={"token": "sandbox"})
    subscriptions.subscribe(brand.ctx, source=arrivals.CARRIER, id=carrier.id)
    fine = queries.get_carrier(brand.ctx, carrier_id=carrier.id)
    assert (fine.hooks, fine.problem) == ("on", "")
    assert fine.settings == carrier.settings | {"token": "sandbox"}
    subscriptions.sweep(brand.ctx.now + timedelta(days=1))
    assert jobs() == 3
