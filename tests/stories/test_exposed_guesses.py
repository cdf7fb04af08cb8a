"""What is not known of what a channel shows stays unknown, whatever is sold there meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base.ctx import Ctx
from doorstep.channels import exposures
from doorstep.channels.port import ListedItem, Taken
from doorstep.channels.values import Wish
from doorstep.flows import expose
from tests.api.shop import connect_shop
from tests.factories import make_brand

pytestmark = pytest.mark.django_db


def test_what_nobody_knows_is_not_none_for_being_sold() -> None:
    brand = make_brand()
    connection = connect_shop(brand)
    ctx, items = brand.ctx, [ListedItem("A", "", "A", "", "A", None)]
    [listing] = expose.note(ctx, connection_id=connection.id, items=items, since=ctx.now)

    def at(seconds: int) -> Ctx:
        return replace(ctx, now=ctx.now + timedelta(seconds=seconds))

    exposures.want(ctx, wishes=[Wish(listing, connection.id, 5, False)])
    exposures.settle(ctx, told=[(one, Taken()) for one in exposures.claim(ctx, connection_id=connection.id, limit=9)])
    exposures.want(at(1), wishes=[Wish(listing, connection.id, 0, False)])
    assert len(exposures.claim(at(2), connection_id=connection.id, limit=9)) == 1
    exposures.put_off(at(3), listing_ids=[listing], until=at(5).now, unknown=True, problem="no answer")
    # Whether the shop took the zero is not known, and something is sold there.
    exposures.note_sold(at(30), sold=[(connection.id, brand.variants["A"], 1, at(29).now)])
    [again] = exposures.claim(at(31), connection_id=connection.id, limit=9)
    assert (again.number, again.shows) == (0, None)
