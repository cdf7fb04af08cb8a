"""What is done to the order beside a conversation: previewed, done once, told at once, and refused in plain words."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from django.test import Client

from doorstep.inbox import actions as inbox
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.orders.queries import OrderFilter
from doorstep.payments import queries as money
from doorstep.returns import queries as returns
from doorstep.stock import queries as stock
from tests.factories import Brand, draft, make_brand, make_ctx, place, signed_in
from tests.mails import CUSTOMER, bring, conversations, mail
from tests.returning import arrived

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = {"HX-Request": "true"}


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def waiting(brand: Brand) -> Any:
    """A conversation about an order of which nothing is picked."""
    place(brand.ctx, draft([("A", 2)], external_id="E4711", email=CUSTOMER))
    return talk(brand)


def shipped(brand: Brand) -> Any:
    """A conversation about an order that has arrived."""
    arrived(brand.ctx, draft([("A", 3), ("B", 1)], external_id="E4711", email=CUSTOMER))
    return talk(brand)


def talk(brand: Brand) -> Any:
    bring(brand.ctx, mail("주문 E4711에 문제가 있어요.", subject="문의"))
    [row] = conversations(brand.ctx)
    return row


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def offered(page: str, name: str) -> str:
    """The address of an action's dialog, as the panel offers it; "" where it does not."""
    found = re.search(rf'data-in-place="(/[^"]*{name}/ask/[^"]*)"', page)
    return found[1].replace("&amp;", "&") if found else ""


def hidden(dialog: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', dialog)) | {"csrfmiddlewaretoken": ""}


def units(brand: Brand, order_id: int) -> dict[str, int]:
    return {line.sku: line.id for line in orders.lines_of(brand.ctx, order_ids=[order_id])}


def available(brand: Brand, sku: str = "A") -> int:
    return stock.pool_of(brand.ctx, variant_ids=[brand.variants[sku]])[brand.variants[sku]].available


def count(brand: Brand) -> int:
    return len(orders.list_orders(brand.ctx, where=OrderFilter()))


def test_the_panel_offers_what_fits_and_says_why_the_rest_does_not(brand: Brand) -> None:
    row = waiting(brand)

    before = text_of(signed_in(brand.ctx, role="service"), f"/inbox/{row.id}/")
    assert [bool(offered(before, name)) for name in ("address", "refund", "reship")] == [True, True, False]
    assert "Nothing of order #E4711 has left the warehouse, so nothing can be sent again." in before
    assert "<dt>Start a return</dt><dd>Not delivered yet</dd>" in before


def test_an_arrived_order_says_why_it_is_not_changed(brand: Brand) -> None:
    row = shipped(brand)

    page = text_of(signed_in(brand.ctx), f"/inbox/{row.id}/")
    assert [bool(offered(page, name)) for name in ("address", "refund", "reship")] == [False, True, True]
    assert f"/returns/start/{row.order_id}/ask/" in page
    assert "<dt>Change the address</dt><dd>It has left the warehouse.</dd>" in page
    assert "<dt>Cancel the order</dt><dd>It has left the warehouse.</dd>" in page


def test_an_address_is_changed_beside_the_conversation(brand: Brand) -> None:
    row, client = waiting(brand), signed_in(brand.ctx)
    dialog = text_of(client, offered(text_of(client, f"/inbox/{row.id}/"), "address"))
    assert 'value="Torstr. 1"' in dialog
    given = hidden(dialog) | {
        "name": "김민서", "street": "Linienstr. 40", "street_more": "", "city": "Berlin", "postal_code": "10119",
        "country": "DE", "company": "", "region": "", "phone": "",
    }  # fmt: skip

    seen = client.post(f"/orders/{row.order_id}/edit/preview/", given, headers=QUICK).content.decode()
    assert "The total stays as it is." in seen
    assert orders.get(brand.ctx, id=row.order_id).ship_to["lines"] == ["Torstr. 1"]
    done = client.post(f"/orders/{row.order_id}/address/", given, headers=QUICK)
    again = client.post(f"/orders/{row.order_id}/address/", given, headers=QUICK)

    assert done.headers["HX-Redirect"] == f"/inbox/{row.id}/?done=address"
    assert again.status_code == 409
    detail = orders.get(brand.ctx, id=row.order_id)
    assert (detail.ship_to["lines"], detail.version) == (["Linienstr. 40"], 2)
    page = text_of(client, done.headers["HX-Redirect"])
    assert "changed the order" in page
    assert "주문 #E4711" in page
    assert "Linienstr. 40, 10119 Berlin" in page


def open_refunds(brand: Brand, order_id: int | None) -> int:
    payment = money.ledger_of(brand.ctx, order_id=order_id or 0).payment
    assert payment is not None
    return payment.refund_open_minor


def test_a_part_is_refunded_beside_the_conversation_as_it_was_previewed_and_once(brand: Brand) -> None:
    row, client = shipped(brand), signed_in(brand.ctx)
    lines = units(brand, row.order_id)
    dialog = text_of(client, offered(text_of(client, f"/inbox/{row.id}/"), "refund"))
    given = hidden(dialog) | {f"line-{lines['A']}": "1", "reason": "damaged", "note": ""}

    seen = client.get(f"/orders/{row.order_id}/refund/quote/", given).content.decode()
    assert "€10.00" in seen
    assert open_refunds(brand, row.order_id) == 0
    done = [client.post(f"/orders/{row.order_id}/refund/", given, headers=QUICK) for _ in range(2)]

    assert {answer.headers["HX-Redirect"] for answer in done} == {f"/inbox/{row.id}/?done=refund"}
    assert open_refunds(brand, row.order_id) == 1000
    page = text_of(client, f"/inbox/{row.id}/?done=refund")
    assert "Done. Tell the customer?" in page
    told = client.get(f"/inbox/{row.id}/sentences/refund/").json()["text"]
    assert "#E4711" in told
    assert "€10.00" in told


def test_what_arrived_broken_is_sent_again_beside_the_conversation_as_it_was_previewed_and_once(brand: Brand) -> None:
    row, client = shipped(brand), signed_in(brand.ctx)
    lines = units(brand, row.order_id)
    dialog = text_of(client, offered(text_of(client, f"/inbox/{row.id}/"), "reship"))
    given = hidden(dialog) | {f"qty-{lines['A']}": "2", f"qty-{lines['B']}": "0", "reason": "damaged", "note": ""}
    assert (available(brand), count(brand)) == (17, 1)

    seen = client.post(f"/orders/{row.order_id}/reship/preview/", given, headers=QUICK).content.decode()
    assert "#E4711-S1" in seen
    assert "Promised from stock at Warehouse BER." in seen
    assert "€20.00" in seen
    assert (available(brand), count(brand)) == (17, 1)
    done = [client.post(f"/orders/{row.order_id}/reship/", given, headers=QUICK) for _ in range(2)]

    assert {answer.headers["HX-Redirect"] for answer in done} == {f"/inbox/{row.id}/?done=reship"}
    assert (available(brand), count(brand)) == (15, 2)
    page = text_of(client, f"/inbox/{row.id}/?done=reship")
    assert "sends <b>2</b> units again at no charge, as" in page
    assert "#E4711-S1" in client.get(f"/inbox/{row.id}/sentences/reship/").json()["text"]
    [sent] = sent_again.reships_of(brand.ctx, order_id=row.order_id)
    assert f'<a href="/orders/{sent.id}/">#E4711-S1</a>' in text_of(client, f"/orders/{row.order_id}/")
    assert f'<a href="/orders/{row.order_id}/">#E4711</a>' in text_of(client, f"/orders/{sent.id}/")


def test_too_many_units_are_not_sent_again_and_the_dialog_says_so(brand: Brand) -> None:
    row, client = shipped(brand), signed_in(brand.ctx)
    lines = units(brand, row.order_id)
    given = {"wish": "a1", f"qty-{lines['A']}": "4", "reason": "lost"}

    seen = client.post(f"/orders/{row.order_id}/reship/preview/", given, headers=QUICK)
    done = client.post(f"/orders/{row.order_id}/reship/", given, headers=QUICK)

    assert (seen.status_code, done.status_code) == (200, 409)
    for answer in (seen, done):
        assert "Of A at most 3 units can be sent again." in answer.content.decode()
    assert (available(brand), count(brand)) == (17, 1)


@pytest.mark.usefixtures("those_days")  # in which it may come back
def test_a_return_is_started_beside_the_conversation_as_it_was_previewed_and_once(brand: Brand) -> None:
    row, client = shipped(brand), signed_in(brand.ctx)
    lines = units(brand, row.order_id)
    url = f"/returns/start/{row.order_id}"
    page = text_of(client, f"/inbox/{row.id}/")
    [address] = re.findall(rf'data-in-place="({url}/ask/[^"]*)"', page)
    given = hidden(text_of(client, address)) | {
        f"back-{lines['A']}": "1", f"qty-{lines['A']}": "2", f"reason-{lines['A']}": "too_small", "note": "",
    }  # fmt: skip
    assert parse_qs(urlparse(address).query)["next"] == [f"/inbox/{row.id}/?done=return"]

    seen = client.post(f"{url}/look/", given, headers=QUICK).content.decode()
    assert "The policy approves this" in seen
    assert "€20.00" in seen
    assert returns.returns_of(brand.ctx, order_ids=[row.order_id]) == []
    done = [client.post(f"{url}/send/", given, headers=QUICK) for _ in range(2)]

    assert {answer.headers["HX-Redirect"] for answer in done} == {f"/inbox/{row.id}/?done=return"}
    [made] = returns.returns_of(brand.ctx, order_ids=[row.order_id])
    assert (made.units, made.decision) == (2, "approved")
    assert made.name in client.get(f"/inbox/{row.id}/sentences/return/").json()["text"]


def test_a_return_of_nothing_is_refused_in_the_dialog(brand: Brand) -> None:
    row, client = shipped(brand), signed_in(brand.ctx)

    look = client.post(f"/returns/start/{row.order_id}/look/", {}, headers=QUICK)
    sent = client.post(f"/returns/start/{row.order_id}/send/", {"key": "k"}, headers=QUICK)

    assert (look.status_code, sent.status_code) == (200, 422)
    assert "Choose at least one item, and the reason for each." in look.content.decode()
    assert returns.returns_of(brand.ctx, order_ids=[row.order_id]) == []


def test_a_customers_page_leads_to_their_conversations(brand: Brand) -> None:
    row, client = waiting(brand), signed_in(brand.ctx)

    link = f'<a href="/inbox/{row.id}/"><b>문의</b></a>'
    assert link in text_of(client, f"/customers/{row.customer_id}/")
    assert "문의" in text_of(client, f"/inbox/?view=all&customer={row.customer_id}")
    assert link in text_of(signed_in(brand.ctx, role="viewer"), f"/customers/{row.customer_id}/")


def test_nothing_is_said_to_be_done_that_was_not(brand: Brand) -> None:
    row, client = waiting(brand), signed_in(brand.ctx)

    for done in ("cancel", "refund", "reship", "return", "nonsense"):
        assert "Done. Tell the customer?" not in text_of(client, f"/inbox/{row.id}/?done={done}")
        assert client.get(f"/inbox/{row.id}/sentences/{done}/").status_code == 404


def test_a_conversation_without_an_order_offers_no_sentence(brand: Brand) -> None:
    row, client = waiting(brand), signed_in(brand.ctx)
    inbox.link_order(brand.ctx, conversation_id=row.id, version=row.version, order_id=None)

    assert client.get(f"/inbox/{row.id}/sentences/address/").status_code == 404
    assert text_of(client, f"/inbox/{row.id}/?done=address")


def test_a_viewer_is_offered_nothing_and_refused_everything(brand: Brand) -> None:
    row, client = shipped(brand), signed_in(brand.ctx, role="viewer")
    asks, acts = doors(row.order_id)

    assert "data-in-place" not in text_of(client, f"/inbox/{row.id}/")
    assert [client.get(url).status_code for url in asks] == [403] * len(asks)
    assert [client.post(url, {"wish": "a1"}).status_code for url in acts] == [403] * len(acts)
    assert (available(brand), count(brand)) == (17, 1)


def test_another_organisation_finds_none_of_it(brand: Brand) -> None:
    row, client = shipped(brand), signed_in(make_ctx("Other"))
    asks, acts = doors(row.order_id)

    assert [client.get(url).status_code for url in asks] == [404] * len(asks)
    assert [client.post(url, {"wish": "a1", "reason": "lost"}).status_code for url in acts] == [404] * len(acts)
    assert (available(brand), count(brand)) == (17, 1)


def doors(order_id: int) -> tuple[list[str], list[str]]:
    order, start = f"/orders/{order_id}", f"/returns/start/{order_id}"
    asks = [f"{order}/address/ask/", f"{order}/refund/ask/", f"{order}/reship/ask/", f"{start}/ask/"]
    acts = [f"{order}/address/", f"{order}/refund/", f"{order}/reship/", f"{start}/send/"]
    return asks, acts
