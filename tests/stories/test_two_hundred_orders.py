"""Two hundred orders go through three warehouses, with everything that goes wrong there, and each of them comes to an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.short_picks import assert_all_holds
from tests.stories.busy import books, floor, road, steps
from tests.stories.busy.house import House, opened

# It takes half a minute on a quiet machine; the usual limit is for tests that wait for something that does not come.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story"), pytest.mark.timeout(900)]
SOLD = {0: 110, 1: 60, 2: 30}
DAYS = (0, 1, 2, 3, 4, 6, 9, 12, 17, 20, 36, 38, 41)  # on the others nothing new happens
LAST_DAY = 60
# What must have happened for the story to tell what it says.
HAPPENED = (
    "wave single", "wave cluster", "wave batch", "wave called off", "scans sent twice", "wrong scans", "taken back", "short picks",
    "scanner: on_hold", "held", "lifted", "not packed while held", "held before its label", "a pile that stayed",
    "called off here", "boxed by the plan", "two boxes", "opened again", "voided", "bought anew", "put back", "sheets counted",
    "calls without an answer", "there before it was ticked", "webhooks twice", "webhooks lost", "codes named", "sent again",
    *(f"way: {way}" for way in road.WAYS),
)  # fmt: skip


def a_day(house: House, day: int) -> None:
    """Orders come, are routed, fetched, boxed, labelled and leave; in the evening the carrier scans and the timers run."""
    house.wait_until(days=day)
    floor.lift_holds(house)
    house.sell(SOLD.get(day, 0))
    if day == 2:
        floor.deliveries(house)
    house.work()
    for _ in range(2):
        _a_shift(house, day)
    if day == 1:
        road.scan_before_the_door(house)
    road.set_out(house, floor.give_to_the_driver(house))
    house.work()
    house.wait_until(days=day, hours=9)
    road.roll(house)
    house.work()
    house.timers()
    road.name_codes(house)
    road.deal_with_exceptions(house)
    house.work()


def _a_shift(house: House, day: int) -> None:
    """From what is open to what stands at the door, and the floor tidy behind it."""
    floor.say_no(house, 0.04 if SOLD.get(day) else 0)
    house.work()
    floor.release_waves(house)
    floor.pick_everything(house)
    house.work()
    floor.pack_everything(house)
    if day == 0:  # the carrier's line is bad
        house.carrier.post("/admin/faults", {"timeout_after_success": 0.08, "error_5xx": 0.04})
        house.work(rounds=3)
        house.carrier.post("/admin/faults", {})
    house.work()
    floor.void_some(house)
    house.work()
    floor.buy_missing_labels(house)
    house.work()
    floor.tidy(house)


def test_two_hundred_orders_come_to_an_end(settings: Any, tmp_path: Path) -> None:
    """Every evening none is in a dead end, as `busy.steps` says it, and at last all are over and all books agree."""
    mails = settings.MAIL_FOLDER = tmp_path / "mail"
    with opened(settings, seed=1) as house:
        days = [*DAYS, *range(DAYS[-1] + 1, LAST_DAY, 2)]
        for day in days:
            a_day(house, day)
            seen = steps.look(house)
            assert house.stumbles == []
            assert steps.dead_ends(house, seen) == [], f"in the evening of day {day}"
            if day >= DAYS[-1] and not steps.open_ends(seen):
                break
        assert steps.open_ends(seen) == {}
        assert sum(1 for row in seen.orders.values() if row.connection_id) == sum(SOLD.values())
        assert [what for what in HAPPENED if not house.did[what]] == []
        books.nothing_gave_up(house)
        books.carrier_agrees(house)
        books.shop_agrees(house)
        books.customers_were_told(house, mails)
        books.shelves_agree(house)
        assert_all_holds()
