"""Macros through the API: kept, changed, removed, and filled for a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.accounts import queries as accounts
from doorstep.flows import reship
from doorstep.flows.reship import Reship
from doorstep.inbox import actions, queries
from tests.api.conftest import Api, refused, rows_everywhere
from tests.factories import draft, place, together
from tests.mails import CUSTOMER, as_agent, bring, conversations, mail
from tests.returning import arrived, lines

pytestmark = pytest.mark.django_db


def test_macros_are_written_changed_and_removed(api: Api) -> None:
    made = api.post("/macros", {"name": " Late ", "body_en": "Dear {{customer.name}},"})
    macro = made.json()
    assert (made.status_code, macro["name"], macro["body_ko"]) == (201, "Late", "")
    changed = api.patch(f"/macros/{macro['id']}", {"body_ko": "{{customer.name}} 님,"}).json()
    assert changed == macro | {"body_ko": "{{customer.name}} 님,"}
    assert api.get("/macros").json() == {"macros": [changed], "next": None}
    assert api.get(f"/macros/{macro['id']}").json() == changed

    gone = api.ask("DELETE", f"/macros/{macro['id']}")
    assert (gone.status_code, gone.content, queries.list_macros(api.brand.ctx)) == (204, b"", [])
    refused(api.ask("DELETE", f"/macros/{macro['id']}"), 404, "not_found")


def test_a_macro_is_added_once_under_its_key(api: Api) -> None:
    first, again = (api.post("/macros", {"name": "Late", "body_en": "x"}, idempotency_key="m1") for _ in range(2))
    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
    assert len(queries.list_macros(api.brand.ctx)) == 1


def test_macros_that_could_not_be_used_are_refused_and_nothing_is_kept(api: Api) -> None:
    late = api.post("/macros", {"name": "Late", "body_en": "x"}).json()
    lost = api.post("/macros", {"name": "Lost", "body_en": "y"}).json()
    before = rows_everywhere()

    refused(api.post("/macros", {"name": "LATE", "body_en": "x"}), 409, "macro_name_taken")
    refused(api.patch(f"/macros/{lost['id']}", {"name": "late"}), 409, "macro_name_taken")
    refused(api.post("/macros", {"name": "Empty"}), 422, "invalid")
    problem = refused(api.post("/macros", {"name": "Odd", "body_en": "{{no.such}}"}), 422, "empty_variable")
    assert "{{no.such}}" in problem["detail"]
    refused(api.patch(f"/macros/{late['id'] + 999}", {"name": "z"}), 404, "not_found")
    assert rows_everywhere() == before
    assert api.get(f"/macros/{lost['id']}").json() == lost


def test_a_macro_is_filled_for_a_conversation_or_names_what_is_empty(api: Api) -> None:
    ctx = api.brand.ctx
    [order_id] = place(ctx, draft(external_id="E77", email=CUSTOMER))
    bring(ctx, mail())
    [row] = conversations(ctx)
    body = "{{customer.name}}: {{order.name}} comes. {{ agent.name }}"
    macro = api.post("/macros", {"name": "Comes", "body_en": body}).json()["id"]
    path = f"/conversations/{row.id}/macros/{macro}"

    problem = refused(api.get(path, accept_language="ko"), 422, "empty_variable")
    assert "{{order.name}}" in problem["detail"]
    actions.link_order(as_agent(ctx), conversation_id=row.id, version=row.version, order_id=order_id)

    filled = api.get(path)
    brand = accounts.organisation(ctx).name
    assert (filled.status_code, filled.json()) == (200, {"text": f"Kim Minseo: #E77 comes. {brand}"})
    refused(api.get(f"/conversations/{row.id}/macros/999999"), 404, "not_found")


def test_a_key_that_only_reads_is_given_no_link_by_which_it_could_write_as_the_customer(
    api: Api, as_key: Callable[..., Api]
) -> None:
    ctx = api.brand.ctx
    [order_id] = place(ctx, draft(external_id="E77", email=CUSTOMER))
    bring(ctx, mail())
    [row] = conversations(ctx)
    actions.link_order(as_agent(ctx), conversation_id=row.id, version=row.version, order_id=order_id)
    macro = api.post("/macros", {"name": "Where", "body_en": "{{tracking.link}}"}).json()["id"]
    path = f"/conversations/{row.id}/macros/{macro}"

    problem = refused(as_key(api.brand, "inbox:read").get(path), 403, "missing_scope")
    assert "/t/" not in str(problem)
    assert "/t/" in as_key(api.brand, "inbox:write").get(path).json()["text"]


def test_a_macro_about_what_is_sent_again_tells_what_was_paid_for_it(api: Api) -> None:
    ctx = api.brand.ctx
    order_id = arrived(ctx, draft([("A", 2)], external_id="E77", email=CUSTOMER))
    units = {lines(ctx, order_id)["A"].id: 1}
    sent = reship.apply(ctx, order_id=order_id, reship=Reship(units, "damaged", ""), key="k1").order.order
    bring(ctx, mail())
    [row] = conversations(ctx)
    actions.link_order(as_agent(ctx), conversation_id=row.id, version=row.version, order_id=sent.id)
    macro = api.post("/macros", {"name": "Again", "body_en": "{{order.name}}, {{order.total}}"}).json()["id"]

    filled = api.get(f"/conversations/{row.id}/macros/{macro}")

    assert (sent.total_minor, filled.json()) == (0, {"text": "#E77-S1, 20.00 EUR"})


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_macro_lose_nothing(api: Api) -> None:
    path = f"/macros/{api.post('/macros', {'name': 'Late', 'body_en': 'x'}).json()['id']}"

    for n in range(5):
        english, korean = {"body_en": f"Late {n}"}, {"body_ko": f"늦음 {n}"}
        together(lambda given=english: api.patch(path, given), lambda given=korean: api.patch(path, given))
        assert api.get(path).json().items() >= (english | korean).items()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [("Late", "Late"), ("Late", "LATE")], ids=str)
def test_of_two_who_give_one_name_at_once_one_is_told_that_it_is_taken(api: Api, names: tuple[str, str]) -> None:
    one, other = names
    answers: list[Any] = together(
        lambda: api.post("/macros", {"name": one, "body_en": "x"}),
        lambda: api.post("/macros", {"name": other, "body_en": "y"}),
    )

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert won.status_code == 201
    refused(lost, 409, "macro_name_taken")
    assert [row.name for row in queries.list_macros(api.brand.ctx)] == [won.json()["name"]]
