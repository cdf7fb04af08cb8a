"""Past orders come in from a file: once, whole, and with their stock and cancellations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from doorstep.base import arrivals, db, invariants
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import compose
from doorstep.flows.compose import Contained
from doorstep.flows.order_import import run as importer
from doorstep.returns import queries as returns
from doorstep.returns.values import ReturnFilter
from doorstep.stock import queries as stock
from tests.factories import make_ctx, make_location, make_variants, receive
from tests.orders_import.files import UCI_HEADER, imported, imported_uci, profile, uci, write

pytestmark = pytest.mark.django_db

BOUGHT_AND_CANCELLED = [
    uci("536365", "85123A", "6", "2.55", at="2010-12-01 08:26:00"),
    uci("536365", "85123a", "4", "2.55", at="2010-12-01 08:26:00"),
    uci("536365", "POST", "1", "18.0", at="2010-12-01 08:26:00"),
    uci("536400", "85123A", "3", "2.55", at="2010-12-03 08:26:00"),
    uci("C536500", "85123A", "-3", "2.55", at="2010-12-04 08:26:00"),
    uci("C536501", "85123A", "-5", "2.55", at="2010-12-05 08:26:00"),
    uci("C536502", "85123A", "-5", "2.55", at="2010-12-06 08:26:00"),
    uci("C536503", "85123A", "-1", "2.55", "", at="2010-12-06 08:26:00"),
    uci("536600", "85123A", "50", "2.55", at="2010-12-09 08:26:00"),
    uci("536700", "22720", "2", "1.00", "", at="2010-12-09 08:26:00"),
    uci("536701", "22720", "2", "1.00", "", at="2010-12-09 08:26:00"),
    uci("536702", "22720", "-7", "0.0", "", title="damaged"),
]


def everything_holds() -> None:
    assert invariants.check(all_invariants()) == []


def links(ctx: Ctx) -> dict[str, tuple[str, int] | None]:
    """Cancellation -> (order, units of the line that it belongs to)."""
    found = db.dicts(
        """SELECT c.external_id, o.external_id AS sold, l.qty FROM orders_cancelledline c
             LEFT JOIN orders_orderline l ON l.id = c.order_line_id LEFT JOIN orders_order o ON o.id = l.order_id
            WHERE c.organisation_id = %s""",
        [ctx.organisation_id],
    )
    return {line["external_id"]: (line["sold"], line["qty"]) if line["sold"] else None for line in found}


def counts(ctx: Ctx) -> dict[str, int]:
    tables = (
        "orders_order", "orders_orderline", "orders_cancelledline", "stock_movement", "stock_item", "base_arrival",
        "catalog_variant", "customers_customer", "channels_connection", "locations_location", "base_event",
        "returns_return", "returns_line",
    )  # fmt: skip
    return {t: db.scalar(f"SELECT count(*) FROM {t} WHERE organisation_id = %s", [ctx.organisation_id]) for t in tables}


def test_past_sales_of_a_bundle_move_what_is_in_it_and_the_file_still_adds_up(tmp_path: Path) -> None:
    ctx = make_ctx()
    make_location(ctx, "SEL1", "KR")
    variants = make_variants(ctx, ["GIFT", "A", "B"], currency="GBP")
    compose.set_components(ctx, variant_id=variants["GIFT"], contents=[Contained("A", 2), Contained("B", 1)])
    rows = [
        uci("536365", "GIFT", "3", "10.01", at="2010-12-01 08:26:00"),
        uci("536365", "A", "1", "2.55", at="2010-12-01 08:26:00"),
        uci("C536500", "GIFT", "-1", "10.01", at="2010-12-04 08:26:00"),
    ]
    result = imported_uci(ctx, tmp_path, rows)
    assert result.rows == {"sale": 2, "cancellation": 1, "not_a_product": 0, "refused": 0}
    assert result.summary.adds_up
    moved = db.dicts(
        """SELECT v.sku, m.reason, sum(m.on_hand)::int AS units FROM stock_movement m
             JOIN catalog_variant v ON v.id = m.variant_id WHERE m.organisation_id = %s AND m.reason <> 'opening_balance'
            GROUP BY 1, 2 ORDER BY 1, 2""",
        [ctx.organisation_id],
    )
    assert [tuple(line.values()) for line in moved] == [
        ("A", "cancellation", 2), ("A", "past_sale", -7), ("B", "cancellation", 1), ("B", "past_sale", -3),
    ]  # fmt: skip
    values = db.column("SELECT value_minor FROM orders_cancelledline WHERE organisation_id = %s", [ctx.organisation_id])
    assert sum(values) == 1001
    everything_holds()


def test_past_sales_leave_stock_as_it_was_and_cancellations_put_it_back(tmp_path: Path) -> None:
    ctx = make_ctx()
    seoul = make_location(ctx, "SEL1", "KR")
    result = imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED)
    assert result.rows == {"sale": 6, "cancellation": 4, "not_a_product": 1, "refused": 1}
    assert result.summary.adds_up
    ledger = db.dicts(
        """SELECT v.sku, m.kind, m.reason, sum(m.on_hand)::int AS units FROM stock_movement m
             JOIN catalog_variant v ON v.id = m.variant_id WHERE m.organisation_id = %s AND m.location_id = %s
            GROUP BY 1, 2, 3 ORDER BY 1, 2""",
        [ctx.organisation_id, seoul],
    )
    assert [tuple(line.values()) for line in ledger] == [
        ("22720", "receipt", "opening_balance", 4),
        ("22720", "sale", "past_sale", -4),
        ("85123A", "receipt", "opening_balance", 63),
        ("85123A", "return", "cancellation", 14),
        ("85123A", "sale", "past_sale", -63),
    ]
    assert {row.on_hand for row in stock.list_pool(ctx)} == {14}
    everything_holds()


def test_a_cancellation_belongs_to_the_latest_earlier_sale_with_so_many_units_left(tmp_path: Path) -> None:
    ctx = make_ctx()
    result = imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED)
    assert links(ctx) == {
        "C536500": ("536400", 3),
        "C536501": ("536365", 6),
        "C536502": None,
        "C536503": None,
    }
    assert result.summary.cancellations_unmatched == 2


def test_cancellations_that_stand_before_their_sale_in_the_file_find_it_too(tmp_path: Path) -> None:
    ctx = make_ctx()
    result = imported_uci(ctx, tmp_path, list(reversed(BOUGHT_AND_CANCELLED)))
    assert result.summary.cancellations_unmatched == 2
    assert {key for key, sold in links(ctx).items() if sold} == {"C536500", "C536501"}
    everything_holds()


def test_cancellations_with_a_sale_are_returns_of_the_past(tmp_path: Path) -> None:
    ctx = make_ctx()
    result = imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED)

    made = returns.list_returns(ctx, where=ReturnFilter())
    assert result.summary.returns_new == 2
    assert [(r.name, r.goods, r.money, r.historical, r.units) for r in made] == [
        ("R1002", "processed", "none", True, 5),
        ("R1001", "processed", "none", True, 3),
    ]
    assert {line.reason for line in returns.lines_of(ctx, return_ids=[r.id for r in made])} == {"unknown"}
    assert result.summary.unmatched is not None
    listed = result.summary.unmatched.read_text(encoding="utf-8").splitlines()
    assert listed[1:] == [
        "C536502,1,85123A,5,12.75,GBP,2010-12-06T08:26:00+00:00",
        "C536503,1,85123A,1,2.55,GBP,2010-12-06T08:26:00+00:00",
    ]
    [sold] = [r for r in made if r.name == "R1001"]
    assert [x.left for x in returns.returnable(ctx, order_id=sold.order_id)] == [0]
    everything_holds()


def test_a_sale_that_comes_later_makes_the_return_later(tmp_path: Path) -> None:
    ctx = make_ctx()
    [sale, *_] = BOUGHT_AND_CANCELLED
    assert imported_uci(ctx, tmp_path, [uci("C1", "85123A", "-2", "2.55", at="2010-12-05 08:26:00")]).summary.returns_new == 0
    again = imported_uci(ctx, tmp_path, [sale]).summary

    assert (again.returns_new, again.cancellations_unmatched, again.unmatched) == (1, 0, None)
    [row] = returns.list_returns(ctx, where=ReturnFilter())
    assert (row.order_name, row.units) == ("536365", 2)
    everything_holds()


def test_a_second_run_finds_everything_here_and_reports_the_same(tmp_path: Path) -> None:
    ctx = make_ctx()
    first = imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED)
    before = counts(ctx)
    second = imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED)
    after = counts(ctx)
    assert second.rows == first.rows
    assert second.report == first.report
    assert (second.summary.orders_new, second.summary.orders_here_already) == (0, 5)
    assert second.summary.adds_up
    assert after == before
    everything_holds()


def test_customers_are_told_apart_and_guests_are_not_thrown_together(tmp_path: Path) -> None:
    ctx = make_ctx()
    imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED)
    names = db.column(
        "SELECT name FROM customers_customer WHERE organisation_id = %s ORDER BY name", [ctx.organisation_id]
    )
    assert names == ["Customer 17850", "Guest 536700", "Guest 536701"]


def test_the_report_holds_every_refused_row_as_it_came(tmp_path: Path) -> None:
    rows = [
        uci("1", "A", "1", "1.00"),
        uci("1", "B", "1", "0.001", title=" =cmd|' /C calc'!A0 "),
        uci("", "C", "1", "1.00"),
    ]
    result = imported_uci(make_ctx(), tmp_path, rows)
    assert [(line["row"], line["code"], line["reason"]) for line in result.report] == [
        ("3", "bad_price", "“0.001” is not an amount in GBP."),
        ("4", "order_id_missing", "The order number is empty."),
    ]
    assert [[line[c] for c in UCI_HEADER] for line in result.report] == rows[1:]
    assert result.rows == {"sale": 1, "cancellation": 0, "not_a_product": 0, "refused": 2}
    assert result.summary.adds_up


def test_the_report_runs_no_formula_and_reads_as_the_file_did(tmp_path: Path) -> None:
    ctx = make_ctx()
    titles = ["=HYPERLINK(\"http://x\")", "+82 10", "@SUM(A1)", "-2+3", "-2.50", "'s-Hertogenbosch"]
    rows = [uci(str(n), "A", "1", "0.001", title=title) for n, title in enumerate(titles)]
    first = imported_uci(ctx, tmp_path, rows)
    shown = ["'=HYPERLINK(\"http://x\")", "'+82 10", "'@SUM(A1)", "'-2+3", "-2.50", "'s-Hertogenbosch"]
    assert [line["Description"] for line in first.report] == shown
    again = imported(
        ctx,
        (tmp_path / "refused.csv").rename(tmp_path / "again.csv"),
        profile("uci-online-retail"),
        historical=True,
    )
    assert [line["Description"] for line in again.report] == shown


def test_an_order_that_comes_again_with_other_contents_is_refused(tmp_path: Path) -> None:
    ctx = make_ctx()
    imported_uci(ctx, tmp_path, [uci("1", "A", "1", "1.00")])
    result = imported_uci(ctx, tmp_path, [uci("1", "A", "2", "1.00"), uci("2", "A", "1", "1.00")])
    assert [line["code"] for line in result.report] == ["came_before"]
    assert db.column(
        "SELECT qty FROM orders_orderline WHERE organisation_id = %s ORDER BY id", [ctx.organisation_id]
    ) == [1, 1]
    everything_holds()


def test_an_order_that_was_refused_comes_in_once_it_is_corrected(tmp_path: Path) -> None:
    ctx = make_ctx()
    assert imported_uci(ctx, tmp_path, [uci("1", "A", "x", "1.00")]).rows["refused"] == 1
    assert imported_uci(ctx, tmp_path, [uci("1", "A", "1", "1.00")]).rows["sale"] == 1
    again = imported_uci(ctx, tmp_path, [uci("1", "A", "1", "1.00")])
    assert (again.rows["sale"], again.summary.orders_here_already) == (1, 1)
    told = [(row.outcome, row.detail["external_id"]) for row in arrivals.list_recent(ctx)]
    assert told == [("processed", "1"), ("refused", "1")]


def test_rows_of_an_order_need_not_stand_together(tmp_path: Path) -> None:
    ctx = make_ctx()
    rows = [uci(str(n % 7), f"S{n}", "1", "1.00") for n in range(70)]
    result = imported_uci(ctx, tmp_path, rows)
    assert (result.summary.orders_new, result.rows["sale"]) == (7, 70)


def test_a_batch_that_fails_leaves_nothing_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = make_ctx()
    monkeypatch.setattr(importer, "BATCH_ORDERS", 3)
    whole = importer.batches.take_in
    left = iter([True, True, False])

    def broken(*args: object) -> object:
        taken = whole(*args)  # type: ignore[arg-type]
        if not next(left):
            raise KeyboardInterrupt
        return taken

    rows = [uci(str(n), "A", "1", "1.00") for n in range(12)] + [
        uci("C99", "A", "-1", "1.00", at="2010-12-02 08:00:00")
    ]
    monkeypatch.setattr(importer.batches, "take_in", broken)
    with pytest.raises(KeyboardInterrupt):
        imported_uci(ctx, tmp_path, rows)
    assert not (tmp_path / "refused.csv").exists()
    monkeypatch.setattr(importer.batches, "take_in", whole)
    result = imported_uci(ctx, tmp_path, rows)
    assert result.summary.orders_new + result.summary.orders_here_already == 12
    assert db.scalar("SELECT count(*) FROM orders_order WHERE organisation_id = %s", [ctx.organisation_id]) == 12
    assert stock.list_pool(ctx)[0].on_hand == 1
    everything_holds()


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    ctx = make_ctx()
    before = counts(ctx)
    dry = imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED, dry_run=True)
    assert counts(ctx) == before
    real = imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED)
    assert dry.rows == real.rows
    assert dry.report == real.report
    assert dry.summary.adds_up


def test_two_brands_import_the_same_file_side_by_side(tmp_path: Path) -> None:
    one, other = make_ctx(), make_ctx()
    imported_uci(one, tmp_path, BOUGHT_AND_CANCELLED)
    imported_uci(other, tmp_path, BOUGHT_AND_CANCELLED)
    assert counts(one) == counts(other)
    everything_holds()


LIVE = ["order_id", "placed_at", "email", "name", "sku", "quantity", "unit_price", "currency", "city", "country"]


def live(number: str, sku: str, qty: str) -> list[str]:
    return [
        number,
        "2026-11-20T10:00:00+09:00",
        "Kim@example.com",
        "김민준",
        sku,
        qty,
        "12000",
        "KRW",
        "서울",
        "대한민국",
    ]


def test_live_orders_take_stock_or_are_held_and_unknown_products_wait_to_be_mapped(tmp_path: Path) -> None:
    ctx = make_ctx()
    seoul = make_location(ctx, "SEL1", "KR")
    sku = make_variants(ctx, ["MUG"], currency="KRW", price="12000")
    receive(ctx, sku["MUG"], seoul, 3)
    path = write(tmp_path / "orders.csv", LIVE, [live("1", "MUG", "2"), live("2", "MUG", "2"), live("3", "NIX", "1")])
    dry = imported(ctx, path, profile(), dry_run=True)
    result = imported(ctx, path, profile())
    assert (dry.report, result.report) == ([], [])
    assert dry.summary.unmapped == result.summary.unmapped == {"NIX"}
    assert result.summary.adds_up
    held = db.dicts(
        "SELECT name, on_hold, total_minor, country FROM orders_order WHERE organisation_id = %s ORDER BY id",
        [ctx.organisation_id],
    )
    assert held == [
        {"name": "1", "on_hold": False, "total_minor": 24000, "country": "KR"},
        {"name": "2", "on_hold": True, "total_minor": 24000, "country": "KR"},
        {"name": "3", "on_hold": True, "total_minor": 12000, "country": "KR"},
    ]
    assert stock.pool_of(ctx, variant_ids=[sku["MUG"]])[sku["MUG"]].committed == 2
    [waits] = db.column("SELECT sku FROM channels_listing WHERE organisation_id = %s AND variant_id IS NULL", [ctx.organisation_id])
    assert waits == "NIX"
    again = imported(ctx, path, profile())
    assert (again.summary.orders_new, again.summary.orders_here_already, again.report) == (0, 3, [])
    everything_holds()


def test_what_is_said_once_per_order_may_stand_on_one_row_only(tmp_path: Path) -> None:
    ctx = make_ctx()
    seoul = make_location(ctx, "SEL1", "KR")
    for made in make_variants(ctx, ["MUG", "CUP"], currency="KRW", price="12000").values():
        receive(ctx, made, seoul, 9)
    header = [*LIVE, "taxes_included", "payment_state"]
    whole = [*live("A1", "MUG", "1"), "no", "pending"]
    bare = ["A1", "", "", "", "CUP", "1", "12000", "KRW", "", "", "", ""]
    late = [["A2", *bare[1:]], ["A2", *whole[1:]]]
    path = write(tmp_path / "orders.csv", header, [whole, bare, *late])
    result = imported(ctx, path, profile())
    assert result.report == []
    assert result.summary.adds_up
    kept = db.dicts(
        """SELECT o.external_id, country, taxes_included, payment_state, o.placed_at = '2026-11-20T10:00:00+09:00' AS then,
                  (SELECT count(*) FROM orders_orderline l WHERE l.order_id = o.id) AS lines
             FROM orders_order o WHERE o.organisation_id = %s ORDER BY 1""",
        [ctx.organisation_id],
    )
    same = {"country": "KR", "taxes_included": False, "payment_state": "pending", "then": True, "lines": 2}
    assert kept == [{"external_id": "A1", **same}, {"external_id": "A2", **same}]
    everything_holds()


def test_an_order_without_any_country_says_that_it_is_missing(tmp_path: Path) -> None:
    ctx = make_ctx()
    rows = [[*live("A1", "MUG", "1")[:-1], ""], [*live("A1", "CUP", "1")[:-1], ""]]
    result = imported(ctx, write(tmp_path / "orders.csv", LIVE, rows), profile())
    assert [(line["row"], line["code"]) for line in result.report] == [("2", "country_missing"), ("3", "country_missing")]
    assert {line["reason"] for line in result.report} == {"No row of the order names a country."}


def test_an_order_without_any_date_is_told_so_and_not_that_nothing_is_no_date(tmp_path: Path) -> None:
    rows = [uci("1", "A", "1", "1.25", at=""), uci("1", "B", "1", "1.25", at=""), uci("2", "A", "1", "1.25", at="soon")]
    rows += [uci("3", "A", "1", "1.25", at=""), uci("3", "B", "1", "1.25", at="later")]
    result = imported_uci(make_ctx(), tmp_path, rows)
    codes = ["date_missing", "date_missing", "bad_date", "date_missing", "bad_date"]
    assert [line["code"] for line in result.report] == codes
    assert result.report[0]["reason"] == "No row of the order that can be read says when it was placed."
    assert "“" not in result.report[0]["reason"]
    everything_holds()


def test_a_past_order_keeps_its_date_where_the_row_that_says_it_is_refused(tmp_path: Path) -> None:
    rows = [uci("1", "A", "x", "1.25"), uci("1", "B", "1", "1.25", at=""), uci("2", "B", "1", "1.25", at="")]
    result = imported_uci(make_ctx(), tmp_path, rows)
    assert [(line["row"], line["code"]) for line in result.report] == [("2", "bad_quantity"), ("4", "date_missing")]
    assert result.summary.adds_up
    everything_holds()


def test_a_location_that_is_not_here_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    ctx = make_ctx()
    with pytest.raises(Refused) as refused:
        imported_uci(ctx, tmp_path, BOUGHT_AND_CANCELLED, location="MOON")
    assert refused.value.code == "no_location"
    assert counts(ctx)["orders_order"] == 0


def test_a_source_of_its_own_keeps_equal_order_numbers_apart(tmp_path: Path) -> None:
    ctx = make_ctx()
    imported_uci(ctx, tmp_path, [uci("1", "A", "1", "1.00")])
    result = imported_uci(ctx, tmp_path, [uci("1", "A", "2", "1.00")], source="old shop")
    assert result.summary.orders_new == 1
    assert db.scalar("SELECT count(*) FROM customers_customer WHERE organisation_id = %s", [ctx.organisation_id]) == 2


def test_another_profile_name_is_another_source(tmp_path: Path) -> None:
    ctx = make_ctx()
    path = write(tmp_path / "orders.csv", UCI_HEADER, [uci("1", "A", "1", "1.00")])
    using = profile("uci-online-retail")
    imported(ctx, path, using, historical=True)
    result = imported(ctx, path, replace(using, name="other"), historical=True)
    assert result.summary.orders_new == 1
