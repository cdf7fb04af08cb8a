"""A person who sends a part from elsewhere sees what that costs more and what speaks against it."""

from __future__ import annotations

import pytest

from doorstep.flows import options, reject
from doorstep.routing.values import Why
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_brand, make_location, place, receive
from tests.short_picks import parts_of

pytestmark = pytest.mark.django_db


def test_places_say_what_they_cost_more_what_they_lack_and_that_they_said_no() -> None:
    brand = make_brand(stock_each=0)
    paris = make_location(brand.ctx, "PAR", "FR", city="Paris", postal_code="75001")
    for at, qty in ((brand.berlin, 5), (brand.seoul, 5), (paris, 1)):
        receive(brand.ctx, brand.variants["A"], at, qty)
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    [(part, _)] = parts_of(brand, order_id)
    [offered] = options.offered(brand.ctx, parts=[part])
    here, seoul, there = offered.options
    assert (here.location_id, here.is_here, here.more_minor, here.missing) == (brand.berlin, True, 0, ())
    assert (seoul.location_id, seoul.missing) == (brand.seoul, ())
    assert seoul.more_minor is not None
    assert seoul.more_minor > 500  # half round the world
    assert (there.location_id, there.missing) == (paris, ("A",))

    reject.reject(brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, reason=Why.TOO_BUSY)
    [(part, _)] = parts_of(brand, order_id)
    [offered] = options.offered(brand.ctx, parts=[part])
    berlin = next(one for one in offered.options if one.location_id == brand.berlin)
    assert (berlin.is_excluded, berlin.more_minor) == (True, -seoul.more_minor)
