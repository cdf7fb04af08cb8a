"""The limits that vendors document, and that sandboxes keep to the last call: what a shop takes is neither more nor less."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from doorstep.providers.amazon import paces
from doorstep.providers.amazon.client import Amazon
from doorstep.providers.shopify import calls
from doorstep.providers.woocommerce.client import WooCommerce
from sandbox.amazon import feeds, limits
from sandbox.amazon import listings as amazon_listings
from sandbox.amazon.limits import PLANS, Buckets
from sandbox.shopify import bucket, graphql, stock
from sandbox.shopify.bucket import Bucket
from sandbox.woocommerce import hooks, products
from tests.sandbox import test_sandbox_amazon as amazon
from tests.sandbox import test_sandbox_shopify as shopify
from tests.sandbox.conftest import Server

# What the vendor's page says, and where the sandbox has it.
DOCUMENTED = {
    # https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits, the standard plan
    "Shopify: points a second": (bucket.RATE, 100),
    "Shopify: points after a rest": (bucket.SIZE, 2000),
    "Shopify: points of one query": (bucket.DEAREST, 1000),
    # https://shopify.dev/docs/api/usage/limits
    "Shopify: entries of a list that is sent": (stock.MOST_AT_ONCE, 250),
    "Shopify: entries of a page": (graphql.MOST_ON_A_PAGE, 250),
    # https://woocommerce.github.io/woocommerce-rest-api-docs/#batch-update-products; it documents no calls a second
    "WooCommerce: objects of a batch": (products.MOST_IN_BATCH, 100),
    # https://woocommerce.com/document/webhooks/
    "WooCommerce: failures until a webhook is switched off": (hooks.MOST_FAILURES, 5),
    # https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits-in-the-sp-api and the models; all of them are
    # compared with the models in test_sandbox_amazon
    "Amazon: feeds a second, and after a rest": (PLANS["createFeed"], (0.0083, 15)),
    # https://developer-docs.amazon.com/sp-api/docs/listings-feed-type-values
    "Amazon: messages of a feed": (feeds.MOST_MESSAGES, 10_000),
    # the model of the Listings Items API 2021-08-01, searchListingsItems
    "Amazon: listings of a page, and that are paged through": ((amazon_listings.PAGE, amazon_listings.MOST_PAGED), (20, 1000)),
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_sandbox_keeps_what_its_vendor_documents(name: str) -> None:
    kept, documented = DOCUMENTED[name]
    assert kept == documented


def test_our_adapters_ask_for_no_more_than_that() -> None:
    assert (calls.PACE.rate, calls.PACE.burst) == (bucket.RATE, bucket.SIZE)
    assert WooCommerce.can.numbers_at_once <= products.MOST_IN_BATCH
    assert Amazon.can.numbers_at_once <= feeds.MOST_MESSAGES
    assert {(pace.rate, pace.burst) for pace in paces.ALL} == set(PLANS.values())


class Clock:
    """A clock that stands until it is turned."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: self.at)


@pytest.mark.parametrize("operation", PLANS)
def test_amazon_answers_the_burst_and_then_one_call_each_time_the_rate_allows(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    clock, buckets = Clock(monkeypatch), Buckets()
    rate, burst = PLANS[operation]
    assert [buckets.take(operation) for _ in range(int(burst) + 1)] == [True] * int(burst) + [False]
    clock.at += 0.9 / rate
    assert not buckets.take(operation)
    clock.at += 0.2 / rate
    assert [buckets.take(operation) for _ in range(2)] == [True, False]
    clock.at += 10 * burst / rate  # a long rest saves no more than the burst
    assert [buckets.take(operation) for _ in range(int(burst) + 1)] == [True] * int(burst) + [False]
    assert limits.PLANS is PLANS


def test_shopify_has_so_many_points_and_no_more_however_long_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    points = Bucket()
    points.spend(2000)
    assert not points.has(1)
    clock.at += 1
    assert (points.has(100), points.has(101)) == (True, False)
    clock.at += 3600
    assert (points.has(2000), points.has(2001)) == (True, False)


def test_shopify_is_driven_over_its_points_and_says_so(run: Any) -> None:
    """By calls alone: the first queries find their points, and then some do not."""
    shop = shopify.stocked(run)
    query = """query D { productVariants(first: 100) { nodes { id
      inventoryItem { id tracked inventoryLevels(first: 4) { nodes { updatedAt } } } } } }"""
    shop.post("/admin/bucket", {"rate": 0.001})  # else a slow machine fills faster than it asks
    left, answers = 2000, []
    for _ in range(200):
        answers.append(shopify.ask(shop, query))
        if "errors" in answers[-1]:
            break
        left -= answers[-1]["extensions"]["cost"]["actualQueryCost"]
        assert answers[-1]["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == left
    assert answers[-1]["errors"][0]["extensions"]["code"] == "THROTTLED"
    requested = answers[0]["extensions"]["cost"]["requestedQueryCost"]
    assert left < requested <= left + answers[0]["extensions"]["cost"]["actualQueryCost"]


def test_amazon_takes_fifteen_feeds_of_ten_thousand_messages_at_most(run: Callable[..., Server], until: Any) -> None:
    server, began = amazon.start(run, factor=1), time.monotonic()
    many = [amazon.message("A", 7, id=n + 1) for n in range(10_001)]
    too_long, whole = amazon.feed(server, many), amazon.feed(server, many[:10_000])
    for _ in range(13):
        amazon.feed(server, [amazon.message("A", 3)])
    body = {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": ["A1PA6795UKMFR9"], "inputFeedDocumentId": "amzn1.x"}
    for path, sent, rate in (("documents", {"contentType": "application/json"}, 0.5), ("feeds", body, 0.0083)):
        more = 0
        while (answer := server.http.post(f"{amazon.FEEDS}/{path}", json=sent)).status_code != 429:
            more += 1
        assert more <= (time.monotonic() - began) * rate  # what came back while the fifteen were sent
        assert answer.json()["errors"][0]["code"] == "QuotaExceeded"
        assert answer.headers["x-amzn-ratelimit-limit"] == str(rate)
    assert amazon.report(server, until, too_long)["summary"]["messagesProcessed"] == 0
    assert amazon.report(server, until, whole)["summary"]["messagesAccepted"] == 10_000
