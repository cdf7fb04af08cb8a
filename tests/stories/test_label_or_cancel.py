"""A return is called off at the very moment in which its label is wished for."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from doorstep.flows import send_back
from doorstep.returns import actions, locks, queries
from doorstep.shipping import queries as parcels
from tests.factories import draft, make_brand, together
from tests.giving_back import holds
from tests.returning import arrived, ask
from tests.stories.test_money_back_races import until_waiting

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_return_that_is_called_off_while_its_label_is_wished_for_has_no_parcel() -> None:
    """The wish has read the return before the cancellation is there: it looks again once it has the lock."""
    brand = make_brand()
    order_id = arrived(brand.ctx, draft([("A", 1)]))
    return_id = ask(brand.ctx, order_id)
    is_held = threading.Event()

    def call_off() -> None:
        with transaction.atomic():
            locks.one(brand.ctx, return_id)
            is_held.set()
            until_waiting(1)
            actions.cancel(brand.ctx, return_id=return_id)

    def wish_for_label() -> int | None:
        assert is_held.wait(60)
        return send_back.want_label(brand.ctx, return_id=return_id)

    assert together(call_off, wish_for_label) == [None, None]

    row = queries.get_return(brand.ctx, return_id=return_id)
    assert (row.decision, row.parcel_id) == ("cancelled", None)
    assert parcels.parcels_back_of(brand.ctx, order_ids=[order_id]) == []
    holds(brand)
