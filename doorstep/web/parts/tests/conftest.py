from __future__ import annotations

import pytest

from doorstep.base import arrivals
from doorstep.channels import actions as channels
from doorstep.channels import drift
from doorstep.channels.drift import Found
from doorstep.channels.port import ListedItem
from doorstep.flows import expose
from tests.factories import Brand, draft, make_brand
from tests.inbound import coming_in
from tests.mails import bring, mail
from tests.returning import arrived, ask


@pytest.fixture
def brand() -> Brand:
    return make_brand()


@pytest.fixture
def filled(brand: Brand) -> Brand:
    """Something in every list."""
    bring(brand.ctx, mail("Do you have it in blue?"))
    ask(brand.ctx, arrived(brand.ctx, draft([("A", 1)])))
    arrivals.keep(brand.ctx, [arrivals.Incoming(1, "told-1", "orders/create", b"{}")])
    coming_in(brand)
    listed_there(brand)
    return brand


def listed_there(brand: Brand) -> None:
    """What a shop offers, and that it showed another number than we thought."""
    shop = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url="http://127.0.0.1:9")
    items = [ListedItem("A", "A", "A", "", "Thing A", 3), ListedItem("X", "X", "X", "", "Odd", None)]
    id, _ = expose.note(brand.ctx, connection_id=shop.id, items=items, since=brand.ctx.now)
    drift.note(brand.ctx, found=[Found(id, 5, 3)])
