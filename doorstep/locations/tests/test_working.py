from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from doorstep.base.refusals import Refused
from doorstep.locations.working import (
    EVERY_DAY,
    Dispatch,
    Leaving,
    Pickup,
    arrives_on,
    check,
    clock_of,
    day_ends,
    holidays_of,
    leaves,
    pickups_of,
    working_days_until,
)

SEOUL, BERLIN, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)


def at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def test_an_order_before_the_cut_off_leaves_with_the_pick_up_after_it_and_a_later_one_the_next_working_day() -> None:
    how = Dispatch(cut_off=time(14), pickups=(Pickup(time(10)), Pickup(time(16, 30)), Pickup(time(19))))
    assert leaves(how, zone=SEOUL, at=at(FRIDAY, "09:00", SEOUL)) == Leaving(at(FRIDAY, "16:30", SEOUL), FRIDAY)
    assert leaves(how, zone=SEOUL, at=at(FRIDAY, "14:00", SEOUL)) == Leaving(at(FRIDAY, "16:30", SEOUL), FRIDAY)
    assert leaves(how, zone=SEOUL, at=at(FRIDAY, "14:01", SEOUL)) == Leaving(at(MONDAY, "10:00", SEOUL), MONDAY, "cut_off")


def test_the_day_is_that_of_the_location_not_of_the_clock_that_asks() -> None:
    how = Dispatch(cut_off=time(14))
    late_in_utc = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)  # Friday, 08:00 in Seoul
    leaving = leaves(how, zone=SEOUL, at=late_in_utc)
    assert leaving is not None
    assert leaving.on == FRIDAY


def test_weekends_and_holidays_are_passed_over() -> None:
    how = Dispatch(holidays=(MONDAY,))
    saturday = leaves(how, zone=BERLIN, at=at(date(2026, 11, 28), "09:00", BERLIN))
    assert saturday is not None
    assert (saturday.on, saturday.waits) == (date(2026, 12, 1), "closed")
    sunday = leaves(Dispatch(weekdays=EVERY_DAY), zone=BERLIN, at=at(date(2026, 11, 29), "09:00", BERLIN))
    assert sunday is not None
    assert sunday.on == date(2026, 11, 29)


def test_without_a_cut_off_the_last_pick_up_is_the_end_of_the_day() -> None:
    how = Dispatch(pickups=(Pickup(time(16, 30)),))
    missed = leaves(how, zone=BERLIN, at=at(FRIDAY, "16:31", BERLIN))
    assert missed == Leaving(at(MONDAY, "16:30", BERLIN), MONDAY, "pickup")


def test_a_pick_up_of_another_carrier_is_none() -> None:
    how = Dispatch(pickups=(Pickup(time(16), "UPS"), Pickup(time(18), "DHL")))
    dhl = leaves(how, zone=BERLIN, at=at(FRIDAY, "17:00", BERLIN), carrier="DHL")
    assert dhl is not None
    assert dhl.at == at(FRIDAY, "18:00", BERLIN)
    assert leaves(how, zone=BERLIN, at=at(FRIDAY, "09:00", BERLIN), carrier="CJ") is None


def test_a_cut_off_keeps_its_local_time_when_the_clock_changes() -> None:
    how = Dispatch(weekdays=EVERY_DAY, cut_off=time(14), pickups=(Pickup(time(17)),))
    summer, winter = date(2026, 10, 24), date(2026, 10, 25)  # Berlin's clock goes back in the night between them
    before = leaves(how, zone=BERLIN, at=datetime(2026, 10, 24, 11, 59, tzinfo=UTC))
    after = leaves(how, zone=BERLIN, at=datetime(2026, 10, 25, 12, 59, tzinfo=UTC))
    assert before == Leaving(datetime(2026, 10, 24, 15, tzinfo=UTC), summer)
    assert after == Leaving(datetime(2026, 10, 25, 16, tzinfo=UTC), winter)


def test_a_pick_up_in_the_hour_that_a_clock_skips_still_comes_that_day() -> None:
    how = Dispatch(weekdays=EVERY_DAY, pickups=(Pickup(time(2, 30)),))
    leaving = leaves(how, zone=NEW_YORK, at=datetime(2027, 3, 14, 5, 30, tzinfo=UTC))  # 00:30; at 02:00 it is 03:00
    assert leaving == Leaving(datetime(2027, 3, 14, 7, 30, tzinfo=UTC), date(2027, 3, 14))


def test_a_place_that_is_shut_for_good_sends_nothing() -> None:
    assert leaves(Dispatch(weekdays=0), zone=SEOUL, at=at(FRIDAY, "09:00", SEOUL)) is None


def test_a_parcel_arrives_after_so_many_days_on_which_the_carrier_moves() -> None:
    assert arrives_on(FRIDAY, transit_days=2) == date(2026, 11, 29)
    assert arrives_on(FRIDAY, transit_days=2, weekdays=0b0011111) == date(2026, 12, 1)
    assert arrives_on(FRIDAY, transit_days=0) == FRIDAY
    assert working_days_until(Dispatch(), FRIDAY, MONDAY) == 1


def test_settings_are_read_as_people_type_them_and_refused_where_they_make_no_sense() -> None:
    assert pickups_of(["16:30 UPS", "", "9:05"]) == (Pickup(time(16, 30), "UPS"), Pickup(time(9, 5)))
    assert check(Dispatch(pickups=pickups_of(["16:30 UPS", "9:05", "9:05"]))).pickups == (
        Pickup(time(9, 5)), Pickup(time(16, 30), "UPS"),
    )  # fmt: skip
    assert holidays_of(["2026-12-25", " "]) == (date(2026, 12, 25),)
    assert clock_of("") is None
    for wrong in (lambda: clock_of("25:00"), lambda: holidays_of(["Christmas"]), lambda: check(Dispatch(weekdays=0)),
                  lambda: check(Dispatch(capacity_per_day=-1)), lambda: check(Dispatch(priority=0))):  # fmt: skip
        with pytest.raises(Refused):
            wrong()


@pytest.mark.parametrize("cut_off", [None, time(14), time(18)])
@pytest.mark.parametrize("pickups", [(), (time(10), time(16, 30))])
@pytest.mark.parametrize("day", [FRIDAY, date(2026, 3, 29), date(2026, 10, 25)])  # the clock changes in Berlin on the last two
def test_a_day_ends_with_the_first_second_whose_orders_leave_on_a_later_one(
    cut_off: time | None, pickups: tuple[time, ...], day: date
) -> None:
    how = Dispatch(weekdays=EVERY_DAY, cut_off=cut_off, pickups=tuple(map(Pickup, pickups)))
    ends = day_ends(how, zone=BERLIN, day=day)
    begins = datetime.combine(day, time(), BERLIN).astimezone(UTC)

    def leaves_on(moment: datetime) -> date:
        leaving = leaves(how, zone=BERLIN, at=moment)
        assert leaving is not None
        return leaving.on

    minutes = [begins + timedelta(minutes=n) for n in range(26 * 60)]
    assert [moment for moment in minutes if leaves_on(moment) > day] == [moment for moment in minutes if moment >= ends]
    assert (leaves_on(ends - timedelta(seconds=1)), leaves_on(ends)) == (day, day + timedelta(days=1))
