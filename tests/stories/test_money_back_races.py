"""Two who give the same money back at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import transaction

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import refund_returns
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.returns import queries, receiving
from doorstep.returns.values import Arrived
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_brand, signed_in, together
from tests.returning import arrived, ask, lines, wish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("first", ["agent", "return"])
def test_an_agent_and_a_return_that_refund_the_same_unit_at_once_pay_once(first: str) -> None:
    """Both have read the order before either may write: what is left is looked at again under the lock."""
    brand = make_brand()
    order_id = arrived(brand.ctx, draft([("A", 1), ("B", 1)]))
    line_id = lines(brand.ctx, order_id)["A"].id
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A"))
    drain()
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(1, line.id)], key="r")
    receiving.inspect(brand.ctx, line_id=line.id, qty=1, grade="A", disposition="restocked", key="i")
    agent = signed_in(brand.ctx)
    form = {f"line-{line_id}": "1", "wish": "c" * 32}

    calls: dict[str, Callable[[], object]] = {
        "agent": lambda: agent.post(f"/orders/{order_id}/refund/", form),
        "return": lambda: refund_returns.grant(brand.ctx, return_id=return_id),
    }
    is_held = threading.Event()

    def hold_until_both_wait() -> None:
        with transaction.atomic():
            payments.lock_payment(brand.ctx, order_id=order_id)
            is_held.set()
            until_waiting(2)

    def in_turn(who: str) -> object:
        assert is_held.wait(60)
        until_waiting(0 if who == first else 1)
        return calls[who]()

    answers = together(hold_until_both_wait, lambda: in_turn("agent"), lambda: in_turn("return"))

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    calls_made = [c for c in money.calls_of(brand.ctx, order_ids=[order_id]) if c.kind == "refund"]
    assert [c.amount_minor for c in calls_made] == [1000]
    assert queries.lines_of(brand.ctx, return_ids=[return_id])[0].settled == 1
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def until_waiting(count: int) -> None:
    """Waits until so many wait for somebody's lock."""
    # Other tests wait on the same server, each in a database of its own; a lock on a row names none, what else one holds does.
    told = """SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN (
                     SELECT pid FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
    deadline = time.monotonic() + 60
    while int(db.scalar(told)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
