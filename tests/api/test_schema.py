"""The OpenAPI document: committed, complete, and kept by the running API whatever is sent to it."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from pydantic import BaseModel
from schemathesis.checks import not_a_server_error

from doorstep.api.v1.api import api as doorstep_api
from doorstep.api.v1.openapi import document
from doorstep.fulfilment import queries as floor
from doorstep.inbox import desk
from doorstep.messaging import mailboxes
from doorstep.stock import adjustments, counts
from doorstep.stock.counting import Choice, Chosen, Entry
from doorstep.stock.values import Change, Paper, Reason, Why
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft
from tests.api.agreed import DOCUMENT, SNAPSHOT
from tests.api.conftest import Api, make_key, order
from tests.api.shop import connect_shop, shop_order, tell
from tests.factories import draft, listed, make_brand, merged, packed
from tests.floor import buy_label
from tests.inbound import coming_in
from tests.mails import bring, conversations, mail, said
from tests.receiver import make_delivery
from tests.returning import arrived, ask, wish
from tests.serving import free_port

EXAMPLES = int(os.environ.get("DOORSTEP_API_EXAMPLES", "10"))
OPERATIONS = [(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations]
QUESTIONS = {"/api/v1/availability/query", "/api/v1/notices/{kind}/preview"}  # their bodies ask, and nothing is written


def test_the_document_is_the_one_that_was_agreed() -> None:
    """Change it on purpose: with DOORSTEP_WRITE_OPENAPI=1 it is written anew; a breaking change needs a new version."""
    made = json.loads(json.dumps(document(doorstep_api)))
    if os.environ.get("DOORSTEP_WRITE_OPENAPI"):
        SNAPSHOT.write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    assert json.loads(SNAPSHOT.read_text()) == made


def test_the_document_is_open_to_anybody(db: None) -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()) == (200, DOCUMENT)


def test_no_two_shapes_share_a_name() -> None:
    """The document knows shapes by their name only: the second of a name silently takes the place of the first."""
    found: dict[str, set[type]] = {}
    left: list[type[BaseModel]] = [BaseModel]
    while left:
        shape = left.pop()
        left += shape.__subclasses__()
        if shape.__module__.startswith("doorstep.api."):
            found.setdefault(shape.__name__, set()).add(shape)
    assert {name: shapes for name, shapes in found.items() if len(shapes) > 1} == {}
    assert DOCUMENT["components"]["schemas"].keys() & found.keys()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_declares_every_error_it_can_give(method: str, path: str) -> None:
    operation = DOCUMENT["paths"][path][method.lower()]
    wanted = {"401", "403", "405", "422", "429", "500", "503"}
    if method != "GET":
        wanted |= {"400", "413", "415"}
    if method != "GET" and path not in QUESTIONS:
        wanted |= {"404", "409"}
        assert any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
    if "{" in path:
        wanted.add("404")
    if path == "/api/v1/availability/changes":
        wanted.add("410")
    declared = {status for status, answer in operation["responses"].items() if status >= "400"}
    assert declared == wanted
    for status in declared:
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    assert operation["security"] == [{"key": []}]
    assert "Scope: `" in operation["description"]


@pytest.fixture
def busy_api(transactional_db: None, settings: Any) -> Api:
    """A brand with something of everything, and a key that may do everything."""
    settings.API_REQUESTS_PER_MINUTE = 10**6
    brand = make_brand(stock_each=1000)
    api = Api(brand, make_key(brand))
    assert api.post("/orders", order()).status_code == 201
    return api


def things_here(api: Api) -> dict[str, int]:
    """An id that exists for every kind of path parameter."""
    product = api.get("/products").json()["products"][0]
    arrival = tell(api.brand, connect_shop(api.brand), "orders/create", shop_order())
    back_id = arrived(api.brand.ctx, draft([("C", 1)]))
    return_id = ask(api.brand.ctx, back_id, wish(api.brand.ctx, back_id, "C"))
    parcel_id = packed(api.brand.ctx, draft([("B", 1)]))[0]
    buy_label(api.brand, parcel_id)
    [part] = listed(api.brand.ctx, draft([("A", 900)]))
    [task] = floor.tasks_of_orders(api.brand.ctx, fulfilment_order_ids=[part])
    waiting = make_delivery(api.brand)
    return {
        "merge_id": merged(api.brand.ctx), "webhook_id": waiting.subscription_id, "delivery_id": waiting.id,
        "order_id": api.get("/orders").json()["orders"][0]["id"], "product_id": product["id"],
        "variant_id": product["variants"][0]["id"], "location_id": api.brand.seoul, "arrival_id": arrival["arrival"],
        "pick_list_id": task.pick_list_id, "task_id": task.id, "fulfilment_order_id": part, "parcel_id": parcel_id,
        "customer_id": api.get("/customers").json()["customers"][0]["id"], "version": 0,
        **coming_in(api.brand),
        "return_id": return_id, **things_of_stock(api), **things_of_service(api),
    }  # fmt: skip


def things_of_stock(api: Api) -> dict[str, int]:
    """A sheet of which a line waits, and a document with its file."""
    ctx, seoul, variant = api.brand.ctx, api.brand.seoul, api.brand.variants["A"]
    sheet_id = counts.open_sheet(ctx, location_id=seoul, chosen=Chosen(Choice.VARIANTS, (variant,)))
    counts.enter(ctx, sheet_id=sheet_id, entries=[Entry("sheet-0001", variant, 0, ctx.now)])
    paper = Paper("1", "a.txt", "text/plain", b"a")
    changes = [Change(variant, seoul, on_hand=1)]
    reference = adjustments.adjust(ctx, changes=changes, why=Why(Reason.FOUND), paper=paper)
    return {"sheet_id": sheet_id, "document_id": int(reference.partition(":")[2])}


def things_of_service(api: Api) -> dict[str, int]:
    """What the inbox, tasks and settings are asked about."""
    ctx = api.brand.ctx
    bring(ctx, mail(files=[("a.txt", "text/plain", b"a")]))
    [message] = said(ctx, conversations(ctx)[0].id)
    reached = {"host": "127.0.0.1", "port": str(free_port()), "security": "none"}
    return {
        "conversation_id": message.conversation_id, "message_id": message.id, "n": message.attachments[0]["n"],
        "macro_id": desk.save_macro(ctx, macro_id=None, name="Late", body_en="Dear {{customer.name}}", body_ko=""),
        "mailbox_id": mailboxes.connect(ctx, name="S", address="s@a.example", provider="imap", settings=reached),
        "/tasks/task_id": tasks.create(ctx, tasks=[TaskDraft("k", "look_twice", "parcel:1", "order:1")])[0],
    }


def grounded(value: Any, here: dict[str, int]) -> Any:
    """The same body with names that mean something here, so that what is made up gets past the door."""
    known = {
        "sku": "A", "location_id": here["location_id"], "version": 1, "country": "DE", "currency": "EUR",
        "placed_at": "2026-11-01T00:00:00Z", "amount": "12.30", "timezone": "Asia/Seoul", "email": "a@example.com",
        "discount": None, "task_id": here["task_id"], "at": "2026-11-01T00:00:00Z",
    }  # fmt: skip
    if isinstance(value, dict):
        return {name: known[name] if name in known else grounded(one, here) for name, one in value.items()}
    return [grounded(one, here) for one in value] if isinstance(value, list) else value


FREE = {"q", "tag", "sku", "kind"}  # any text may be meant
LISTS = [
    path for path, found in DOCUMENT["paths"].items()
    if "limit" in {parameter["name"] for parameter in found.get("get", {}).get("parameters", ())}
]  # fmt: skip


def test_a_list_refuses_what_none_of_its_filters_knows_and_names_the_filter(busy_api: Api) -> None:
    here = things_here(busy_api)
    assert len(LISTS) > 20
    for path in LISTS:
        address = path.removeprefix("/api/v1").format(**here)
        filters = [p["name"] for p in DOCUMENT["paths"][path]["get"]["parameters"] if p["in"] == "query"]
        assert len(filters) >= 2
        for name in set(filters) - FREE:
            answer = busy_api.get(f"{address}?{name}=nonsense")
            assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [name]), (path, name)


ROOMS = sorted({path.split("/")[3] for _method, path in OPERATIONS})
BRANDS = 10  # making one with something of everything takes as long as what a whole room is sent
LAST = ("GET", "POST", "PUT", "PATCH", "DELETE")  # what takes something away comes when the others have seen it


@pytest.mark.slow
@pytest.mark.parametrize("rooms", [ROOMS[n::BRANDS] for n in range(BRANDS)], ids="-".join)
def test_whatever_is_sent_the_answer_is_as_declared(rooms: list[str], busy_api: Api) -> None:
    """schemathesis through the real ASGI application: never a 5xx, never an undeclared status, kind or shape."""
    from doorstep.config.asgi import application  # all of the program, which other workers need not load

    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = application
    here = things_here(busy_api)
    mine = [(method, path) for method, path in OPERATIONS if path.split("/")[3] in rooms]
    for method, path in sorted(mine, key=lambda one: LAST.index(one[0])):
        send_whatever(schema[path][method], path, here, secret=busy_api.secret)


def send_whatever(operation: Any, path: str, here: dict[str, int], *, secret: str) -> None:
    """Sends an operation what its schema allows; half of the time about things that there are."""
    headers = {"Authorization": f"Bearer {secret}"}

    @given(case=operation.as_strategy(), real=booleans())
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def sends(case: Any, real: bool) -> None:
        if real:
            root = path.removeprefix("/api/v1").partition("{")[0]  # two kinds of tasks have an id
            case.path_parameters = {
                name: here.get(root + name, here.get(name, value)) for name, value in (case.path_parameters or {}).items()
            }
            case.body = grounded(case.body, here)
        response = case.call(headers=headers)
        case.validate_response(response, checks=[not_a_server_error])
        operation.validate_response(response)

    sends()
