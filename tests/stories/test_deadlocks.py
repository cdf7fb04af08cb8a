"""The last net: whoever meets a deadlock does its transaction once more, and it is counted."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from doorstep.base import deadlocks
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.orders import events
from doorstep.stock import locks
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_brand, place, together
from tests.stories.test_batches_of_shops import deadlocks_met

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_is_chosen_in_a_deadlock_does_all_of_it_once_more() -> None:
    brand = make_brand()
    met, tries = threading.Barrier(2), []

    def crosswise(first: str, then: str) -> str:
        @transaction.atomic
        def work() -> str:
            tries.append(first)
            locks.pool_rows(brand.ctx, [brand.variants[first]])
            if len(tries) <= 2:
                met.wait(60)
            locks.pool_rows(brand.ctx, [brand.variants[then]])
            return first

        return deadlocks.once_more(work, name="crosswise")

    before = deadlocks_met()
    assert together(lambda: crosswise("A", "B"), lambda: crosswise("B", "A")) == ["A", "B"]
    assert (len(tries), deadlocks_met() - before) == (3, 1)


def test_what_the_dispatcher_does_is_done_once_more_too() -> None:
    brand = make_brand()
    drain()
    place(brand.ctx, draft())
    tries: list[int] = []

    def meets_one(_ctx: Ctx, happened: Sequence[Event]) -> None:
        tries.append(len(happened))
        if len(tries) == 1:
            raise OperationalError("deadlock detected") from DeadlockDetected("deadlock detected")

    before = deadlocks_met()
    drain(reactions={events.ORDER_PLACED: (meets_one,)})
    assert (tries, deadlocks_met() - before) == ([1, 1], 1)


def test_other_troubles_of_the_database_are_told_at_once() -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        raise OperationalError("the connection is gone")

    with pytest.raises(OperationalError, match="gone"):
        deadlocks.once_more(work, name="nothing")
    assert len(tries) == 1
