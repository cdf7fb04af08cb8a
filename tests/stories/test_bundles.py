"""Bundles: opened when the order is placed, their money to the cent, their units from the shelves of their components."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from doorstep.base import db
from doorstep.base.money import Money, digits_of
from doorstep.base.refusals import Refused
from doorstep.catalog import actions as catalog
from doorstep.catalog import bundles as made_of
from doorstep.flows import compose, edit_order, intake
from doorstep.flows.compose import Contained
from doorstep.flows.edit_order import Added, Edit
from doorstep.orders import queries
from doorstep.orders.opening import Part, open_line
from doorstep.orders.placing import Accepted, Duplicate, NotAccepted
from doorstep.orders.values import LineDraft, LineRow
from doorstep.payments import queries as money
from doorstep.payments import rules as money_rules
from doorstep.stock import bundles as stock
from doorstep.stock import queries as pool
from tests.audit import assert_all_holds
from tests.factories import Brand, draft, make_brand, make_variants, place, receive

pytestmark = pytest.mark.django_db


def make_set(brand: Brand, sku: str = "SET", price: str = "30.00", **contents: int) -> int:
    """A bundle of two A and one B, or of what is given."""
    variant = make_variants(brand.ctx, [sku], price=price)[sku]
    parts = [Contained(name, qty) for name, qty in (contents or {"A": 2, "B": 1}).items()]
    assert compose.set_components(brand.ctx, variant_id=variant, contents=parts)
    return variant


def lines_of(brand: Brand, order_id: int) -> list[LineRow]:
    return queries.lines_of(brand.ctx, order_ids=[order_id])


def committed(brand: Brand) -> dict[str, int]:
    rows = pool.pool_of(brand.ctx, variant_ids=list(brand.variants.values()))
    return {sku: rows[id].committed for sku, id in brand.variants.items()}


def test_a_bundle_is_opened_when_the_order_is_placed() -> None:
    brand = make_brand(stock_each=10)
    bundle = make_set(brand)
    sold = replace(draft([("SET", 2), ("C", 1)]), lines=[
        LineDraft("SET", 2, Money(2500, "EUR"), "Gift set", 501), LineDraft("C", 1, Money(1000, "EUR"), "Thing C"),
    ])  # fmt: skip
    [order_id] = place(brand.ctx, sold)

    a, b, c = lines_of(brand, order_id)
    assert [(x.sku, x.qty, x.total_minor) for x in (a, b, c)] == [("A", 4, 2999), ("B", 2, 1500), ("C", 1, 1000)]
    assert [(x.unit_price_minor, x.discount_minor) for x in (a, b)] == [(834, 337), (834, 168)]
    assert {x.bundle_id for x in (a, b)} == {a.bundle_id}
    assert (a.bundle_sku, a.bundle_title, a.bundle_qty, a.bundle_price_minor, a.bundle_number) == (
        "SET", "Gift set", 2, 2500, 1,
    )  # fmt: skip
    assert (a.bundle_each, b.bundle_each, c.bundle_id) == (2, 1, None)
    detail = queries.get(brand.ctx, id=order_id)
    assert (detail.order.units, detail.order.total_minor) == (7, 5499)
    assert committed(brand) == {"A": 4, "B": 2, "C": 1}
    assert pool.movements_of(brand.ctx, variant_id=bundle) == []
    assert_all_holds()


def test_the_same_order_again_is_told_by_what_was_sent_even_after_the_bundle_changed() -> None:
    brand = make_brand()
    bundle = make_set(brand)
    sent = draft([("SET", 1)], external_id="1001")
    [order_id] = place(brand.ctx, sent)
    compose.set_components(brand.ctx, variant_id=bundle, contents=[Contained("C", 1)])

    assert intake.accept(brand.ctx, [sent]) == [Duplicate(order_id)]
    assert [line.sku for line in lines_of(brand, order_id)] == ["A", "B"]
    [later] = place(brand.ctx, draft([("SET", 1)]))
    assert [line.sku for line in lines_of(brand, later)] == ["C"]
    assert_all_holds()


def test_two_lines_of_one_bundle_stay_two_groups() -> None:
    brand = make_brand()
    make_set(brand)
    [order_id] = place(brand.ctx, draft([("SET", 1), ("SET", 1)]))
    assert [(x.sku, x.bundle_number) for x in lines_of(brand, order_id)] == [("A", 1), ("B", 1), ("A", 2), ("B", 2)]


def test_two_lines_share_one_component_of_a_bundle() -> None:
    """medusa #16502: each line was looked at for itself, so that together they promised more than there was."""
    brand = make_brand(stock_each=2)  # four of each
    make_set(brand, "PAIR", A=2, B=1)
    make_set(brand, "TRIO", A=3, C=1)
    [answer] = intake.accept(brand.ctx, [draft([("PAIR", 1), ("TRIO", 1)])])
    assert isinstance(answer, Accepted)
    assert answer.short_of == ("A",)
    assert committed(brand) == {"A": 0, "B": 0, "C": 0}
    assert_all_holds()


def test_a_component_sold_singly_and_inside_a_bundle_is_one_demand() -> None:
    brand = make_brand(stock_each=2)
    make_set(brand, A=2, B=1)
    short, fits = intake.accept(brand.ctx, [draft([("SET", 2), ("A", 1)]), draft([("SET", 1), ("A", 2)])])
    assert isinstance(short, Accepted)
    assert short.short_of == ("A",)
    assert isinstance(fits, Accepted)
    assert fits.short_of == ()
    assert committed(brand) == {"A": 4, "B": 1, "C": 0}
    assert_all_holds()


def test_orders_of_one_batch_share_what_bundles_hold() -> None:
    brand = make_brand(stock_each=2)
    make_set(brand, A=2, B=1)
    answers = intake.accept(brand.ctx, [draft([("SET", 1)]), draft([("A", 1)]), draft([("SET", 1)])])
    assert [a.short_of for a in answers if isinstance(a, Accepted)] == [(), (), ("A",)]


def test_past_orders_are_opened_too_and_promise_nothing() -> None:
    brand = make_brand()
    make_set(brand)
    [answer] = intake.accept(brand.ctx, [draft([("SET", 1)])], historical=True)
    assert isinstance(answer, Accepted)
    assert [line.sku for line in lines_of(brand, answer.order_id)] == ["A", "B"]
    assert committed(brand) == {"A": 0, "B": 0, "C": 0}
    assert_all_holds()


def test_more_units_than_an_order_can_have_are_refused_and_spoil_no_neighbour() -> None:
    brand = make_brand()
    make_set(brand, A=100)
    much = draft([("SET", 1_000_000)] * 11)
    refused, fine = intake.accept(brand.ctx, [much, draft()])
    assert isinstance(refused, NotAccepted)
    assert refused.refusal.code == "too_many_units"
    assert isinstance(fine, Accepted)


def test_an_edit_opens_the_bundle_it_adds_and_changes_one_only_as_a_whole() -> None:
    brand = make_brand(stock_each=10)
    make_set(brand, price="10.01")
    [order_id] = place(brand.ctx, draft([("C", 1)]))
    edit_order.apply(brand.ctx, order_id=order_id, version=1, edit=Edit(added=(Added("SET", 3),)))

    _, a, b = lines_of(brand, order_id)
    assert [(x.sku, x.qty, x.bundle_qty, x.bundle_number) for x in (a, b)] == [("A", 6, 3, 1), ("B", 3, 3, 1)]
    assert a.total_minor + b.total_minor == 3003
    assert committed(brand) == {"A": 6, "B": 3, "C": 1}

    with pytest.raises(Refused) as refused:
        edit_order.apply(brand.ctx, order_id=order_id, version=2, edit=Edit(qty={a.id: 4}))
    assert refused.value.code == "bundle_in_part"
    assert lines_of(brand, order_id)[1:] == [a, b]

    edit_order.apply(brand.ctx, order_id=order_id, version=2, edit=Edit(qty={a.id: 4, b.id: 2}))
    _, a, b = lines_of(brand, order_id)
    assert (a.qty, b.qty, a.bundle_qty) == (4, 2, 2)
    assert a.total_minor + b.total_minor == 2002
    assert committed(brand) == {"A": 4, "B": 2, "C": 1}
    assert_all_holds()

    edit_order.apply(brand.ctx, order_id=order_id, version=3, edit=Edit(qty={a.id: 0, b.id: 0}))
    assert [line.sku for line in lines_of(brand, order_id)] == ["C"]
    assert db.scalar("SELECT count(*) FROM orders_orderbundle") == 0
    assert_all_holds()


def test_an_added_bundle_is_promised_as_a_whole_or_waits_as_a_whole() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["C"], brand.berlin, 5)
    receive(brand.ctx, brand.variants["B"], brand.berlin, 5)
    make_set(brand)
    [order_id] = place(brand.ctx, draft([("C", 1)]))
    effects = edit_order.apply(brand.ctx, order_id=order_id, version=1, edit=Edit(added=(Added("SET", 1),)))
    assert effects.short == {brand.variants["A"]: 2, brand.variants["B"]: 1}
    assert committed(brand) == {"A": 0, "B": 0, "C": 1}
    receive(brand.ctx, brand.variants["A"], brand.berlin, 2)
    assert_all_holds()


def test_a_variant_with_stock_cannot_become_a_bundle() -> None:
    brand = make_brand()
    with pytest.raises(Refused) as refused:
        compose.set_components(brand.ctx, variant_id=brand.variants["C"], contents=[Contained("A", 1)])
    assert refused.value.code == "has_stock"
    assert db.scalar("SELECT count(*) FROM catalog_component") == 0


def test_a_variant_that_open_orders_wait_for_cannot_become_a_bundle() -> None:
    brand = make_brand()
    variant = make_variants(brand.ctx, ["SET"])["SET"]
    place(brand.ctx, draft([("SET", 1)], external_id="77"))
    with pytest.raises(Refused) as refused:
        compose.set_components(brand.ctx, variant_id=variant, contents=[Contained("A", 1)])
    assert refused.value.facts == {"sku": "SET", "orders": "#77"}


def test_a_bundle_has_no_stock_of_its_own() -> None:
    brand = make_brand()
    bundle = make_set(brand)
    with pytest.raises(Refused) as refused:
        receive(brand.ctx, bundle, brand.berlin, 1)
    assert refused.value.code == "is_a_bundle"
    assert refused.value.facts == {"sku": "SET", "components": "2 × A, 1 × B"}
    assert pool.levels_of(brand.ctx, variant_ids=[bundle]) == []


def test_what_a_bundle_may_hold() -> None:
    brand = make_brand()
    bundle = make_set(brand)
    other = make_variants(brand.ctx, ["OTHER"])["OTHER"]

    def refusal(variant: int, *contents: tuple[str, int]) -> str:
        with pytest.raises(Refused) as refused:
            compose.set_components(
                brand.ctx, variant_id=variant, contents=[Contained(sku, qty) for sku, qty in contents]
            )
        return refused.value.code

    assert refusal(other, ("SET", 1)) == "bundle_in_bundle"
    assert refusal(other, ("OTHER", 1)) == "bundle_in_bundle"
    assert refusal(other, ("?", 1)) == "no_component"
    assert refusal(other, ("A", 1), ("A", 1)) == "invalid"
    assert refusal(other, ("A", 0)) == "invalid"
    assert refusal(other, ("A", 101)) == "invalid"
    catalog.archive_variant(brand.ctx, variant_id=brand.variants["C"])
    assert refusal(other, ("C", 1)) == "off_sale_component"
    assert db.scalar("SELECT count(*) FROM catalog_component") == 2
    assert not compose.set_components(brand.ctx, variant_id=bundle, contents=[Contained("A", 2), Contained("B", 1)])
    assert compose.set_components(brand.ctx, variant_id=bundle, contents=[])
    receive(brand.ctx, bundle, brand.berlin, 1)
    with pytest.raises(Refused):
        made_of.set_components(brand.ctx, variant_id=bundle, units={bundle: 1})
    assert_all_holds()


def test_a_component_is_not_archived_while_bundles_on_sale_need_it() -> None:
    brand = make_brand()
    bundle = make_set(brand)
    with pytest.raises(Refused) as refused:
        catalog.archive_variant(brand.ctx, variant_id=brand.variants["A"])
    assert refused.value.facts == {"sku": "A", "bundles": "SET"}
    catalog.archive_variant(brand.ctx, variant_id=bundle)
    catalog.archive_variant(brand.ctx, variant_id=brand.variants["A"])
    catalog.archive_variant(brand.ctx, variant_id=bundle, archived=False)
    assert stock.available_of(brand.ctx, variant_ids=[bundle]) == {bundle: 0}


def test_a_bundle_is_available_as_often_as_its_scarcest_component_allows() -> None:
    brand = make_brand(stock_each=0)
    bundle = make_set(brand)
    a, b = brand.variants["A"], brand.variants["B"]
    receive(brand.ctx, a, brand.berlin, 7)
    receive(brand.ctx, b, brand.berlin, 9)
    assert stock.available_of(brand.ctx, variant_ids=[bundle, a, b, 999_999]) == {bundle: 3, a: 7, b: 9, 999_999: 0}
    place(brand.ctx, draft([("A", 2)]))
    assert stock.available_of(brand.ctx, variant_ids=[bundle]) == {bundle: 2}


def test_components_come_back_singly_and_all_of_them_sum_to_what_was_paid() -> None:
    brand = make_brand()
    make_set(brand, A=2, B=1, C=3)
    sold = replace(draft([("SET", 3)], discount_minor=7), lines=[LineDraft("SET", 3, Money(1001, "EUR"), "", 2)])
    [order_id] = place(brand.ctx, sold)
    bill = money.bill_of(brand.ctx, order_id=order_id)
    gone: Counter[int] = Counter()
    refunded = 0
    for _ in range(9):
        for line in lines_of(brand, order_id):
            if gone[line.id] < line.qty:
                refunded += money_rules.quote(bill, back={line.id: 1}, before=gone).total_minor
                gone[line.id] += 1
    assert sum(gone.values()) == 18
    assert refunded == 3 * 1001 - 2 - 7


parts = st.lists(
    st.tuples(st.integers(0, 10**7), st.integers(1, 100), st.sampled_from(["KRW", "USD", "KWD"])),
    min_size=1,
    max_size=20,
)


@given(parts=parts, qty=st.integers(1, 10**6), price=st.integers(0, 10**8), off=st.integers(0, 10**9))
@settings(max_examples=300)
@pytest.mark.parametrize("currency", ["KRW", "USD", "KWD"])
def test_what_a_bundle_cost_is_shared_to_the_last_unit(
    currency: str, parts: list[tuple[int, int, str]], qty: int, price: int, off: int
) -> None:
    assert digits_of(currency) in (0, 2, 3)
    sold = LineDraft("SET", qty, Money(price, currency), "Set", min(off, price * qty))
    inside = [Part(n, f"C{n}", "", each, Money(cost, in_)) for n, (cost, each, in_) in enumerate(parts, start=1)]
    lines = open_line(sold, variant_id=99, number=1, parts=inside)
    totals = [line.unit_price.minor * line.qty - line.discount_minor for line in lines]
    assert sum(totals) == price * qty - sold.discount_minor
    assert min(totals) >= 0
    assert all(line.discount_minor >= 0 and line.qty == p.each * qty for line, p in zip(lines, inside, strict=True))


orders = st.lists(
    st.lists(st.tuples(st.sampled_from(["A", "B", "PAIR", "TRIO"]), st.integers(1, 3)), min_size=1, max_size=4),
    min_size=1,
    max_size=6,
)
INSIDE = {"A": {"A": 1}, "B": {"B": 1}, "PAIR": {"A": 2, "B": 1}, "TRIO": {"A": 1, "B": 1, "C": 1}}


class Demand(TestCase):
    @given(orders=orders, each=st.integers(0, 8))
    @settings(max_examples=40, deadline=None)
    def test_demand_equals_that_of_a_slow_twin(self, orders: list[list[tuple[str, int]]], each: int) -> None:
        brand = make_brand(stock_each=each)
        make_set(brand, "PAIR", A=2, B=1)
        make_set(brand, "TRIO", A=1, B=1, C=1)
        answers = intake.accept(brand.ctx, [draft(lines) for lines in orders])
        left, taken, served = Counter(dict.fromkeys("ABC", 2 * each)), Counter[str](), []
        for lines in orders:
            wanted: Counter[str] = Counter()
            for sku, qty in lines:
                for part, units in INSIDE[sku].items():
                    wanted[part] += units * qty
            served.append(all(left[sku] >= qty for sku, qty in wanted.items()))
            if served[-1]:
                left -= wanted
                taken += wanted
        assert [not a.short_of for a in answers if isinstance(a, Accepted)] == served
        assert committed(brand) == {sku: taken[sku] for sku in "ABC"}
        assert_all_holds()
