"""What befalls orders in a shop, whoever its vendor is: each promise once, through webhook, event and order."""

from __future__ import annotations

import pytest

from doorstep.orders.values import HoldReason
from tests.contracts.channels.stage import Line, Stage


def lacking(stage: Stage, what: str) -> None:
    """Says by name what a vendor's protocol does not have."""
    if what in stage.lacks:
        pytest.skip(f"{stage.connection.provider}: {stage.lacks[what]}")


def test_an_order_that_is_told_twice_and_listed_as_well_is_one(stage: Stage) -> None:
    order = stage.sells(Line("A", 3), Line("B"))
    sent = stage.sent()
    stage.hear([*sent, *sent])
    stage.hear(sent)
    stage.fetch()
    assert set(stage.rows) == {order}
    row = stage.rows[order]
    assert (row.total_minor, row.payment_state) == (4000, "paid")
    assert (stage.units(order), stage.committed()) == ({"A": 3, "B": 1}, {"A": 3, "B": 1})
    assert stage.fetch() == 0


def test_an_older_state_that_comes_after_a_newer_one_changes_nothing(stage: Stage) -> None:
    order = stage.sells(Line("A"))
    older = stage.sent()
    stage.ticks()
    stage.moves(order, city="Hamburg")
    stage.hear(stage.sent())
    stage.hear(older)
    assert stage.goes_to(order)["city"] == "Hamburg"
    assert stage.committed() == {"A": 1}


def test_an_order_that_is_called_off_before_it_comes_is_never_worked_on(stage: Stage) -> None:
    order = stage.sells(Line("A"))
    first = stage.sent()
    stage.ticks()
    stage.calls_off(order)
    stage.hear([*stage.sent(), *first])
    assert [row.state for row in stage.rows.values() if row.state == "open"] == []
    assert stage.committed() == {}


def test_webhooks_that_do_not_come_are_fetched_and_nothing_twice(stage: Stage) -> None:
    """WooCommerce #59381."""
    stage.misbehaves(drop=1)
    orders = {stage.sells(Line("A")), stage.sells(Line("B"))}
    stage.misbehaves()
    orders.add(stage.sells(Line("C")))
    stage.hear()
    assert len(stage.rows) == 1
    assert stage.fetch() >= 2  # what only names an order counts as well
    assert set(stage.rows) == orders
    assert stage.committed() == {"A": 1, "B": 1, "C": 1}
    stage.ticks()
    stage.misbehaves(drop=1)
    stage.calls_off(min(orders))
    stage.fetch()
    assert {id for id, row in stage.rows.items() if row.state == "cancelled"} == {min(orders)}


def test_a_part_that_is_refunded_is_taken_off_with_its_stock_and_its_money(stage: Stage) -> None:
    lacking(stage, "refund")
    order = stage.sells(Line("A", 3), Line("B"))
    stage.hear()
    stage.ticks()
    stage.refunds_one(order, amount="10.00")
    stage.hear()
    stage.fetch()
    assert (stage.units(order), stage.committed()) == ({"A": 2, "B": 1}, {"A": 2, "B": 1})
    assert stage.given_back(order) == [(1000, "succeeded")]
    assert stage.rows[order].payment_state == "partially_refunded"


def test_units_that_are_changed_after_the_order_came_are_changed_here(stage: Stage) -> None:
    lacking(stage, "edit")
    order = stage.sells(Line("A", 3), Line("B"))
    stage.hear()
    stage.ticks()
    stage.takes_one_off(order)
    stage.hear()
    assert (stage.units(order), stage.committed()) == ({"A": 2, "B": 1}, {"A": 2, "B": 1})


def test_an_address_that_is_put_right_after_the_order_came_is_put_right_here(stage: Stage) -> None:
    order = stage.sells(Line("A"))
    stage.hear()
    stage.ticks()
    stage.moves(order, city="Hamburg")
    stage.hear()
    assert stage.goes_to(order)["city"] == "Hamburg"
    assert (stage.units(order), stage.committed()) == ({"A": 1}, {"A": 1})


def test_an_order_that_is_called_off_gives_its_stock_back(stage: Stage) -> None:
    order, other = stage.sells(Line("A", 3)), stage.sells(Line("A"))
    stage.hear()
    assert stage.committed() == {"A": 4}
    stage.ticks()
    stage.calls_off(order)
    stage.hear()
    assert {id: row.state for id, row in stage.rows.items()} == {order: "cancelled", other: "open"}
    assert stage.committed() == {"A": 1}
    stage.fetch()
    assert stage.rows[order].state == "cancelled"


def test_a_line_that_nobody_mapped_is_taken_held_and_named_and_stops_no_other(stage: Stage) -> None:
    """ecommerce_integrations #338."""
    odd, plain = stage.sells(Line("A"), Line("ODD", 2)), stage.sells(Line("B"))
    stage.hear()
    assert stage.units(odd) == {"A": 1, "ODD": 2}
    holds = {hold.reason: hold.detail for hold in stage.order(odd).holds}
    assert holds[HoldReason.OTHER] == {"unmapped": ["ODD"]}
    assert (stage.order(plain).holds, stage.rows[plain].total_minor) == ([], 1000)


@pytest.mark.parametrize(("currency", "price", "minor"), [("KRW", "29050", 29050), ("EUR", "9.99", 999), ("KWD", "1.255", 1255)])
def test_money_is_exact_with_no_two_and_three_decimals(stage: Stage, currency: str, price: str, minor: int) -> None:
    order = stage.sells(Line("A", 3, price), currency=currency)
    stage.hear()
    row = stage.rows[order]
    assert (row.currency, row.total_minor) == (currency, 3 * minor)
    assert [line.unit_price_minor for line in stage.order(order).lines] == [minor]


def test_an_address_without_a_postcode_is_taken_as_it_is(stage: Stage) -> None:
    order = stage.sells(Line("A"), address={"city": "Hong Kong", "postcode": "", "country": "HK"})
    stage.hear()
    to = stage.goes_to(order)
    assert (to["city"], to["postal_code"], to["country"]) == ("Hong Kong", "", "HK")
    assert stage.committed() == {"A": 1}


def test_an_order_of_three_hundred_lines_comes_whole(stage: Stage) -> None:
    order = stage.sells(*(Line(f"X-{n:03d}", 1, "1.01") for n in range(300)))
    stage.hear()
    assert [line.sku for line in stage.order(order).lines] == [f"X-{n:03d}" for n in range(300)]
    assert stage.rows[order].total_minor == 30_300
