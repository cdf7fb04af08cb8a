"""From the order number to the label, as a customer without an account walks it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import signing
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from PIL import Image

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.flows import order_door, return_links
from doorstep.messaging import queries as mails
from doorstep.orders import queries as orders
from doorstep.payments import actions as payments
from doorstep.payments.values import RefundWish
from doorstep.returns import actions, queries
from doorstep.web.returns import forms
from doorstep.worker.dispatch import drain
from tests.doors import mail_codes
from tests.factories import Brand, draft, make_brand, place, receive
from tests.giving_back import shirts
from tests.returning import arrived, ask, wish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("those_days")]  # its return window


@pytest.fixture(autouse=True)
def quiet() -> None:
    cache.clear()


def portal(ctx: Ctx) -> str:
    return f"/r/{accounts.organisation(ctx).slug}/"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def code_of(ctx: Ctx, order_id: int) -> str:
    """The code in the newest mail about an order."""
    mail_codes(ctx)
    newest = next(m for m in mails.messages_of(ctx, timelines=[f"order:{order_id}"]) if m.template == "code")
    found = re.search(r"\b(\d{3} \d{3})\b", newest.text)
    assert found is not None
    return found[1]


def opened(brand: Brand, order_id: int) -> tuple[Client, str]:
    """A browser that has proved the order, and where its page is."""
    row = orders.orders_by_id(brand.ctx, ids=[order_id])[order_id]
    client, door = Client(), portal(brand.ctx)
    asked = client.post(f"{door}?language=en", {"number": row.name, "email": row.email}).content.decode()
    attempt = hidden(asked, "attempt")
    answer = client.post(f"{door}code/?language=en", {"attempt": attempt, "code": code_of(brand.ctx, order_id)})
    assert answer.status_code == 302
    return client, answer.headers["Location"].partition("?")[0]


def now_brand() -> Brand:
    """A brand that lives now: the portal reads the clock."""
    brand = make_brand()
    return replace(brand, ctx=replace(brand.ctx, now=datetime.now(UTC)))


def test_from_the_number_to_the_status_page() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 2), ("B", 1)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    lines = {line.sku: line.order_line_id for line in queries.returnable(brand.ctx, order_id=order_id)}
    chosen = {f"back-{lines['A']}": "1", f"qty-{lines['A']}": "2", f"reason-{lines['A']}": "too_small"}

    seen = client.post(f"{page}check/?language=en", chosen).content.decode()
    assert "Yes, send it back" in seen
    assert "Which size would have been right?" in seen
    wish = chosen | {f"outcome-{lines['A']}": "refund_original", f"answer-{lines['A']}": "M", "key": hidden(seen, "key")}
    first = client.post(f"{page}send/?language=en", wish)
    again = client.post(f"{page}send/?language=en", wish)

    [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
    assert (row.decision, row.units) == ("approved", 2)
    [line] = queries.lines_of(brand.ctx, return_ids=[row.id])
    assert (line.sku, line.qty, line.reason, line.answer) == ("A", 2, "too_small", "M")
    status = client.get(first.headers["Location"]).content.decode()
    assert row.name in status
    assert row.name in client.get(again.headers["Location"]).content.decode()
    assert "Sent back already" in client.get(f"{page}?language=en").content.decode()


def test_the_label_is_there_as_soon_as_it_is_bought_and_calling_off_takes_it_back() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, reason="changed_mind"))
    where = f"{portal(brand.ctx)}s/{return_links.status_token(brand.ctx, return_id=return_id)}/"
    client = Client()
    assert client.get(f"{where}label.pdf").status_code == 404
    drain()
    assert "Your label is being made" in client.get(f"{where}?language=en").content.decode()

    assert client.post(f"{where}cancel/?language=en").status_code == 302
    assert queries.get_return(brand.ctx, return_id=return_id).decision == "cancelled"
    assert "You called this return off" in client.get(f"{where}?language=en").content.decode()
    assert "반품을 취소" in client.get(f"{where}?language=ko").content.decode()


def test_nothing_tells_whether_an_order_exists() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    row = orders.orders_by_id(brand.ctx, ids=[order_id])[order_id]
    client, door = Client(), portal(brand.ctx)

    there = client.post(f"{door}?language=en", {"number": row.name, "email": row.email})
    absent = client.post(f"{door}?language=en", {"number": row.name, "email": "other@example.com"})

    def plain(page: bytes) -> str:
        text = re.sub(r'name="(attempt|csrfmiddlewaretoken)" value="[^"]*"', "", page.decode())
        return text.replace(row.email, "?").replace("other@example.com", "?")

    assert plain(there.content) == plain(absent.content)
    seen = [signing.loads(hidden(page.content.decode(), "attempt"), salt="doorstep.code-attempt") for page in (there, absent)]
    assert [(owner, len(key)) for owner, key in seen] == [(brand.ctx.organisation_id, 16)] * 2
    assert db.scalar("SELECT count(*) FROM base_code WHERE organisation_id = %s", [brand.ctx.organisation_id]) == 0
    mail_codes(brand.ctx)
    assert db.scalar("SELECT count(*) FROM base_code WHERE organisation_id = %s", [brand.ctx.organisation_id]) == 1
    wrong = client.post(f"{door}code/?language=en", {"attempt": hidden(absent.content.decode(), "attempt"), "code": "1"})
    assert wrong.status_code == 422
    assert "That code does not fit" in wrong.content.decode()


def test_a_pass_opens_its_own_order_of_its_own_brand_only() -> None:
    brand, other = now_brand(), make_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    token = order_door.make_pass(brand.ctx, order_id=order_id)
    client = Client()

    assert client.get(f"{portal(brand.ctx)}o/{token}/").status_code == 200
    assert client.get(f"{portal(other.ctx)}o/{token}/").status_code == 302
    assert client.get(f"{portal(brand.ctx)}o/{token}x/").status_code == 302
    assert client.get("/r/nobody/").status_code == 404
    stolen = return_links.status_token(other.ctx, return_id=1)
    assert client.get(f"{portal(brand.ctx)}s/{stolen}/").status_code == 404


def test_what_has_not_arrived_cannot_be_chosen() -> None:
    brand = now_brand()
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    client, page = opened(brand, order_id)

    shown = client.get(f"{page}?language=en").content.decode()

    assert "Not delivered yet" in shown
    assert "Nothing of this order can be sent back now." in shown
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    refused = client.post(f"{page}check/?language=en", {f"back-{line.order_line_id}": "1", f"reason-{line.order_line_id}": "other"})
    assert refused.status_code == 422
    assert queries.returns_of(brand.ctx, order_ids=[order_id]) == []


def test_the_right_to_withdraw_skips_the_policy_within_its_days() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    assert "Withdraw from contract here" in client.get(f"{page}?language=en").content.decode()

    seen = client.post(f"{page}check/?language=en", {"withdraw": "1"}).content.decode()
    assert "Confirm your withdrawal" in seen
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    wish = {
        "withdraw": "1", "key": hidden(seen, "key"), f"back-{line.order_line_id}": "1",
        f"reason-{line.order_line_id}": hidden(seen, f"reason-{line.order_line_id}"),
    }  # fmt: skip
    sent = client.post(f"{page}send/?language=en", wish)
    drain()

    [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
    assert (row.is_withdrawal, row.decision) == (True, "approved")
    [kept] = queries.lines_of(brand.ctx, return_ids=[row.id])
    assert kept.reason == "withdrawal"
    local = row.requested_at.astimezone(ZoneInfo("Europe/Berlin"))
    moment = f"{local.day} {local:%b} {local.year}, {local:%H:%M}"
    status = client.get(sent.headers["Location"]).content.decode()
    assert f"You declared it on {moment}" in status
    [receipt] = [m for m in mails.messages_of(brand.ctx, timelines=[f"order:{order_id}"]) if "철회" in m.subject]
    assert f"{local.year}년 {local.month}월 {local.day}일 {local:%H:%M}" in receipt.text
    assert row.name in receipt.text


def test_who_does_not_withdraw_cannot_say_so_as_a_reason() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    assert 'value="withdrawal"' not in client.get(f"{page}?language=en").content.decode()

    form = {f"back-{line.order_line_id}": "1", f"reason-{line.order_line_id}": "withdrawal"}

    assert client.post(f"{page}send/?language=en", form | {"key": "k"}).status_code in (404, 422)
    assert queries.returns_of(brand.ctx, order_ids=[order_id]) == []


def test_attempts_are_counted() -> None:
    brand = now_brand()
    client, door = Client(), portal(brand.ctx)
    answers = {client.post(door, {"number": "1", "email": "a@x.example"}).status_code for _ in range(21)}
    assert answers == {200, 429}
    mail_codes(brand.ctx)
    assert db.scalar("SELECT count(*) FROM base_code WHERE organisation_id = %s", [brand.ctx.organisation_id]) == 0


def test_too_late_says_the_rule() -> None:
    brand = now_brand()
    late = replace(brand, ctx=replace(brand.ctx, now=brand.ctx.now - timedelta(days=40)))
    order_id = arrived(late.ctx, draft([("A", 1)]), at=late.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    [line] = queries.returnable(brand.ctx, order_id=order_id)

    seen = client.post(f"{page}check/?language=en", {f"back-{line.order_line_id}": "1", f"reason-{line.order_line_id}": "other"})

    assert "This cannot go back" in seen.content.decode()
    assert "More than 30 days after delivery" in seen.content.decode()


def photo(colour: str = "red") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(kept, "PNG")
    return kept.getvalue()


def test_a_stated_condition_that_nobody_knows_broke_the_staffs_page() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    [line] = orders.lines_of(brand.ctx, order_ids=[order_id])
    form = QueryDict(f"back-{line.id}=1&reason-{line.id}=damaged&stated-{line.id}=x")

    assert [wish.stated for wish in forms.read(form, queries.returnable(brand.ctx, order_id=order_id))] == [""]


def test_pictures_come_with_the_wish_or_the_whole_wish_is_refused() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    id = line.order_line_id
    form = {f"back-{id}": "1", f"qty-{id}": "1", f"reason-{id}": "damaged", "key": "once", f"outcome-{id}": "refund_original"}

    broken = SimpleUploadedFile("a.png", b"no picture", "image/png")
    refused = client.post(f"{page}send/?language=en", form | {f"photo-{id}": broken})
    assert refused.status_code == 422
    assert queries.returns_of(brand.ctx, order_ids=[order_id]) == []

    shown = [SimpleUploadedFile(f"{colour}.png", photo(colour), "image/png") for colour in ("red", "blue")]
    assert client.post(f"{page}send/?language=en", form | {f"photo-{id}": shown}).status_code == 302
    [row] = queries.returns_of(brand.ctx, order_ids=[order_id])
    [asked] = queries.lines_of(brand.ctx, return_ids=[row.id])
    assert len(queries.pictures_of(brand.ctx, line_ids=[asked.id])) == 2


def test_the_page_names_the_money_that_comes_back() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 2)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    id = line.order_line_id

    seen = client.post(f"{page}check/?language=en", {f"back-{id}": "1", f"qty-{id}": "2", f"reason-{id}": "too_large"})

    assert "€20.00" in seen.content.decode()


def test_a_review_promises_neither_a_label_nor_money() -> None:
    brand = now_brand()
    policy = [{"name": "By hand", "when": {"all": []}, "action": "review"}]
    actions.publish_policy(replace(brand.ctx, now=brand.ctx.now - timedelta(days=300)), policy=policy)
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    id = line.order_line_id

    seen = client.post(f"{page}check/?language=en", {f"back-{id}": "1", f"reason-{id}": "damaged"}).content.decode()

    assert "We look at this one ourselves" in seen
    assert "Nothing is promised yet" in seen
    assert "The label is free" not in seen
    assert "The money is on its way" not in seen


def test_an_exchange_says_what_it_costs_before_it_is_sent() -> None:
    brand = now_brand()
    made = shirts(brand)
    receive(brand.ctx, made["SHIRT-XS"], brand.berlin, 5)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    id = line.order_line_id

    seen = client.post(f"{page}check/?language=en", {f"back-{id}": "1", f"reason-{id}": "too_small"}).content.decode()

    assert "L · €2.00 to pay" in seen
    assert "XS · €3.00 back" in seen
    assert "Who exchanges pays or gets back only the difference" in seen


def test_where_no_refund_is_offered_the_first_of_the_others_is_chosen() -> None:
    brand = now_brand()
    policy = [{"name": "Credit", "when": {"all": []}, "action": "approve", "outcomes": ["store_credit"]}]
    actions.publish_policy(replace(brand.ctx, now=brand.ctx.now - timedelta(days=300)), policy=policy)
    order_id = arrived(brand.ctx, draft([("A", 1)]), at=brand.ctx.now - timedelta(days=3))
    client, page = opened(brand, order_id)
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    id = line.order_line_id

    seen = client.post(f"{page}check/?language=en", {f"back-{id}": "1", f"reason-{id}": "other"}).content.decode()

    assert re.search(r'value="store_credit" checked', seen)
    assert 'value="refund_original"' not in seen


def test_units_that_staff_refunded_cannot_be_chosen_and_break_no_page() -> None:
    brand = now_brand()
    order_id = arrived(brand.ctx, draft([("A", 2)]), at=brand.ctx.now - timedelta(days=3))
    line_id = orders.lines_of(brand.ctx, order_ids=[order_id])[0].id
    payments.grant_refund(
        brand.ctx, order_id=order_id, wish=RefundWish({line_id: 2}), key="k", subject=f"order:{order_id}", reason="goodwill"
    )
    client, page = opened(brand, order_id)
    form = {f"back-{line_id}": "1", f"qty-{line_id}": "2", f"reason-{line_id}": "too_small", "key": "a\x00b"}

    assert "Refunded already" in client.get(f"{page}?language=en").content.decode()
    assert client.post(f"{page}check/?language=en", form).status_code == 422
    assert client.post(f"{page}send/?language=en", form).status_code == 422
    assert queries.returns_of(brand.ctx, order_ids=[order_id]) == []
