"""How many units a channel is shown, and why."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from doorstep.channels.exposure import PLAIN, Facts, Rule, Step, shown

units = st.integers(-50, 500)
rules = st.builds(
    Rule,
    buffer=st.none() | st.integers(0, 60),
    share_pct=st.none() | st.integers(0, 100),
    most=st.none() | st.integers(0, 100),
    excluded=st.none() | st.booleans(),
    places=st.none() | st.just(()) | st.just((1, 2)),
    sized_by_sales=st.none() | st.booleans(),
)
facts = st.builds(
    Facts, available=units, everywhere=units, on_sale=st.booleans(), sold_a_day=st.floats(0, 1000), lag_s=st.floats(0, 7200)
)


def test_what_nobody_decided_about_is_shown_as_it_is() -> None:
    assert shown(PLAIN, Facts(7, 7)).number == 7
    assert [step.step for step in shown(PLAIN, Facts(7, 7)).steps] == [Step.AVAILABLE]


def test_buffer_comes_before_the_share_and_the_ceiling_last() -> None:
    why = shown(Rule(buffer=3, share_pct=50, most=8).over(PLAIN), Facts(25, 25))
    assert [(s.step, s.number) for s in why.steps] == [
        (Step.AVAILABLE, 25), (Step.BUFFER, 22), (Step.SHARE, 11), (Step.MOST, 8),
    ]  # fmt: skip


def test_only_the_places_that_count_are_shown_and_never_more_than_the_house_has() -> None:
    rule = Rule(places=(1,)).over(PLAIN)
    assert shown(rule, Facts(4, 9)).number == 4
    assert shown(rule, Facts(4, 2)).number == 2


def test_what_is_off_sale_or_kept_off_shows_none() -> None:
    assert shown(PLAIN, Facts(9, 9, on_sale=False)).number == 0
    assert shown(Rule(excluded=True).over(PLAIN), Facts(9, 9)).number == 0


def test_a_buffer_is_as_large_as_what_sells_while_a_number_is_under_way() -> None:
    rule = Rule(buffer=1, sized_by_sales=True).over(PLAIN)
    fast = Facts(100, 100, sold_a_day=8640, lag_s=120)
    assert (shown(rule, fast).number, shown(rule, fast).steps[1].step) == (88, Step.SALES_BUFFER)
    assert shown(rule, replace(fast, sold_a_day=100.0)).number == 99


@given(rules, facts)
def test_a_number_is_never_below_zero_nor_above_what_can_be_sold(rule: Rule, given: Facts) -> None:
    ruled = rule.over(PLAIN)
    why = shown(ruled, given)
    assert 0 <= why.number <= max(given.everywhere, 0)
    assert why.steps[-1].number == why.number
    if ruled.most is not None:
        assert why.number <= ruled.most
    if ruled.excluded or not given.on_sale:
        assert why.number == 0


@given(rules, facts, st.integers(0, 20))
def test_more_stock_never_shows_less(rule: Rule, given: Facts, more: int) -> None:
    ruled = rule.over(PLAIN)
    richer = replace(given, available=given.available + more, everywhere=given.everywhere + more)
    assert shown(ruled, richer).number >= shown(ruled, given).number


@given(rules, rules)
def test_what_a_listing_leaves_open_its_channel_decides(own: Rule, common: Rule) -> None:
    both = own.over(common)
    for name in ("buffer", "share_pct", "most", "excluded", "places", "sized_by_sales"):
        mine = getattr(own, name)
        assert getattr(both, name) == (getattr(common, name) if mine is None else mine)
