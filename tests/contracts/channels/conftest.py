"""A brand on the stage of each vendor, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from tests.contracts import shopify, woo
from tests.contracts.channels import shops
from tests.contracts.channels.stage import Stage
from tests.contracts.conftest import selling_at_amazon, selling_by_itself
from tests.ear import Ear
from tests.factories import make_brand
from tests.sandboxes import Server

STAGES: dict[str, tuple[type[Stage], Any]] = {
    "sandbox_shop": (shops.SandboxShop, selling_by_itself),
    "shopify": (shops.Shopify, shopify.selling),
    "woocommerce": (shops.WooCommerce, woo.open_shop),
    "amazon": (shops.Amazon, selling_at_amazon),
    "amazon-v0": (shops.AmazonBefore, selling_at_amazon),
}


@pytest.fixture(scope="session")
def one_ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.close()


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, db: None, one_ear: Ear, settings: Any) -> Iterator[Stage]:
    """When a test is done, everything that must hold does."""
    made, selling = STAGES[request.param]
    settings.PUBLIC_URL = one_ear.url
    one_ear.caught.clear()
    opened: AbstractContextManager[Server] = selling()
    with opened as server:
        yield made(make_brand(skus="ABCD", stock_each=10), server, one_ear)
        assert check(all_invariants()) == []
