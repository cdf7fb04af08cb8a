"""Declarations: to the minor unit, over any number of parcels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doorstep.shipping.customs import DeclaredLine, customs_of, is_border, paid_for, undeclared


def line(qty: int = 3, *, before: int = 0, ordered: int = 3, paid: int = 1000, hs: str = "61", origin: str = "KR") -> DeclaredLine:
    return DeclaredLine("Tee", "TEE", qty, before, ordered, paid, 180, hs, origin)


def told(*lines: DeclaredLine) -> list[tuple[int, int]]:
    return [(item.qty, item.value.minor) for item in customs_of(lines, currency="EUR")]


def test_a_value_that_does_not_divide_is_declared_in_two_items() -> None:
    assert told(line()) == [(2, 333), (1, 334)]
    assert told(line(paid=900)) == [(3, 300)]
    assert told(line(paid=0)) == [(3, 0)]


def test_over_two_parcels_no_cent_is_lost() -> None:
    assert told(line(2)) == [(2, 333)]
    assert told(line(1, before=2)) == [(1, 334)]


@given(st.integers(0, 10**9), st.integers(1, 60), st.data())
def test_however_a_line_is_parcelled_its_values_sum_to_what_was_paid(paid: int, ordered: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, ordered))
    parts = [line(cut, ordered=ordered, paid=paid), line(ordered - cut, before=cut, ordered=ordered, paid=paid)]
    assert sum(qty * value for part in parts for qty, value in told(part)) == paid
    values = [value for part in parts for _, value in told(part)]
    assert max(values) - min(values) <= 1


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=8), st.integers(0, 10**8))
def test_a_discount_of_the_order_is_shared_exactly(totals: list[int], discount: int) -> None:
    paid = paid_for(totals, discount, "EUR")
    assert sum(paid) == sum(totals) - min(discount, sum(totals))
    assert all(0 <= now <= was for now, was in zip(paid, totals, strict=True))


def test_what_was_paid_is_less_the_discount() -> None:
    assert paid_for([3000, 1000], 401, "EUR") == [2699, 900]
    assert paid_for([], 5, "EUR") == []


def test_which_borders_ask() -> None:
    assert is_border("KR", "DE")
    assert not is_border("KR", "KR")
    assert not is_border("DE", "FR")
    assert is_border("DE", "GB")
    assert not is_border("", "DE")


def test_what_nobody_wrote_down() -> None:
    [lacks] = undeclared([line(), line(hs="", origin="")])
    assert (lacks.sku, lacks.hs_code, lacks.origin, lacks.weight) == ("TEE", True, True, False)
    assert undeclared([line()]) == []
