"""Addresses of orders: checked as they come, held only where it is certain and wanted, mended with one click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import check_addresses
from doorstep.orders import queries as orders
from doorstep.orders.values import Address
from doorstep.shipping import actions as shipping
from doorstep.shipping import checks, policy
from doorstep.shipping.policy import PolicyRow
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place
from tests.sandboxes import borrowed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]
SEOUL: dict[str, Any] = {
    "lines": ("테헤란로 152",), "city": "강남구", "region": "서울특별시", "postal_code": "06236", "country": "KR",
}  # fmt: skip


@pytest.fixture
def brand() -> Iterator[Brand]:
    made = make_brand()
    db.execute(
        """INSERT INTO locations_postalplace (country, postal_code, place, region, latitude, longitude)
           VALUES ('KR', '06236', '역삼동', '서울특별시', 37.5, 127.03) ON CONFLICT DO NOTHING"""
    )
    yield made
    db.execute("DELETE FROM locations_postalplace")
    db.execute("DELETE FROM procrastinate_jobs")


def placed(brand: Brand, **change: Any) -> int:
    to = Address(name="김민서", **(SEOUL | change))
    [order_id] = place(brand.ctx, replace(draft([("A", 1)]), ship_to=to))
    drain()
    return order_id


def state(brand: Brand, order_id: int) -> str:
    return checks.checks_of(brand.ctx, order_ids=[order_id])[order_id].state


def holds(brand: Brand, order_id: int) -> list[str]:
    parts = [part.id for part in orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])]
    return [h.reason for h in orders.holds_of(brand.ctx, fulfilment_order_ids=parts)]


def test_a_mistaken_province_is_suggested_and_mended_with_one_click(brand: Brand) -> None:
    order_id = placed(brand, region="부산광역시")
    assert (state(brand, order_id), holds(brand, order_id)) == ("suspicious", [])
    order = orders.get(brand.ctx, id=order_id)
    check_addresses.accept(brand.ctx, order_id=order_id, version=order.version)
    assert orders.get(brand.ctx, id=order_id).ship_to["region"] == "서울특별시"
    assert state(brand, order_id) == "ok"
    with pytest.raises(Refused, match="nothing_suggested"):
        check_addresses.accept(brand.ctx, order_id=order_id, version=order.version + 1)


def test_what_a_person_found_right_stays_so_until_it_changes(brand: Brand) -> None:
    order_id = placed(brand, region="부산광역시")
    check_addresses.keep(brand.ctx, order_id=order_id)
    assert check_addresses.check(brand.ctx, order_ids=[order_id]) == {}
    assert state(brand, order_id) == "ok"


def test_only_what_is_certain_is_held_and_only_where_the_brand_wants_it(brand: Brand) -> None:
    assert holds(brand, placed(brand, postal_code="1234567")) == []
    policy.save(brand.ctx, policy=PolicyRow(hold_addresses=True))
    assert holds(brand, placed(brand, postal_code="1234567")) == ["incorrect_address"]
    assert holds(brand, placed(brand, region="부산광역시")) == []
    assert holds(brand, placed(brand)) == []


def test_a_carrier_has_the_last_word_where_the_brand_asks_it(brand: Brand) -> None:
    with borrowed("easypost", "--retry-s", "0.05") as server:
        to = {"url": str(server.http.base_url), "token": "sandbox"}
        carrier_id = shipping.connect_carrier(brand.ctx, code="ep", name="EasyPost", provider="easypost", settings=to)
        policy.save(brand.ctx, policy=PolicyRow(hold_addresses=True, ask_carrier_id=carrier_id))
        good, bad = placed(brand), placed(brand, lines=("000 테헤란로 152",))
        for order_id in (good, bad):
            check_addresses.verify(brand.ctx, order_id=order_id)
        assert (state(brand, good), holds(brand, good)) == ("ok", [])
        assert (state(brand, bad), holds(brand, bad)) == ("undeliverable", ["incorrect_address"])
        [row] = [checks.checks_of(brand.ctx, order_ids=[bad])[bad]]
        assert (row.source, row.findings[0]["facts"]["value"]) == ("EasyPost", "Address not found")
