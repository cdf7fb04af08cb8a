"""Somebody of another brand walks every page of channels, their files, tills and webhooks, and finds nothing of this one."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from doorstep.channels import actions as channels
from doorstep.channels.port import ListedItem
from doorstep.flows import expose
from doorstep.flows.moving_in import run as moving_in
from doorstep.flows.sell_in_shop import sell
from tests.api.conftest import rows_everywhere
from tests.api.shop import connect_shop, shop_order, tell
from tests.factories import Brand, make_brand, make_ctx, signed_in
from tests.over_the_counter import charged, make_shop, open_till, sale
from tests.receiver import make_delivery

pytestmark = pytest.mark.django_db
ROOMS = ("channels/", "till/", "settings/webhooks/")
BODIES = ("/sales/", "/charges/", "/voucher/", "/give-up/")  # what is said there is read before it is looked whose till it is


def paths(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    found = []
    for one in patterns:
        here = before + str(one.pattern)
        found += paths(one.url_patterns, here) if isinstance(one, URLResolver) else [here]
    return found


def things_of(brand: Brand) -> dict[str, int]:
    """An id of every kind that these rooms name."""
    ctx = brand.ctx
    shop = connect_shop(brand)
    [listing_id] = expose.note(
        ctx, connection_id=shop.id, items=[ListedItem("A", "A", "A", barcode="", title="A", number=1)], since=ctx.now
    )
    files = channels.ensure_file_connection(ctx, name="Market")
    at = make_shop(ctx)
    shift = open_till(ctx, at)
    waiting = make_delivery(brand)
    arrival_id = moving_in.keep(ctx, name="a.csv", data=b"order,sku\n1,A\n")
    return {
        "connection": shop.id, "files": files.id, "listing": listing_id, "file": arrival_id,
        "arrival": tell(brand, shop, "orders/create", shop_order())["arrival"],
        "location": at, "shift": shift.id, "charge": charged(ctx, shift, 500),
        "order": sell(ctx, sale=sale(at, ("A", 1))).order_id, "webhook": waiting.subscription_id, "delivery": waiting.id,
    }  # fmt: skip


def addresses(things: dict[str, int]) -> list[str]:
    """Every page of these rooms that names something, with things that are there."""
    found = []
    for path in paths(get_resolver().url_patterns):
        if not path.startswith(ROOMS) or "<" not in path:
            continue
        id = "delivery" if "deliveries" in path else "webhook" if "webhooks" in path else "listing" if "listings/<" in path else (
            "arrival" if "arrivals/<" in path else "files" if "/files/" in path else "connection")  # fmt: skip
        for name, value in {
            "<int:id>": things[id], "<int:location_id>": things["location"], "<int:shift_id>": things["shift"],
            "<int:charge_id>": things["charge"], "<int:order_id>": things["order"], "<int:return_id>": 1,
            "<int:arrival_id>": things["file"], "<int:job_id>": 1, "<str:part>": "stock",
        }.items():  # fmt: skip
            path = path.replace(name, str(value))
        if "<" not in path and not path.endswith(BODIES):
            found.append(f"/{path}")
    return found


def test_a_stranger_finds_nothing_and_changes_nothing() -> None:
    brand = make_brand()
    things = things_of(brand)
    stranger, before = signed_in(make_ctx("Stranger")), rows_everywhere()
    seen = {
        (method, address): getattr(stranger, method)(address).status_code
        for address in addresses(things)
        for method in ("get", "post")
    }
    assert len(seen) > 80
    assert {key: status for key, status in seen.items() if status not in (404, 405)} == {}
    assert rows_everywhere() == before
    owner = signed_in(brand.ctx)  # the addresses are right: who is at home finds what they name
    assert {owner.get(address).status_code for (method, address), status in seen.items() if (method, status) == ("get", 404)
            and not address.endswith(("/jobs/1/", "/jobs/1/report.csv", "/returns/1/"))} == {200}  # fmt: skip
