"""Every row of a file is exactly one of four things, and all of them add up to the file."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest

from hypothesis import given
from hypothesis import strategies as st

from doorstep.flows.order_import import grouping
from doorstep.flows.order_import.classify import classify
from doorstep.flows.order_import.grouping import Layout, Survey
from doorstep.flows.order_import.totals import Totals
from doorstep.flows.order_import.values import ReadGroup, RowClass
from tests.orders_import.files import UCI_HEADER, profile, reason_of, uci

UCI = profile("uci-online-retail")


def classified(rows: list[list[str]], *, historical: bool = True) -> tuple[Survey, list[ReadGroup], Layout]:
    at = grouping.layout(UCI, tuple(UCI_HEADER), source="uci")
    numbered = [(n, tuple(row)) for n, row in enumerate(rows, start=2)]
    counted = grouping.survey(iter(numbered), at)
    return counted, [classify(g, at, historical=historical) for g in grouping.groups(iter(numbered), at, counted)], at


def said_of(rows: list[list[str]], *, historical: bool = True) -> list[tuple[str, str]]:
    """Class and reason of each row, in file order."""
    _, groups, _ = classified(rows, historical=historical)
    found = {
        number: (group.classes[i].value, reason_of(group.reasons[i]))
        for group in groups
        for i, number in enumerate(group.raw.numbers)
    }
    return [found[number] for number in sorted(found)]


SALE, CANCELLATION, NOT_A_PRODUCT = ("sale", ""), ("cancellation", ""), ("not_a_product", "")


def refused(code: str) -> tuple[str, str]:
    return ("refused", code)


def test_rows_of_each_kind_get_their_class() -> None:
    assert said_of([
        uci("536365", "85123A", "6", "2.55"),
        uci("536365", "85123a", "6", "2.55"),
        uci("536365", "POST", "1", "18.0"),
        uci("C536366", "85123A", "-2", "2.55"),
        uci("C536366", "D", "-1", "27.5"),
        uci("C536366", "m", "-1", "27.5"),
        uci("536367", "gift_0001_20", "1", "16.67", ""),
        uci("A563185", "B", "1", "-11062.06", ""),
        uci("536368", "20713", "0.5", "1.0"),
        uci("536368", "20713", "0", "1.0"),
        uci("536368", "20713", "9999999", "1.0"),
        uci("536368", "20713", "1", "0.001"),
        uci("536368", "20713", "1", "-1.00"),
        uci("536368", "", "1", "1.00"),
        uci("536369", "20713", "1", "1.00", at="01.12.2010"),
        uci("536370", "20713", "1", "1.00", country="Atlantis"),
        uci("", "20713", "1", "1.00"),
        uci("536371", "20713", "1", "1.00")[:-1],
        [*uci("536372", "20713", "1", "1.00"), "", ""],
        uci("536373", "2071\x003", "1", "1.00"),
    ]) == [
        SALE, SALE, NOT_A_PRODUCT, CANCELLATION, NOT_A_PRODUCT, NOT_A_PRODUCT, NOT_A_PRODUCT, NOT_A_PRODUCT,
        refused("bad_quantity"), refused("zero_quantity"), refused("absurd_quantity"), refused("bad_price"),
        refused("negative_price"), refused("sku_missing"), refused("bad_date"), refused("unknown_country"),
        refused("order_id_missing"), refused("wrong_width"), SALE, refused("control_character"),
    ]  # fmt: skip


def test_a_negative_row_without_the_marker_is_a_stock_correction_and_no_sale() -> None:
    assert said_of([uci("537000", "21777", "-10", "0.0", "", title="damaged")]) == [refused("negative_quantity")]


def test_an_order_without_customer_and_price_is_a_stock_correction() -> None:
    assert said_of([uci("537001", "21777", "10", "0.0", "", title="found")]) == [refused("stock_correction")]


def test_an_unpriced_line_beside_a_price_or_with_a_customer_is_a_sale() -> None:
    assert said_of([
        uci("539856", "22444", "1", "0.0", ""),
        uci("539856", "M", "1", "1298.4", ""),
        uci("543599", "84535B", "16", "0.0", "17560.0"),
    ]) == [SALE, NOT_A_PRODUCT, SALE]  # fmt: skip


def test_a_live_order_with_a_refused_row_is_refused_whole() -> None:
    assert said_of(
        [uci("1", "A", "1", "1.00"), uci("1", "B2", "x", "1.00"), uci("2", "A", "1", "1.00")], historical=False
    ) == [refused("order_not_whole"), refused("bad_quantity"), SALE]


def test_a_cancellation_in_a_live_import_is_refused() -> None:
    assert said_of([uci("C1", "A", "-1", "1.00")], historical=False) == [refused("live_cancellation")]


def test_rows_that_contradict_the_order_are_refused() -> None:
    assert said_of([
        uci("1", "A", "1", "1.00"), uci("1", "A", "1", "1.00", "9"), uci("1", "A", "1", "1.00", country="Spain"),
    ]) == [SALE, refused("rows_disagree"), refused("rows_disagree")]  # fmt: skip


def test_delivery_charges_go_to_the_order_and_the_earliest_time_counts() -> None:
    _, (group,), _ = classified([
        uci("1", "A", "2", "1.50", at="2011-07-01 10:01:00"),
        uci("1", "A", "1", "1.50", at="2011-07-01 10:00:00"),
        uci("1", "POST", "1", "4.95"),
        uci("1", "M", "1", "9.00"),
    ])  # fmt: skip
    assert group.draft is not None
    assert (group.draft.subtotal_minor, group.draft.shipping_minor, group.draft.total_minor) == (450, 495, 945)
    assert group.draft.placed_at.isoformat() == "2010-12-01T08:26:00+00:00"
    assert group.draft.buyer.identities == (("file", "uci:17850"),)
    assert group.draft.ship_to.country == "FR"


numbers = st.sampled_from(["1", "2", "C3", "C4", "A5", ""])
skus = st.sampled_from(["85123A", "85123a", "POST", "m", "D", "gift_0001_10", "22720", ""])
quantities = st.one_of(st.integers(-50, 50).map(str), st.sampled_from(["x", "1.5", "6.0", "", "10000000"]))
prices = st.one_of(
    st.integers(-300, 3000).map(lambda pence: str(Decimal(pence) / 100)), st.sampled_from(["0.001", "", "free", "1e2"])
)
customers = st.sampled_from(["", "12345.0", "12346"])
moments = st.sampled_from(["2010-12-01 08:26:00", "2010-12-02 09:00:00", "yesterday"])
countries = st.sampled_from(["United Kingdom", "EIRE", "Unspecified", "Atlantis", ""])
rows_of_a_file = st.lists(
    st.builds(
        lambda n, s, q, p, c, m, land, w: uci(n, s, q, p, c, at=m, country=land)[:w],
        numbers, skus, quantities, prices, customers, moments, countries, st.sampled_from([8, 8, 8, 8, 5]),
    ),
    max_size=40,
)  # fmt: skip


@given(rows_of_a_file, st.booleans())
def test_every_row_has_exactly_one_class_and_the_classes_sum_to_the_file(
    rows: list[list[str]], historical: bool
) -> None:
    counted, groups, at = classified(rows, historical=historical)
    seen = sorted(number for group in groups for number in group.raw.numbers)
    assert seen == list(range(2, len(rows) + 2))
    totals = Totals()
    for group in groups:
        for found, line, reason in zip_longest(group.classes, group.lines, group.reasons):
            assert isinstance(found, RowClass)
            assert (reason is not None) == (found is RowClass.REFUSED)
            assert line is not None or found is RowClass.REFUSED
        totals.count(group, at, planned=True)
        sales = group.of(RowClass.SALE)
        assert (group.draft is not None) == bool(sales)
        if group.draft is not None:
            assert group.draft.subtotal_minor == sum(line.value_minor for i in sales if (line := group.lines[i]))
            assert len(group.draft.lines) == len(sales)
    assert sum(s.rows for s in totals.classes.values()) == counted.rows == len(rows)
    assert totals.minor("GBP") == counted.minor.get("GBP", 0)
    assert sum(s.units_in for s in totals.classes.values()) == counted.units_in
    assert sum(s.units_out for s in totals.classes.values()) == counted.units_out
    for order_id, said in counted.orders.items():
        other = totals.other[order_id]
        assert (other.rows, other.minor) == (said.rows, said.minor)
