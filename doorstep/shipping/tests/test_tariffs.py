"""What lanes cost for the planner: by rate sheets."""

from __future__ import annotations

import pytest

from doorstep.base.money import Money
from doorstep.shipping import actions as shipping
from doorstep.shipping import own, tariffs
from doorstep.shipping.sheets import rules
from doorstep.shipping.sheets.examples import KOREAN
from doorstep.shipping.sheets.values import Break, Service
from doorstep.shipping.tariffs import Lane
from tests.factories import make_brand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("named", "shown"),
    [(["Zone 10", "Zone 2", "Zone 1"], ["Zone 1", "Zone 2", "Zone 10"]), (["Local", "Far", "Abroad"], ["Local", "Far", "Abroad"]),
     (["Zone 10", "Far 2"], ["Zone 10", "Far 2"])],
)  # fmt: skip
def test_zones_stand_as_the_sheet_names_them_and_numbered_ones_by_number(named: list[str], shown: list[str]) -> None:
    assert rules.columns(Service("Ground", (Break(1000, dict.fromkeys(named, 500)),), {})) == shown


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
    light, heavy = home(2000), home(2001)
    assert light is not None
    assert heavy is not None
    assert (light.price, heavy.price, light.transit_days) == (Money(3500, "KRW"), Money(4000, "KRW"), 1)
    assert home(20_001) is None
    assert tariffs.tariffs(brand.ctx, lanes=lanes, currency="EUR") == [None, None, None]
