"""Pickers, people and new orders act while what is not released is planned anew."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import cancel, rebatch, reject, reroute
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import queries
from doorstep.routing.values import Why
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, place, receive, together
from tests.short_picks import parts_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("races")]


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    db.execute("DELETE FROM procrastinate_jobs")  # what earlier tests left to a worker that never came


def better_elsewhere(count: int) -> tuple[Brand, list[int]]:
    """Orders for Berlin that go from Seoul, and as much as they need in Berlin since."""
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, count + 3)
    ids = place(brand.ctx, *[draft([("A", 1)]) for _ in range(count)])
    drain()
    receive(brand.ctx, brand.variants["A"], brand.berlin, count)
    drain()
    return brand, ids


def scan_all(brand: Brand, answers: list[str]) -> Callable[[], object]:
    """A picker who goes through the list of Seoul, whatever becomes of it meanwhile."""
    [row] = [one for one in floor.list_pick_lists(brand.ctx, location_id=brand.seoul) if one.units]
    tasks = floor.tasks_of(brand.ctx, pick_list_id=row.id)

    def act() -> None:
        for task in tasks:
            got = scanning.scan(
                brand.ctx, pick_list_id=task.pick_list_id, client_id=f"race-{task.id}", code=task.sku, typed=False, at=NOW
            )
            answers.append(got.problem)

    return act


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_picker_who_starts_while_a_batch_moves_gets_all_of_an_order_or_nothing_of_it(seed: int) -> None:
    brand, ids = better_elsewhere(6)
    answers: list[str] = []
    told = together(scan_all(brand, answers), lambda: rebatch.reoptimise(brand.ctx))
    assert [one for one in told if isinstance(one, Exception)] == []
    moved = told[1]
    drain()
    at = [[(part.location_id, part.state, line.picked) for part, [line] in parts_of(brand, id)] for id in ids]
    assert all(one in ([(brand.seoul, "in_progress", 1)], [(brand.berlin, "open", 0)]) for one in at), at
    assert [one for [one] in at].count((brand.berlin, "open", 0)) == moved
    assert answers.count("") == len(ids) - int(str(moved))
    assert set(answers) <= {"", "not_on_list", "unknown_code", "list_closed", "already_complete"}
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def test_batches_pickers_and_people_meet_without_a_deadlock_and_the_books_hold() -> None:
    brand, ids = better_elsewhere(8)
    dice = random.Random(5)

    def refused(act: Callable[[], object]) -> None:
        try:
            act()
        except Refused:
            return

    def say_no() -> None:
        for id in dice.sample(ids, 4):
            [(part, _), *_] = parts_of(brand, id)
            if part.location_id:
                refused(
                    lambda part=part: reject.reject(  # type: ignore[misc]
                        brand.ctx, fulfilment_order_id=part.id, location_id=part.location_id, reason=Why.TOO_BUSY
                    )
                )

    def route_again() -> None:
        for id in dice.sample(ids, 5):
            refused(lambda id=id: reroute.again(brand.ctx, order_id=id))  # type: ignore[misc]

    def call_off() -> None:
        for id in dice.sample(ids, 3):
            refused(lambda id=id: cancel.cancel(brand.ctx, order_id=id, reason="race"))  # type: ignore[misc]

    def more() -> None:
        place(brand.ctx, *[draft([("A", 1)], country=dice.choice(("DE", "KR"))) for _ in range(3)])

    told = together(
        scan_all(brand, []), lambda: rebatch.reoptimise(brand.ctx), lambda: rebatch.reoptimise(brand.ctx), say_no, route_again,
        call_off, more, lambda: fulfilment.list_up(brand.ctx, order_ids=ids),
    )  # fmt: skip
    assert [one for one in told if isinstance(one, Exception)] == []
    drain()
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []
    rebatch.reoptimise(brand.ctx)
    drain()
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []
    assert len(queries.orders_by_id(brand.ctx, ids=ids)) == len(ids)
