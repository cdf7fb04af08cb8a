"""A key of another organisation walks every operation of the document and finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from doorstep.channels.port import ListedItem
from doorstep.flows import expose, replay
from doorstep.flows.replay import Options
from doorstep.fulfilment import boxes, queries, waves
from doorstep.fulfilment.values import BoxDraft, Method, Takes, TemplateDraft
from doorstep.inbox import desk
from doorstep.messaging import mailboxes
from doorstep.returns.actions import publish_policy
from doorstep.routing.ruling.kinds import default_rules
from doorstep.shipping import manifests
from doorstep.stock import counts
from doorstep.stock.counting import Choice, Chosen
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft
from doorstep.worker.dispatch import drain
from tests.api.agreed import DOCUMENT
from tests.api.conftest import Api, make_key, order, rows_everywhere
from tests.api.shop import connect_shop, shop_order, tell
from tests.factories import Brand, draft, listed, make_brand, make_ctx, merged, packed
from tests.floor import buy_label
from tests.inbound import coming_in
from tests.mails import bring, conversations, mail, said
from tests.over_the_counter import charged, make_shop, open_till
from tests.receiver import make_delivery
from tests.returning import arrived, ask, wish

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("stranger")]
# Named by words, of which everybody has their own: tests/api/test_notices.py
BY_NAME = ("/api/v1/notices/", "/api/v1/quiet-hours/", "/api/v1/tracking-page/")
WITH_IDS = [(m, p) for p, operations in DOCUMENT["paths"].items() for m in operations if "{" in p and not p.startswith(BY_NAME)]
# The same for everybody who has none of their own.
OF_THE_HOUSE = {
    f"/api/v1/{path}" for path in ("events", "returns/policy", "returns/policy/fields", "returns/policy/versions")
} | {f"/api/v1/routing/rules{path}" for path in ("", "/draft", "/fields", "/versions")}
# Each has its own: tests/api/test_promises.py, tests/api/test_notices.py
OF_EVERYBODY = {
    "/api/v1/notices", "/api/v1/parking-rule", "/api/v1/promises", "/api/v1/promises/wismo",
    "/api/v1/quiet-hours", "/api/v1/service-hours", "/api/v1/stock/count-limits", "/api/v1/tracking-page",
}  # fmt: skip
# They bear a cursor beside their rows: tests/api/test_availability.py
FOLLOWED = {"/api/v1/availability", "/api/v1/availability/changes"}
OF_A_BRAND = {"/api/v1/customs-terms"}  # what it says of itself: no list
NO_LISTS = OF_THE_HOUSE | OF_EVERYBODY | FOLLOWED | OF_A_BRAND
LISTS = [p for p, o in DOCUMENT["paths"].items() if "get" in o and "{" not in p and p not in NO_LISTS]
MONEY = {"amount": "1", "currency": "EUR"}
OF_A_KEY = {"grant_refund", "record_payment", "reship_order", "grant_store_credit"}
POLICY = [{"name": "All", "when": {"all": []}, "action": "review"}]
BODIES: dict[str, Any] = {
    "set_notice_choice": {"way": "mail", "address": "minseo@example.com", "wants": False},
    "link_listing": {"variant_id": None},
    "take_rate": {"carrier_id": 1, "service": "mine"},
    "set_rate_sheet": {"text": "currency,KRW"},
    "decide_address": {"decision": "keep"},
    "set_listing_rule": {"most": 0},
    "set_connection_rule": {"most": 0},
    "annotate_order": {"version": 1, "note": "mine"},
    "cancel_order": {"reason": "mine"},
    "hold_order": {},
    "release_order": {},
    "edit_product": {"version": 1, "title": "mine"},
    "add_variant": {"sku": "MINE", "price": MONEY},
    "edit_variant": {"sku": "MINE"},
    "set_components": {"components": []},
    "replay_arrival": None,
    "set_location_dispatch": {"capacity_per_day": 5},
    "scan_pick_list": {"scans": [{"client_id": "stranger-1", "code": "A"}]},
    "report_short": {"client_id": "stranger-1", "task_id": 1, "found": 0},
    "undo_scan": {},
    "put_back": None,
    "enter_counts": {"entries": [{"client_id": "stranger-1", "code": "A", "counted": 1}]},
    "finish_count_sheet": None,
    "cancel_count_sheet": None,
    "approve_counts": {"line_ids": [1]},
    "ask_for_recount": {"line_ids": [1]},
    "reply_to_conversation": {"version": 1, "text": "mine"},
    "note_on_conversation": {"version": 1, "text": "mine"},
    "assign_conversation": {"version": 1, "assignee_id": None},
    "move_conversation": {"version": 1, "state": "resolved"},
    "pack_fulfilment_order": None,
    "close_box": {},
    "open_box": None,
    "set_gift": {"gift": True},
    "set_box": {"name": "mine", "length_mm": 1, "width_mm": 1, "height_mm": 1},
    "want_label": None,
    "record_payment": {"amount": {"amount": "1.00", "currency": "EUR"}, "method": "cash"},
    "reship_order": {"lines": [{"order_line_id": 1, "qty": 1}], "reason": "lost"},
    "grant_refund": {"amount": {"amount": "1.00", "currency": "EUR"}},
    "void_label": None,
    "fetch_label_file": {},
    "set_customs_terms": {},
    "set_location_customs_terms": {},
    "set_declaration": {},
    "print_again": {"document": "label"},
    "merge_customers_into_one": {"gone_id": 999_999, "version": 1, "gone_version": 1},
    "undo_merge": None,
    "edit_order_lines": {"version": 1, "lines": [{"order_line_id": 1, "qty": 0}]},
    "split_order": {"version": 1, "fulfilment_order_id": 1, "location_id": 1, "lines": [{"order_line_id": 1, "qty": 1}]},
    "promise_order_again": None,
    "reject_fulfilment_order": {"location_id": 1, "reason": "other"},
    "route_order_again": None,
    "let_wait": {"until": None},
    "cancel_parked": None,
    "send_from_anyway": {"location_id": 1},
    "change_reservation": {"minutes": 5},
    "release_reservation": None,
    "set_selling": {"kind": "backorder"},
    "tag_conversation": {"version": 1, "tags": ["mine"]},
    "mark_conversation_spam": {"version": 1, "is_spam": True},
    "link_order_to_conversation": {"version": 1, "order_id": None},
    "edit_macro": {"name": "mine"},
    "remove_macro": None,
    "edit_mailbox": {"name": "mine"},
    "retire_mailbox": None,
    "bring_back_mailbox": None,
    "test_mailbox": None,
    "retire_phone_number": None,
    "assign_task": {"assignee_id": None},
    "wait_with_exception": {"until": "2099-01-01T00:00:00Z"},
    "end_exception": {},
    "type_number": {"carrier_id": 1, "tracking_number": "1Z999AA10123456784"},
    "vouch_for_scans": None,
    "end_task": {},
    "edit_webhook": {"active": False},
    "remove_webhook": None,
    "change_webhook_secret": None,
    "replay_dead_deliveries": None,
    "replay_delivery": None,
    "request_return": {"client_id": "stranger-1", "lines": [{"order_line_id": 1, "qty": 1, "reason": "too_small"}]},
    "decide_return": {"decision": "approve"},
    "receive_return": {"client_id": "stranger-1", "lines": [{"line_id": 1, "qty": 1}]},
    "want_return_label": None,
    "cancel_return": None,
    "close_return_short": None,
    "grant_store_credit": {"amount": MONEY},
    "change_expected_delivery": {"note": "mine"},
    "receive_expected_delivery": {"receipts": [{"client_id": "stranger-1", "code": "A"}]},
    "take_back_receipt": {"client_id": "stranger-1"},
    "close_expected_delivery": {"reason": "mine"},
    "cancel_expected_delivery": {"reason": "mine"},
    "change_transfer": {"note": "mine"},
    "ship_transfer": {},
    "receive_transfer": {"receipts": [{"client_id": "stranger-1", "code": "A"}]},
    "take_back_transferred": {"client_id": "stranger-1"},
    "close_transfer": {"reason": "mine"},
    "close_till_shift": {"counted": MONEY, "reason": "mine"},
    "undo_charge_in_shop": None,
    "cancel_transfer": None,
    "correct_lot": {"expires_on": None},
    "set_lot_aside": {"location_id": 1, "qty": 1, "reason": "mine"},
    "write_lot_off": {"location_id": 1, "qty": 1, "reason": "mine"},
    "set_pick_rules": {},
    "preview_wave": {},
    "release_wave": {"client_id": "stranger-1"},
    "cancel_wave": None,
    "change_wave_template": {"name": "mine", "location_id": 1, "at_times": ["09:00"]},
    "switch_wave_template": {"active": False},
    "remove_wave_template": None,
    "set_floor_plan": {"aisles": 1, "length_mm": 1000, "apart_mm": 1000},
    "place_bins": {"bins": [{"code": "A-1"}]},
    "place_bins_by_code": None,
    "put_units_away": {"put_aways": [{"client_id": "stranger-1", "code": "A", "bin": "A-1", "qty": 1}]},
    "undo_put_away": {"client_id": "stranger-1"},
    "inspect_return": {"client_id": "stranger-1", "line_id": 1, "qty": 1, "grade": "A", "disposition": "restocked"},
}


def back(brand: Brand) -> int:
    """A return of an order that arrived; gives its id."""
    order_id = arrived(brand.ctx, draft([("C", 1)]))
    return ask(brand.ctx, order_id, wish(brand.ctx, order_id, "C"))


def things_of(brand: Brand) -> dict[str, Any]:
    """An id of every kind that the brand has."""
    api = Api(brand, make_key(brand))
    made = api.post("/orders", order()).json()["id"]
    detail = api.get(f"/orders/{made}").json()
    drain()
    [task] = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[p["id"] for p in detail["fulfilment_orders"]])
    waiting = make_delivery(brand)
    return {
        "task_id": task.id, "pick_list_id": task.pick_list_id, "fulfilment_order_id": task.fulfilment_order_id,
        "box_id": boxes.add(brand.ctx, box=BoxDraft("M", 300, 200, 100), currency="EUR"),
        "parcel_id": packed(brand.ctx, draft([("B", 1)]))[0], "order_id": made,
        "customer_id": detail["customer_id"], "variant_id": brand.variants["A"],
        "product_id": api.get(f"/variants/{brand.variants['A']}").json()["product_id"], "location_id": brand.seoul,
        "merge_id": merged(brand.ctx), "webhook_id": waiting.subscription_id, "delivery_id": waiting.id,
        "sheet_id": counts.open_sheet(brand.ctx, location_id=brand.seoul, chosen=Chosen(Choice.ALL)),
        "conversation_id": conversations_of(brand), "message_id": messages_of(brand), "n": 0,
        "return_id": back(brand), "version": publish_policy(brand.ctx, policy=POLICY),
        "token": reservation_of(api), "sku": "A", "replay_id": replay_of(brand),
        "macro_id": desk.save_macro(brand.ctx, macro_id=None, name="Late", body_en="x", body_ko=""),
        "mailbox_id": mailboxes.connect(brand.ctx, name="S", address="s@a.example", provider="imap", settings={}),
        "/tasks/task_id": tasks.create(brand.ctx, tasks=[TaskDraft("k", "look_twice", "parcel:1", "order:1")])[0],
        "exception_id": tasks.create(brand.ctx, tasks=[TaskDraft("e", "parcel_stalled", "parcel:1", "order:1")])[0],
        **coming_in(brand), **till_of(brand), **channel_of(brand), **waves_of(brand),
        **shipped_by(brand),
    }  # fmt: skip


def replay_of(brand: Brand) -> int:
    return replay.start(brand.ctx, rules=default_rules("EUR"), options=Options(days=1))


def shipped_by(brand: Brand) -> dict[str, int]:
    [parcel] = packed(brand.ctx, draft([("B", 1)]))
    buy_label(brand, parcel)
    [line] = manifests.waiting(brand.ctx)
    made = manifests.want(brand.ctx, location_id=line.location_id, carrier_id=line.carrier_id)
    return {"carrier_id": line.carrier_id, "manifest_id": made}


def channel_of(brand: Brand) -> dict[str, int]:
    shop, item = connect_shop(brand), ListedItem("A", "A", "A", barcode="", title="A", number=1)
    [listing_id] = expose.note(brand.ctx, connection_id=shop.id, items=[item], since=brand.ctx.now)
    arrival_id = tell(brand, shop, "orders/create", shop_order())["arrival"]
    return {"connection_id": shop.id, "listing_id": listing_id, "arrival_id": arrival_id}


def waves_of(brand: Brand) -> dict[str, int]:
    ctx, at = brand.ctx, brand.berlin
    listed(ctx, draft([("C", 1)]))
    wave_id = waves.release(ctx, location_id=at, method=Method.BATCH, takes=Takes(), client_id="brand-0001")
    template = TemplateDraft("Morning", at, at_times=("09:00",))
    return {"wave_id": wave_id, "template_id": waves.save_template(ctx, draft=template)}


def till_of(brand: Brand) -> dict[str, int]:
    shift = open_till(brand.ctx, make_shop(brand.ctx))
    return {"shift_id": shift.id, "charge_id": charged(brand.ctx, shift, 500)}


def reservation_of(api: Api) -> str:
    assert api.post("/reservations", {"token": "cart-1", "lines": [{"sku": "A", "qty": 1}]}).status_code == 201
    return "cart-1"


def conversations_of(brand: Brand) -> int:
    bring(brand.ctx, mail("Where is it?", files=[("a.txt", "text/plain", b"a")]))
    return conversations(brand.ctx)[0].id


def messages_of(brand: Brand) -> int:
    return said(brand.ctx, conversations(brand.ctx)[0].id)[0].id


@dataclass(frozen=True)
class World:
    """A brand that has one of everything, made once for all that a stranger tries."""

    brand: Brand
    things: dict[str, Any]
    rows: dict[str, int]
    secret: str


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    block: Any = transaction.atomic()
    block._from_testcase = True  # as in Django's own tests, durable blocks within it are none
    with django_db_blocker.unblock(), block:
        brand, ctx = make_brand(), make_ctx("Stranger")
        things = things_of(brand)
        secret = make_key(Brand(ctx, 0, 0, {}))
        yield World(brand, things, rows_everywhere(), secret)
        transaction.set_rollback(True)


@pytest.fixture
def stranger(world: World) -> Api:
    """A key of another organisation."""
    return Api(world.brand, world.secret)


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
def test_a_stranger_finds_nothing_and_changes_nothing(method: str, path: str, world: World, stranger: Api) -> None:
    name = DOCUMENT["paths"][path][method]["operationId"]
    address = path.removeprefix("/api/v1")
    wanted = [part[1:-1] for part in address.split("/") if part.startswith("{")]
    for part in wanted:
        of_its_own = f"{address.partition('{')[0]}{part}"  # two kinds of tasks have an id
        thing = world.things.get(of_its_own, world.things.get(part, 1))
        address = address.replace("{" + part + "}", str(thing))
    key = {"idempotency_key": "stranger-1"} if name in OF_A_KEY else {}
    answer = stranger.ask(method.upper(), address, BODIES[name] if method != "get" else None, **key)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.content
    assert rows_everywhere() == world.rows


@pytest.mark.parametrize("path", LISTS)
def test_a_strangers_lists_are_empty(path: str, stranger: Api) -> None:
    answer = stranger.get(path.removeprefix("/api/v1")).json()
    (rows,) = (value for name, value in answer.items() if name != "next")
    assert rows == []


def test_a_stranger_writes_to_no_customer_of_another(world: World, stranger: Api) -> None:
    body = {"order_id": world.things["order_id"], "subject": "mine", "text": "mine"}
    assert stranger.post("/conversations", body).json()["code"] == "not_found"
    assert rows_everywhere() == world.rows


def test_a_stranger_hands_nothing_over(world: World, stranger: Api) -> None:
    answer = stranger.post("/hand-overs", {"shipments": [world.things["parcel_id"]]})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert rows_everywhere() == world.rows


def test_a_stranger_cannot_book_into_another_place_or_sell_anothers_goods(world: World, stranger: Api) -> None:
    for path, lines in (
        ("/stock/receipts", [{"sku": "A", "qty": 1}]),
        ("/stock/adjustments", [{"sku": "A", "on_hand": 1}]),
        ("/stock/counts", [{"sku": "A", "on_hand": 0}]),
    ):
        body = {"location_id": world.brand.seoul, "lines": lines} | ({"reason": "x"} if "adjust" in path else {})
        assert stranger.post(path, body).json()["code"] == "not_found"
    assert stranger.post("/orders", order()).json()["code"] == "unknown_sku"
    assert stranger.get("/stock?sku=A").json()["stock"] == []
    assert rows_everywhere() == world.rows
