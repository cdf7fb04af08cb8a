"""What lanes cost for the planner: by rate sheets, else by what was paid before."""

from __future__ import annotations

import pytest

from doorstep.base import db
from doorstep.base.money import Money
from doorstep.shipping import actions as shipping
from doorstep.shipping import own, tariffs
from doorstep.shipping.sheets.examples import KOREAN
from doorstep.shipping.tariffs import Lane
from tests.factories import draft, make_brand, packed, receive
from tests.floor import buy_label

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sheet_prices_its_own_lanes_and_no_others() -> None:
    brand = make_brand()
    plain = own.check_numbers(*own.PLAIN)
    carrier_id = shipping.connect_carrier(brand.ctx, code="own", name="Own", provider="own_rates", settings=plain)
    own.save_sheet(brand.ctx, carrier_id=carrier_id, text=KOREAN)
    lanes = [Lane(brand.seoul, "KR", "KR", "48094"), Lane(brand.seoul, "KR", "JP", "1000001")]
    lanes.append(Lane(brand.berlin, "DE", "KR", "48094"))
    home, abroad, other = tariffs.tariffs(brand.ctx, lanes=lanes, currency="KRW")
    assert (abroad, other) == (None, None)
    assert home is not None
    light, heavy = home.at(2000), home.at(2001)
    assert light is not None
    assert heavy is not None
    assert (light.price, heavy.price, light.transit_days) == (Money(3500, "KRW"), Money(4000, "KRW"), 1)
    assert home.at(20_001) is None
    assert tariffs.tariffs(brand.ctx, lanes=lanes, currency="EUR") == [None, None, None]


def test_a_lane_without_a_sheet_costs_what_its_labels_cost() -> None:
    brand = make_brand()
    receive(brand.ctx, variant_id=brand.variants["A"], location_id=brand.berlin, qty=50)
    ids = packed(brand.ctx, *[draft([("A", 1)]) for _ in range(6)])
    for n, id in enumerate(ids):
        buy_label(brand, id, f"DS{n:010}")
    lane = Lane(brand.berlin, "DE", "DE", "10115")
    db.execute("UPDATE shipping_parcel SET weight_g = 1000 + 1000 * (id %% 2)")
    db.execute("UPDATE shipping_label l SET cost_minor = 300 + p.weight_g / 10 FROM shipping_parcel p WHERE p.id = l.parcel_id")
    [found] = tariffs.tariffs(brand.ctx, lanes=[lane], currency="EUR")
    assert found is not None
    assert found.is_learnt
    one, three = found.at(1000), found.at(3000)
    assert one is not None
    assert three is not None
    assert (one.price, three.price) == (Money(400, "EUR"), Money(600, "EUR"))
    db.execute("DELETE FROM procrastinate_jobs")
