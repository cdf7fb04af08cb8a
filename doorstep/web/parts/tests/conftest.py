from __future__ import annotations

import pytest

from doorstep.base import arrivals
from doorstep.channels import actions as channels
from doorstep.channels import drift
from doorstep.channels.drift import Found
from doorstep.channels.port import ListedItem
from doorstep.flows import expose
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelFilter
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft
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
    tasks.create(brand.ctx, tasks=[in_trouble(brand)])
    return brand


def in_trouble(brand: Brand) -> TaskDraft:
    """A parcel that stands still."""
    [row] = shipping.list_parcels(brand.ctx, where=ParcelFilter(), limit=1)
    facts = {"parcel_id": row.id, "order": "#1", "carrier": "Sandbox", "number": row.tracking_number, "what": "stalled"}
    return TaskDraft("parcel_stalled:1", "parcel_stalled", f"parcel:{row.id}", f"order:{row.order_id}", facts)


def listed_there(brand: Brand) -> None:
    """What a shop offers, and that it showed another number than we thought."""
    shop = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url="http://127.0.0.1:9")
    items = [ListedItem("A", "A", "A", "", "Thing A", 3), ListedItem("X", "X", "X", "", "Odd", None)]
    id, _ = expose.note(brand.ctx, connection_id=shop.id, items=items, since=brand.ctx.now)
    drift.note(brand.ctx, found=[Found(id, 5, 3)])
