"""The Amazon adapter against Amazon's own models, served by Prism, which checks each of our requests against them.

Without Prism these tests are skipped.  Source: https://docs.stoplight.io/docs/prism
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from doorstep.base.refusals import Refused
from doorstep.channels import queries
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import OrderCalledOff, OrderNamed, Shipped, ShopPort, Throttled
from doorstep.providers.amazon import calls, paces, translate
from doorstep.providers.amazon.calls import Calls, document, payload
from doorstep.providers.amazon.tests.test_paces import MODELS
from doorstep.providers.amazon.tokens import Grant
from tests.contracts import prism
from tests.contracts.amazon import connect
from tests.contracts.prism import PRISM
from tests.factories import make_brand
from tests.sandboxes import Server

pytestmark = [
    pytest.mark.skipif(PRISM is None, reason="prism is not there: bin/test fetches it where there is npm"),
    pytest.mark.skipif(not MODELS.exists(), reason="../shared is not there: Amazon's own models"),
    pytest.mark.xdist_group("prism"),  # one is started
]
UK, US = "A1F83G8C2ARO7P", "ATVPDKIKX0DER"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the models are served."""
    with prism.serving(tmp_path_factory.mktemp("prism")) as url:
        yield url


def port_at(url: str, tokens: Server, *, marketplace: str) -> ShopPort:
    """A connection whose calls go to Prism; its tokens come of the sandbox."""
    brand = make_brand(skus="ABCD")
    row = connect(brand, tokens, marketplace=marketplace)
    settings = {**row.settings, "url": url, "secret": "x", "connection_id": str(row.id)}
    return queries.shops.get("amazon", {**settings, "organisation_id": str(brand.ctx.organisation_id)})


@pytest.mark.django_db
def test_the_new_orders_are_asked_for_as_the_model_wants(amazon: Server, url: str, monkeypatch: Any) -> None:
    port = port_at(url, amazon, marketplace=UK)
    page = port.list_orders(since=None, after="")
    assert list(page.orders) == []  # the model's order is shipped
    read = port.read_order("202-1234567-8901234")
    assert read is not None
    assert read.external_id == "202-1234567-8901234"
    assert port.read_webhook(read.body) == []
    sent = port.tell_shipped(Shipped("202-1234567-8901234", "1Z", "UPS", "", (("ECHO-DOT-4-UK-CHARCOAL-3PACK", 1),)))
    assert sent is not None
    assert sent.reason == "Amazon waits for none of these lines"
    answer_with(monkeypatch, 429)
    with pytest.raises(Throttled) as wait:
        port.read_order("202-1234567-8901234")
    assert wait.value.wait_s == 1 / paces.GET_ORDER.rate
    answer_with(monkeypatch, 503)
    with pytest.raises(httpx.HTTPStatusError):
        port.list_orders(since=None, after="")
    answer_with(monkeypatch, 404)
    assert port.read_order("202-1234567-8901234") is None
    answer_with(monkeypatch, 400)
    with pytest.raises(Refused):
        port.list_orders(since=None, after="")


def answer_with(monkeypatch: Any, status: int) -> None:
    """Makes Prism answer so: it does what a header of the request asks for."""

    def http() -> httpx.Client:
        return httpx.Client(headers={"prefer": f"code={status}"}, trust_env=False)

    monkeypatch.setattr(calls, "_http", http)


@pytest.mark.django_db
def test_parcels_feeds_and_tokens_are_told_as_the_models_want(amazon: Server, url: str) -> None:
    token = f"{str(amazon.http.base_url).rstrip('/')}/auth/o2/token"

    brand = make_brand(skus="ABCD")
    pacer = Pacer(brand.ctx.organisation_id, connect(brand, amazon).id)

    at = Calls(url=url, grant=Grant(token, "sandbox", "sandbox", "sandbox"), pacer=pacer)

    order = {"orderItems": [{"orderItemId": "1", "product": {"sellerSku": "A"}, "fulfillment": {"quantityUnfulfilled": 2}}]}
    told = Shipped("902-1106328-1059050", "1Z", "FedEx", "", (("A", 2),))
    body = translate.confirmation(order, told, marketplace=US, sent_at="2026-11-20T12:00:00Z")
    path = "/orders/v0/orders/902-1106328-1059050"
    assert at.ask(paces.CONFIRM_SHIPMENT, "POST", f"{path}/shipmentConfirmation", body=body).status_code == 204
    assert body is not None
    cut = {"marketplaceId": US, "packageDetail": {k: v for k, v in body["packageDetail"].items() if k != "carrierCode"}}
    assert at.ask(paces.CONFIRM_SHIPMENT, "POST", f"{path}/shipmentConfirmation", body=cut).status_code == 400
    assert payload(at.ask(paces.GET_ORDER_ITEMS, "GET", f"{path}/orderItems"))["OrderItems"]
    wanted = {"contentType": "application/json; charset=UTF-8"}
    opened = document(at.ask(paces.CREATE_FEED_DOCUMENT, "POST", "/feeds/2021-06-30/documents", body=wanted))
    assert opened["feedDocumentId"]
    made = {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [US], "inputFeedDocumentId": opened["feedDocumentId"]}
    assert document(at.ask(paces.CREATE_FEED, "POST", "/feeds/2021-06-30/feeds", body=made))["feedId"]
    asked = {"restrictedResources": [{"method": "GET", "path": f"{path}/address"}]}
    made = document(at.ask(paces.CREATE_TOKEN, "POST", "/tokens/2021-03-01/restrictedDataToken", body=asked))
    assert made["restrictedDataToken"]


@pytest.mark.django_db
def test_listings_are_asked_for_as_the_model_wants(amazon: Server, url: str) -> None:
    page = port_at(url, amazon, marketplace=US).list_listings(after="")
    assert [(one.id, one.number) for one in page.items] == [("GM-ZDPI-9B4E", 100)]


@pytest.mark.django_db
def test_the_old_orders_are_listed_as_the_model_wants(amazon: Server, url: str) -> None:
    brand = make_brand(skus="ABCD")
    row = connect(brand, amazon, marketplace=US, orders_api="v0")
    settings = {**row.settings, "url": url, "secret": "x", "connection_id": str(row.id)}
    port = queries.shops.get("amazon", {**settings, "organisation_id": str(brand.ctx.organisation_id)})
    page = port.list_orders(since=None, after="")
    facts = [fact for one in page.orders for fact in port.read_webhook(one.body)]
    assert all(isinstance(fact, OrderNamed | OrderCalledOff) for fact in facts)
    assert page.next_after == "2YgYW55IGNhcm5hbCBwbGVhc3VyZS4"
