"""Put-away: told the bin, confirmed by a scan, counted once, and taken back."""

from __future__ import annotations

import pytest

from doorstep.base.refusals import Refused
from doorstep.fulfilment import put_away
from doorstep.fulfilment.values import PutAwayAnswer
from doorstep.locations import actions as locations
from doorstep.locations.values import BinDraft
from doorstep.stock import actions as stock
from doorstep.stock import queries as levels
from tests.factories import NOW, Brand, make_brand, make_ctx

pytestmark = pytest.mark.django_db


def came() -> Brand:
    """Ten units each of A, B and C came to Berlin; A lies in A-1 already."""
    brand = make_brand()
    locations.add_bins(brand.ctx, location_id=brand.berlin, bins=[BinDraft("A-1"), BinDraft("A-2")])
    stock.set_bin(brand.ctx, variant_id=brand.variants["A"], location_id=brand.berlin, bin="A-1")
    return brand


def put(brand: Brand, client_id: str, code: str, bin: str, qty: int, *, moves: bool = False) -> PutAwayAnswer:
    return put_away.put_away(
        brand.ctx, location_id=brand.berlin, client_id=client_id, code=code, bin=bin, qty=qty, moves=moves, at=NOW
    )


def bin_of(brand: Brand, sku: str) -> str:
    held = levels.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])
    return next(level.bin for level in held if level.location_id == brand.berlin)


def waiting(brand: Brand) -> dict[str, int]:
    return {row.sku: row.qty for row in put_away.list_to_put_away(brand.ctx, location_id=brand.berlin)}


def test_what_was_received_waits_until_it_is_put_away_and_one_sent_twice_counts_once() -> None:
    brand = came()
    assert waiting(brand) == {"A": 10, "B": 10, "C": 10}
    assert put_away.suggest(brand.ctx, location_id=brand.berlin) == ["A-2"]
    first = put(brand, "phone-0001", "A", "A-1", 4)
    assert (first.problem, first.left) == ("", 6)
    assert put(brand, "phone-0001", "A", "A-1", 4).left == 6
    assert put(brand, "phone-0002", "B", "A-2", 10).left == 0
    assert (waiting(brand), bin_of(brand, "B")) == ({"A": 6, "C": 10}, "A-2")


@pytest.mark.parametrize(
    ("code", "bin", "qty", "problem"),
    [("X", "A-1", 1, "unknown_code"), ("A", "Z-9", 1, "unknown_bin"), ("A", "A-1", 11, "too_many"), ("A", "A-2", 1, "other_bin")],
)
def test_what_cannot_be_is_answered_and_moves_nothing(code: str, bin: str, qty: int, problem: str) -> None:
    brand = came()
    answer = put(brand, "phone-0003", code, bin, qty)
    assert answer.problem == problem
    assert answer.bin == ("A-1" if problem == "other_bin" else bin)
    assert (waiting(brand), bin_of(brand, "A")) == ({"A": 10, "B": 10, "C": 10}, "A-1")


def test_another_bin_is_taken_when_all_of_it_lies_there_now_and_taking_back_restores_both() -> None:
    brand = came()
    assert put(brand, "phone-0004", "A", "A-2", 10, moves=True).problem == ""
    assert (bin_of(brand, "A"), waiting(brand)) == ("A-2", {"B": 10, "C": 10})
    assert put_away.undo(brand.ctx, location_id=brand.berlin, client_id="phone-0004") is True
    assert put_away.undo(brand.ctx, location_id=brand.berlin, client_id="phone-0004") is False
    assert (bin_of(brand, "A"), waiting(brand)) == ("A-1", {"A": 10, "B": 10, "C": 10})


def test_a_stranger_puts_nothing_away_and_takes_nothing_back() -> None:
    brand, other = came(), make_ctx("Other")
    put(brand, "phone-0005", "A", "A-1", 1)
    with pytest.raises(Refused):
        put_away.undo(other, location_id=brand.berlin, client_id="phone-0005")
    assert put_away.list_to_put_away(other, location_id=brand.berlin) == []
    assert waiting(brand)["A"] == 9
