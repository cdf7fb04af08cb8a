"""The staff pages of returns, through HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.orders import queries as orders
from doorstep.returns import actions, queries, receiving
from doorstep.returns.rules import DEFAULT_POLICY, policy_as_json
from doorstep.returns.values import Arrived, ReturnFilter
from doorstep.shipping import queries as shipping
from doorstep.stock import queries as stock
from tests.factories import NOW, Brand, make_brand, make_ctx, signed_in
from tests.returning import arrived, ask, wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("those_days")]  # in which what was sold may come back
REVIEW = [{"name": "All by hand", "when": {"all": []}, "action": "review"}]


@pytest.fixture
def brand() -> Brand:
    return make_brand()


@pytest.fixture
def service(brand: Brand) -> Client:
    return signed_in(brand.ctx, role="service")


def by_hand(brand: Brand) -> None:
    """From now on a person decides; orders of these tests were placed before, so the version is dated back."""
    actions.publish_policy(replace(brand.ctx, now=NOW - timedelta(days=90)), policy=REVIEW)


def form_of(client: Client, path: str) -> str:
    """The key of the click that a page carries."""
    found = re.search(r'name="wish" value="([0-9a-f-]+)"', client.get(path).content.decode())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("path", ["", "?view=review", "?view=here&goods=received&reason=too_small&q=김", "receive/"])
def test_every_list_opens_empty_and_filled(brand: Brand, path: str, language: str) -> None:
    assert signed_in(make_ctx(), language=language).get(f"/returns/{path}").status_code == 200
    ask(brand.ctx, arrived(brand.ctx))
    assert signed_in(brand.ctx, language=language).get(f"/returns/{path}").status_code == 200


def test_a_return_is_found_by_its_number_its_order_and_its_customer(brand: Brand) -> None:
    return_id = ask(brand.ctx, arrived(brand.ctx))
    row = queries.get_return(brand.ctx, return_id=return_id)
    for text in (row.name, row.name.lower(), row.order_name, row.order_name[2:], "김민", "minseo@example"):
        assert [r.id for r in queries.list_returns(brand.ctx, where=ReturnFilter(text=text))] == [return_id], text
    for text in ("R9999", "nobody", "%"):
        assert queries.list_returns(brand.ctx, where=ReturnFilter(text=text)) == []
    assert queries.list_returns(make_ctx(), where=ReturnFilter(text=row.name)) == []


def test_views_and_counts_say_what_waits_for_a_person(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    coming = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 1), key="1")
    here = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "B", 1), key="2")
    [line] = queries.lines_of(brand.ctx, return_ids=[here])
    receiving.receive(brand.ctx, return_id=here, arrived=[Arrived(1, line.id)], key="r")
    gone = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 1), key="3")
    actions.cancel(brand.ctx, return_id=gone)
    found = {
        view: [row.id for row in queries.list_returns(brand.ctx, where=ReturnFilter(view=view))]
        for view in ("review", "coming", "here", "done")
    }
    assert found == {"review": [], "coming": [coming], "here": [here], "done": [gone]}
    assert queries.count_views(brand.ctx, views=["review", "here"]) == {"review": 0, "here": 1}
    listed = queries.list_returns(brand.ctx, where=ReturnFilter(reason="too_small"))
    assert [row.id for row in listed] == [gone, here, coming]


def test_a_return_tells_why_the_policy_decided_so(brand: Brand, service: Client) -> None:
    return_id = ask(brand.ctx, arrived(brand.ctx))
    text = service.get(f"/returns/{return_id}/").content.decode()
    assert "Within 30 days of delivery" in text
    assert "Days since delivery must be at most 30; it is 3." in text
    assert "Final sale must be yes; it is no." in text
    assert "30" in signed_in(brand.ctx, language="ko").get(f"/returns/{return_id}/").content.decode()


def test_a_person_approves_what_waits_and_says_why(brand: Brand, service: Client) -> None:
    by_hand(brand)
    return_id = ask(brand.ctx, arrived(brand.ctx))
    assert "A person has to decide." in service.get(f"/returns/{return_id}/").content.decode()
    answer = service.post(f"/returns/{return_id}/decide/", {"decision": "approve", "note": "A good customer"})
    assert (answer.status_code, answer["Location"]) == (302, f"/returns/{return_id}/")
    assert queries.get_return(brand.ctx, return_id=return_id).decision == "approved"
    assert "A good customer" in service.get(f"/returns/{return_id}/").content.decode()
    assert service.post(f"/returns/{return_id}/decide/", {"decision": "decline"}).status_code == 409
    assert queries.get_return(brand.ctx, return_id=return_id).decision == "approved"


def test_service_starts_a_return_by_the_policy_of_the_portal(brand: Brand, service: Client) -> None:
    order_id = arrived(brand.ctx)
    assert f"/returns/start/{order_id}/" in service.get(f"/orders/{order_id}/").content.decode()
    line = wish(brand.ctx, order_id).order_line_id
    empty = service.post(f"/returns/start/{order_id}/check/", {f"back-{line}": "1", f"qty-{line}": "2"})
    assert (empty.status_code, "the reason for each" in empty.content.decode()) == (422, True)
    chosen = {f"back-{line}": "1", f"qty-{line}": "2", f"reason-{line}": "too_small"}
    seen = service.post(f"/returns/start/{order_id}/check/", chosen).content.decode()
    assert "The policy approves this" in seen
    assert queries.returns_of(brand.ctx, order_ids=[order_id]) == []
    sent = {**chosen, "key": "abc", f"outcome-{line}": "store_credit", "note": "By phone"}
    first, again = (service.post(f"/returns/start/{order_id}/send/", sent) for _ in range(2))
    [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
    assert first["Location"] == again["Location"] == f"/returns/{row.id}/"
    assert (row.units, row.note, row.decision) == (2, "By phone", "approved")
    assert row.name in service.get(f"/orders/{order_id}/").content.decode()
    assert row.name in service.get(f"/customers/{row.customer_id}/").content.decode()


def test_a_scanned_code_leads_to_its_return(brand: Brand, service: Client) -> None:
    order_id = arrived(brand.ctx)
    row = queries.get_return(brand.ctx, return_id=ask(brand.ctx, order_id))
    for code in (row.name, f" {row.name.lower()} ", row.order_name, row.order_name.removeprefix("#")):
        assert service.get("/returns/receive/", {"code": code})["Location"] == f"/returns/{row.id}/receive/", code
    assert service.get("/returns/receive/", {"code": "nothing"}).status_code == 404


def test_a_parcel_without_a_return_offers_to_start_one(brand: Brand, service: Client) -> None:
    order_id = arrived(brand.ctx)

    [parcel] = shipping.parcels_of(brand.ctx, order_ids=[order_id])
    name = orders.orders_by_id(brand.ctx, ids=[order_id])[order_id].name
    for code in (name, parcel.tracking_number):
        text = service.get("/returns/receive/", {"code": code}).content.decode()
        assert f"/returns/start/{order_id}/" in text, code


def test_a_double_tap_on_the_table_counts_once(brand: Brand) -> None:
    table = signed_in(brand.ctx)
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 3))
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    path = f"/returns/{return_id}/receive/"
    came = {"wish": form_of(table, path), f"qty-{line.id}": "2", "other-note": "A sock", "other-came": "extra_item"}
    assert [table.post(path, came).status_code for _ in range(2)] == [302, 302]
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    noted = queries.receipts_of(brand.ctx, return_id=return_id)
    assert (line.received, [(r.qty, r.came, r.note) for r in noted]) == (
        2, [(2, "expected", ""), (1, "extra_item", "A sock")],
    )  # fmt: skip

    def on_hand() -> int:
        return sum(level.on_hand for level in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]]))

    before = on_hand()
    text = table.get(path).content.decode()
    assert "Back on the shelf in Warehouse BER, for sale at once." in text
    assert "this cannot be undone here" in text
    judged = {"wish": form_of(table, path), "line": line.id, "qty": "2", "grade": "A", "disposition": "restocked"}
    assert [table.post(f"/returns/{return_id}/inspect/", judged).status_code for _ in range(2)] == [302, 302]
    assert on_hand() == before + 2
    assert table.post(f"/returns/{return_id}/close-short/").status_code == 302
    assert queries.get_return(brand.ctx, return_id=return_id).goods == "inspected"
    assert "Next return" in table.get(path).content.decode()
    assert check(all_invariants()) == []


def test_the_table_refuses_what_makes_no_sense_and_moves_nothing(brand: Brand) -> None:
    table = signed_in(brand.ctx, role="warehouse")
    return_id = ask(brand.ctx, arrived(brand.ctx))
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    path = f"/returns/{return_id}/receive/"
    key = form_of(table, path)
    bad = [
        {}, {f"qty-{line.id}": "0"}, {f"qty-{line.id}": "9"}, {"other-code": "X-9", "other-came": "extra_item"},
        {"other-note": "?", "other-came": "nonsense"},
    ]  # fmt: skip
    assert [table.post(path, {"wish": key, **form}).status_code for form in bad] == [422, 422, 409, 404, 422]
    assert table.post(path, {f"qty-{line.id}": "1"}).status_code == 422
    judged = {"wish": key, "line": line.id, "qty": "1", "grade": "A", "disposition": "restocked"}
    for wrong in ({"grade": "E"}, {"disposition": "eaten"}, {"line": "77"}, {}):
        assert table.post(f"/returns/{return_id}/inspect/", judged | wrong).status_code in (404, 409, 422)
    assert queries.get_return(brand.ctx, return_id=return_id).goods == "none"
    assert queries.receipts_of(brand.ctx, return_id=return_id) == []


def test_a_policy_stands_there_in_words_and_is_changed_by_knobs(brand: Brand) -> None:
    owner = signed_in(brand.ctx)
    text = owner.get("/settings/returns/").content.decode()
    assert "Days since delivery: at most 30" in text
    assert "The policy that every brand begins with." in text
    form = {
        "days": "14", "timing": "on_receipt", "review_value": "250", "review_rate": "40", "final_sale": "on",
        "outcome": ["store_credit"], "note": "Before Christmas",
    }  # fmt: skip
    shown = owner.post("/settings/returns/edit/", {**form, "do": "preview"}).content.decode()
    assert "Return rate of the customer: more than 40 %" in shown
    assert "Value of the items: more than €250.00" in shown
    assert queries.list_policies(brand.ctx)[0].version == 0
    assert owner.post("/settings/returns/edit/", {**form, "do": "publish"}).status_code == 302
    newest = queries.list_policies(brand.ctx)[0]
    assert (newest.version, newest.note, [rule["action"] for rule in newest.rules]) == (
        1, "Before Christmas", ["reject", "reject", "review", "review", "approve"],
    )  # fmt: skip
    assert newest.rules[-1]["outcomes"] == ["store_credit"]
    again = owner.get("/settings/returns/edit/").content.decode()
    assert 'value="14"' in again
    assert "says more than this form can" not in again
    assert owner.get("/settings/returns/0/").status_code == 200
    for number in (7, 99999999999, 10**40):
        assert owner.get(f"/settings/returns/{number}/").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"days": "0"}, {"days": "soon"}, {"review_value": "-1"}, {"review_rate": "400"}, {"outcome": []}]
)
def test_a_wrong_knob_is_said_at_its_field_and_nothing_is_published(brand: Brand, wrong: dict[str, str]) -> None:
    form = {"days": "14", "timing": "on_receipt", "outcome": ["store_credit"], "do": "publish"} | wrong
    answer = signed_in(brand.ctx).post("/settings/returns/edit/", form)
    assert answer.status_code == 422
    assert re.search(r"field-wrong|policy-never", answer.content.decode())
    assert queries.list_policies(brand.ctx)[0].version == 0


def test_rules_that_are_never_reached_are_pointed_out(brand: Brand) -> None:

    owner = signed_in(brand.ctx)
    rules = json.dumps([*REVIEW, *policy_as_json(DEFAULT_POLICY)])
    shown = owner.post("/settings/returns/json/", {"rules": rules, "do": "preview"}).content.decode()
    assert shown.count("Never reached") == 3
    assert owner.post("/settings/returns/json/", {"rules": "{", "do": "publish"}).status_code == 422
    assert queries.list_policies(brand.ctx)[0].version == 0
    assert owner.post("/settings/returns/json/", {"rules": rules, "do": "publish"}).status_code == 302
    assert "says more than this form can" in owner.get("/settings/returns/edit/").content.decode()


def test_a_stranger_and_a_viewer_change_nothing(brand: Brand) -> None:
    return_id = ask(brand.ctx, arrived(brand.ctx))
    stranger, viewer = signed_in(make_ctx()), signed_in(brand.ctx, role="viewer")
    for path in ("", "receive/"):
        assert stranger.get(f"/returns/{return_id}/{path}").status_code == 404
    for path in ("cancel", "decide", "ask-label", "receive", "inspect", "close-short"):
        assert stranger.post(f"/returns/{return_id}/{path}/", {"decision": "approve"}).status_code in (404, 422)
        assert viewer.post(f"/returns/{return_id}/{path}/", {"decision": "approve"}).status_code == 403
    text = viewer.get(f"/returns/{return_id}/").content.decode()
    assert (viewer.get(f"/returns/{return_id}/receive/").status_code, "Cancel the return" in text) == (403, False)
    assert queries.get_return(brand.ctx, return_id=return_id).decision == "approved"


def test_the_report_sets_a_product_beside_its_category_and_asks_once(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 3))
    service = signed_in(brand.ctx, role="service")
    text = service.get("/returns/report/?days=365").content.decode()
    assert "3 / 3" in text
    assert "100%" in text
    assert "Too small 3" in text
    assert [service.post("/returns/report/ask/").status_code for _ in range(2)] == [302, 302]
    assert "3 / 3" not in signed_in(make_ctx()).get("/returns/report/?days=365").content.decode()


def test_a_product_tells_how_often_it_comes_back(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 3))
    [found] = [row for row in queries.report(brand.ctx, since=NOW - timedelta(days=365), until=NOW) if row.share.hits]
    service = signed_in(brand.ctx, role="service")

    share = queries.rate_of(brand.ctx, product_id=found.product_id, since=NOW - timedelta(days=365), until=NOW)
    assert share == found.share
    assert f"/returns/report/{found.product_id}/" in service.get(f"/products/{found.product_id}/").content.decode()
    text = service.get(f"/returns/report/{found.product_id}/").content.decode()
    assert "3 of 3 units sold in the last 90 days came back" in text
    assert service.get("/returns/report/0/").content.decode().strip() == ""


def test_a_return_leads_to_its_customer_and_says_who_reads_a_refusal(brand: Brand) -> None:
    by_hand(brand)
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id)

    text = signed_in(brand.ctx).get(f"/returns/{return_id}/").content.decode()

    assert f'href="/inbox/new/order/{order_id}/"' in text
    assert "the customer is told that it is declined, not why" in text


def test_a_return_shows_what_it_is_worth(brand: Brand, service: Client) -> None:
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    text = service.get(f"/returns/{return_id}/").content.decode()
    assert "Still worth" in text
    assert service.get(f"/returns/{return_id}/pictures/1.webp").status_code == 404


def test_a_policy_without_refunds_is_no_dead_end(brand: Brand, service: Client) -> None:
    only = [{"name": "Credit", "when": {"all": []}, "action": "approve", "outcomes": ["store_credit"]}]
    actions.publish_policy(replace(brand.ctx, now=NOW - timedelta(days=90)), policy=only)
    order_id = arrived(brand.ctx)
    line = wish(brand.ctx, order_id).order_line_id
    chosen = {f"back-{line}": "1", f"qty-{line}": "1", f"reason-{line}": "too_small", "key": "x"}
    seen = service.post(f"/returns/start/{order_id}/check/", chosen)
    assert (seen.status_code, 'value="store_credit"' in seen.content.decode()) == (200, True)
    assert 'value="refund_original"' not in seen.content.decode()
    refused = service.post(f"/returns/start/{order_id}/send/", chosen | {f"outcome-{line}": "refund_original"})
    assert (refused.status_code, queries.returns_of(brand.ctx, order_ids=[order_id])) == (409, [])
    assert (
        service.post(f"/returns/start/{order_id}/send/", chosen | {f"outcome-{line}": "store_credit"}).status_code
        == 302
    )
