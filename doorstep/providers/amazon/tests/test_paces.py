"""Our paces are those that Amazon's models document."""

from __future__ import annotations

import json
import re

import pytest

from doorstep.providers.amazon import paces
from doorstep.providers.amazon.tests.test_translate import CHANNELS

MODELS = CHANNELS / "amazon_sp_api_models"
NEW, V0, FEEDS = "orders_2026-01-01", "ordersV0", "feeds_2021-06-30"
OF = {
    paces.SEARCH_ORDERS: NEW, paces.GET_ORDER: NEW, paces.GET_ORDERS_V0: V0, paces.GET_ORDER_V0: V0, paces.GET_ORDER_ITEMS: V0,
    paces.GET_ORDER_ADDRESS: V0, paces.GET_ORDER_BUYER: V0, paces.GET_ITEMS_BUYER: V0, paces.CONFIRM_SHIPMENT: V0,
    paces.CREATE_TOKEN: "tokens_2021-03-01", paces.SEARCH_LISTINGS: "listingsItems_2021-08-01",
    paces.CREATE_FEED_DOCUMENT: FEEDS, paces.CREATE_FEED: FEEDS, paces.GET_FEED: FEEDS, paces.CANCEL_FEED: FEEDS,
    paces.GET_FEED_DOCUMENT: FEEDS, paces.GET_MESSAGING_ACTIONS: "messaging", paces.CONFIRM_ORDER_DETAILS: "messaging",
    paces.CONFIRM_DELIVERY_DETAILS: "messaging", paces.CONFIRM_CUSTOMISATION: "messaging", paces.TELL_PROBLEM: "messaging",
    paces.LIST_TRANSACTIONS: "finances_2024-06-19",
}  # fmt: skip


def documented(model: str, operation: str) -> tuple[float, float]:
    """(rate, burst) as the usage plan in the operation's description says."""
    paths = json.loads((MODELS / f"{model}.json").read_text())["paths"].values()
    told = [one for path in paths for one in path.values() if isinstance(one, dict) and one.get("operationId") == operation]
    rate, burst = re.search(r"\|\s*-+\s*\|\s*-+\s*\|\s*\|\s*([0-9.]+)\s*\|\s*([0-9.]+)\s*\|", told[0]["description"]).groups()
    return float(rate), float(burst)


def test_every_pace_has_a_model_and_a_bucket_of_its_own() -> None:
    assert set(OF) == set(paces.ALL)
    assert len({pace.name for pace in paces.ALL}) == len(paces.ALL)


@pytest.mark.skipif(not MODELS.exists(), reason="../shared is not there: Amazon's own models")
@pytest.mark.parametrize("pace", paces.ALL, ids=lambda pace: pace.name)
def test_a_pace_is_as_documented(pace: paces.Pace) -> None:
    if not (MODELS / f"{OF[pace]}.json").exists():
        pytest.skip(f"{OF[pace]} is not among Amazon's models in ../shared")
    assert documented(OF[pace], pace.name.removesuffix(" v0")) == (pace.rate, pace.burst)
