from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.locations import actions, queries, rules
from doorstep.locations.invariants import INVARIANTS
from doorstep.locations.values import BinDraft, LocationDraft

CTX = Ctx(41, SYSTEM, datetime(2026, 11, 1, tzinfo=UTC), "test")
STRANGER = Ctx(99, SYSTEM, CTX.now, "test")


def seoul(code: str = "SEL1", serves: tuple[str, ...] = ("KR",)) -> int:
    draft = LocationDraft(code, "서울 물류센터", "KR", postal_code="06236", timezone="Asia/Seoul", serves=serves)
    return actions.create(CTX, location=draft)


@pytest.mark.django_db
def test_a_location_serves_its_countries_while_it_is_in_use() -> None:
    one, two = seoul(), seoul("SEL2", serves=())
    row = queries.get(CTX, location_id=one)
    assert (row.can_serve("KR"), row.can_serve("US")) == (True, False)
    assert queries.get(CTX, location_id=two).can_serve("US")
    actions.deactivate(CTX, location_id=one)
    assert not queries.get(CTX, location_id=one).can_serve("KR")
    assert [at.id for at in queries.list_active(CTX)] == [two]
    actions.reopen(CTX, location_id=one)
    assert [at.id for at in queries.list_active(CTX)] == [one, two]


@pytest.mark.django_db
def test_the_last_location_in_use_stays() -> None:
    one = seoul()
    with pytest.raises(Refused) as refused:
        actions.deactivate(CTX, location_id=one)
    assert refused.value.code == "last_location"
    assert queries.get(CTX, location_id=one).active


@pytest.mark.django_db
def test_a_taken_code_is_refused() -> None:
    seoul()
    with pytest.raises(Refused) as refused:
        seoul("sel1")
    assert refused.value.code == "location_code_taken"
    two = seoul("SEL2")
    with pytest.raises(Refused):
        actions.edit(CTX, location_id=two, location=LocationDraft("SEL1", "x", "KR"))
    assert queries.get(CTX, location_id=two).code == "SEL2"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "draft",
    [
        LocationDraft("", "x", "KR"),
        LocationDraft("A", "", "KR"),
        LocationDraft("A", "x", "Korea"),
        LocationDraft("A", "x", "KR", timezone="Seoul"),
        LocationDraft("A", "x", "KR", serves=("KR", "USA")),
        LocationDraft("A", "x", "KR", kind="barn"),
        LocationDraft("A", "x", "KR", latitude=91.0, longitude=0.0),
    ],
)
def test_what_cannot_be_is_refused(draft: LocationDraft) -> None:
    with pytest.raises(Refused) as refused:
        actions.create(CTX, location=draft)
    assert refused.value.code == "invalid"
    assert queries.list_locations(CTX) == []


@pytest.mark.django_db
def test_bins_are_walked_in_natural_order_and_adding_twice_changes_nothing() -> None:
    one = seoul()
    bins = [BinDraft(code) for code in rules.expand_bins("A-2, A-10 A-1\nB-08..B-10")]
    assert actions.add_bins(CTX, location_id=one, bins=bins) == 6
    assert actions.add_bins(CTX, location_id=one, bins=bins) == 0
    assert [b.code for b in queries.bins(CTX, location_id=one)] == ["A-1", "A-2", "A-10", "B-08", "B-09", "B-10"]
    actions.add_bins(CTX, location_id=one, bins=[BinDraft("B-10", position=-1)])
    first = queries.bins(CTX, location_id=one)[0]
    assert first.code == "B-10"
    actions.remove_bin(CTX, bin_id=first.id)
    assert len(queries.bins(CTX, location_id=one)) == 5
    assert check(INVARIANTS) == []


@pytest.mark.django_db
def test_bins_of_odd_digits_and_controls_are_kept_as_they_can_be() -> None:
    one = seoul()
    bins = [BinDraft(code) for code in rules.expand_bins("² A-\x00٣\ud800 \x00 " + "9" * 5000 + ".." + "9" * 5000)]
    actions.add_bins(CTX, location_id=one, bins=[*bins, BinDraft("B\x00-1"), BinDraft("\x00")])
    assert [b.code for b in queries.bins(CTX, location_id=one)] == ["9" * 30, "A-٣", "B-1", "²"]


@pytest.mark.django_db
def test_a_stranger_sees_and_moves_nothing() -> None:
    one = seoul()
    actions.add_bins(CTX, location_id=one, bins=[BinDraft("A")])
    (shelf,) = queries.bins(CTX, location_id=one)
    attempts = (
        lambda: queries.get(STRANGER, location_id=one),
        lambda: actions.edit(STRANGER, location_id=one, location=LocationDraft("A", "x", "KR")),
        lambda: actions.deactivate(STRANGER, location_id=one),
        lambda: actions.add_bins(STRANGER, location_id=one, bins=[BinDraft("B")]),
        lambda: actions.remove_bin(STRANGER, bin_id=shelf.id),
    )
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "not_found"
    assert queries.bins(STRANGER, location_id=one) == []
    assert len(queries.bins(CTX, location_id=one)) == 1


@pytest.mark.parametrize("text", ["A-10..A-01", "A-1..B-9", "A-1..A-99999"])
def test_impossible_ranges_of_bins_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        rules.expand_bins(text)


def test_a_megabyte_of_blanks_between_bins_is_read_at_once() -> None:
    began = time.process_time()
    blanks = " \n" * 500_000
    codes = rules.expand_bins(f"A-1{blanks}..{blanks}A-3{blanks}B-1 ~ B-2{blanks}")
    assert codes == ["A-1", "A-2", "A-3", "B-1", "B-2"]
    assert time.process_time() - began < 5


def test_distances_are_great_circles() -> None:
    seoul, new_york = (37.5665, 126.978), (40.7128, -74.006)
    assert round(rules.distance_km(seoul, new_york)) == 11053
    assert rules.distance_km(seoul, seoul) == 0
    assert round(rules.distance_km((0, 0), (0, 180))) == 20015
