"""Where bins lie: by the pattern of their codes, from a table, and never outside the building."""

from __future__ import annotations

import pytest

from doorstep.base.refusals import Refused
from doorstep.locations import actions, floors, placing, queries
from doorstep.locations.values import BinDraft, BinPlace, FloorPlan
from tests.factories import make_ctx, make_location

PLAN = FloorPlan(aisles=30, length_mm=10_000, apart_mm=3_000)


def test_codes_say_their_aisle_bay_and_level_by_the_pattern() -> None:
    found = placing.read_codes(["A-3-2", "AB-1-C", "4-10-1", "A-11-1", "A3", "A-0-1"], plan=PLAN)
    assert found == [
        BinPlace("A-3-2", 1, 2_500, level=2), BinPlace("AB-1-C", 28, 500, level=3), BinPlace("4-10-1", 4, 9_500, level=1)
    ]  # fmt: skip


def test_odd_bays_are_on_the_left_and_even_ones_on_the_right_where_the_plan_says_so() -> None:
    plan = FloorPlan(30, 10_000, 3_000, pattern="{zone}.{aisle}{bay}{*}", odd_even=True)
    assert placing.read_codes(["COLD.B07/x", "COLD.B08/y"], plan=plan) == [
        BinPlace("COLD.B07/x", 2, 3_500, "left", zone="COLD"), BinPlace("COLD.B08/y", 2, 3_500, "right", zone="COLD"),
    ]  # fmt: skip


@pytest.mark.parametrize("pattern", ["", "{aisle}", "{aisle}-{bay}-{aisle}", "A-12-3"])
def test_a_pattern_without_aisle_and_bay_is_refused(pattern: str) -> None:
    with pytest.raises(Refused):
        placing.compiled(pattern)


def test_a_table_is_read_with_its_head_or_without_and_names_what_it_cannot_read() -> None:
    told = "code\taisle\talong_m\tside\nA-1\tA\t1.25\tleft\nA-2\t1\t\t\n\nA-3\t\t\t\n"
    found = placing.read_table(told)
    assert found.places == (BinPlace("A-1", 1, 1_250, "left"), BinPlace("A-3"))
    assert [(one.line, one.text) for one in found.wrong] == [(3, "A-2,1,,")]
    assert placing.read_table("B-1,2,3,r,4,COLD").places == (BinPlace("B-1", 2, 3_000, "right", 4, "COLD"),)
    assert placing.read_table(placing.as_table(found.places)).places == found.places
    assert placing.read_table("X-1;1;1e999").places == placing.read_table("").places == ()


@pytest.mark.django_db
def test_bins_are_placed_by_code_and_by_table_and_keep_what_is_not_said() -> None:
    ctx = make_ctx()
    here = make_location(ctx, "BER", "DE")
    actions.add_bins(ctx, location_id=here, bins=[BinDraft("A-1-1"), BinDraft("ramp")])
    with pytest.raises(Refused):
        floors.place_by_code(ctx, location_id=here)
    floors.lay_out(ctx, location_id=here, plan=PLAN)
    assert floors.place_by_code(ctx, location_id=here) == (1, 1)
    assert floors.place_bins(ctx, location_id=here, places=[BinPlace("B-1-1", 2, 500)]) == 1
    assert [row.place for row in queries.bins(ctx, location_id=here)] == [
        BinPlace("A-1-1", 1, 500, level=1), BinPlace("ramp"), BinPlace("B-1-1", 2, 500)
    ]  # fmt: skip
    with pytest.raises(Refused):
        floors.lay_out(ctx, location_id=here, plan=FloorPlan(3, 10_000, 3_000, depot_aisle=4))
    assert queries.find_floor_plan(ctx, location_id=here) == PLAN
