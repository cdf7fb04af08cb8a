"""Two hundred orders go through three warehouses, with everything that goes wrong there, and each of them comes to an end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.short_picks import assert_all_holds
from tests.stories.busy import books, floor, road, steps
from tests.stories.busy.house import House, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]
SOLD = {0: 110, 1: 60, 2: 30}
DAYS = (0, 1, 2, 3, 4, 6, 9, 12, 17, 20, 36, 38, 41)


def a_day(house: House, day: int) -> None:
    """Orders come, are routed, fetched, boxed, labelled and leave; in the evening the carrier scans and the timers run."""
    house.wait_until(days=day)
    floor.lift_holds(house)
    house.sell(SOLD.get(day, 0))
    if day == 2:
        floor.deliveries(house)
    house.work()
    for _ in range(2):
        floor.say_no(house, 0.04 if SOLD.get(day) else 0)
        house.work()
        floor.release_waves(house)
        floor.pick_everything(house)
        house.work()
        floor.pack_everything(house)
        if day == 0:
            house.carrier.post("/admin/faults", {"timeout_after_success": 0.08, "error_5xx": 0.04})
            house.work(rounds=3)
            house.carrier.post("/admin/faults", {})
        house.work()
        floor.void_some(house)
        house.work()
        floor.buy_missing_labels(house)
        house.work()
        floor.tidy(house)
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


def test_two_hundred_orders_come_to_an_end(settings: Any, tmp_path: Any) -> None:
    settings.MAIL_FOLDER = tmp_path / "mail"
    with opened(settings, seed=1) as house:
        days = iter((*DAYS, *range(DAYS[-1] + 1, 60, 2)))
        while (day := next(days)) <= DAYS[-1] or steps.open_ends(seen):
            a_day(house, day)
            seen = steps.look(house)
            spent(day, house)
            assert steps.dead_ends(house, seen) == [], f"in the evening of day {day}"
        print(house.did)
        print(Counter((row.state, row.fulfilment_state) for row in seen.orders.values()))
        assert steps.open_ends(seen) == {}
        books.nothing_gave_up(house)
        books.carrier_agrees(house)
        books.shop_agrees(house)
        books.customers_were_told(house, tmp_path / "mail")
        books.shelves_agree(house)
        assert_all_holds()


def spent(day, house):
    import sys
    import time
    from doorstep.base import db
    pid = db.scalar("SELECT pg_backend_pid()")
    f = open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()
    c = open(f"/proc/{house.carrier.process.pid}/stat").read().rsplit(")")[1].split()
    print("DAY", day, round(time.process_time(),1), "pg", (int(f[11])+int(f[12]))/100, "carrier", (int(c[11])+int(c[12]))/100, file=sys.stderr, flush=True)
