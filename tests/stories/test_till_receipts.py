"""Receipts of a shop: numbered without a gap, with the tax that their prices contain, also of what goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows.return_in_shop import Back, pay_out, take_back
from doorstep.flows.sell_in_shop import SaleLine, sell
from doorstep.orders import queries as orders
from doorstep.payments.till import paper, vouchers
from doorstep.payments.till.paper import DocumentRow, Paper
from doorstep.payments.till.tax import Taxed, after_discount, by_rate, contained, given_back
from doorstep.payments.till.values import Given, TillKind, VoucherRow
from tests.factories import Brand, make_brand, receive, together
from tests.over_the_counter import make_shop, open_till, sale

GERMAN = Paper("Haus GmbH", "DE123456789", "Danke", {"": 1900, "Books": 700})


def in_shop(heading: Paper = GERMAN) -> tuple[Brand, int]:
    """A shop that sells A at the rate of all things and B as a book."""
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    db.execute(
        """UPDATE catalog_product SET category = 'Books' WHERE id = (SELECT product_id FROM catalog_variant WHERE id = %s)""",
        [brand.variants["B"]],
    )
    for sku in ("A", "B"):
        receive(brand.ctx, brand.variants[sku], shop, 9)
    open_till(brand.ctx, shop)
    paper.set_paper(brand.ctx, location_id=shop, paper=heading)
    return brand, shop


def issued(brand: Brand, order_id: int) -> list[DocumentRow]:
    return paper.documents_of(brand.ctx, order_ids=[order_id])


def give_back(brand: Brand, shop: int, order_id: int, sku: str, qty: int, key: str) -> int:
    line = next(one for one in orders.lines_of(brand.ctx, order_ids=[order_id]) if one.sku == sku)
    back = take_back(brand.ctx, location_id=shop, back=Back(order_id, {line.id: qty}, "changed_mind"), key=key)
    return pay_out(brand.ctx, location_id=shop, return_id=back.return_id, kind=TillKind.CASH)


@pytest.mark.parametrize(
    ("gross", "rate", "tax"), [(1190, 1900, 190), (1000, 1900, 160), (11_000, 1000, 1000), (1, 1900, 0), (3, 1900, 0), (4, 1900, 1),
                               (1000, 0, 0), (1055, 550, 55), (0, 1900, 0)],
)  # fmt: skip
def test_a_price_contains_its_tax_rounded_half_up(gross: int, rate: int, tax: int) -> None:
    assert contained(gross, rate) == tax


def test_a_discount_on_the_whole_sale_lowers_every_rate_to_the_cent() -> None:
    assert after_discount([1000, 500], 100) == [933, 467]
    assert by_rate([(1900, 933), (700, 467)]) == (Taxed(1900, 933, 149), Taxed(700, 467, 31))
    assert by_rate([(1900, 933), (None, 467)]) == ()  # nothing is said where something is not known


def test_parts_that_go_back_sum_to_the_tax_of_the_sale() -> None:
    sold = by_rate([(1900, 1000)])
    before: list[Taxed] = []
    for gross in (333, 333, 334):
        before += given_back(sold, before, {1900: gross})
    assert [one.tax_minor for one in before] == [-53, -54, -53]
    assert sum(one.tax_minor for one in before) == -sold[0].tax_minor == -160


@pytest.mark.django_db
def test_a_sale_and_what_goes_back_have_receipts_with_tax_and_numbers_in_turn() -> None:
    brand, shop = in_shop()
    first = sell(brand.ctx, sale=sale(shop, ("A", 2), ("B", 1)))
    assert first.document is not None
    assert (first.document.called, first.document.name, first.document.registration) == ("HBF-000001", "Haus GmbH", "DE123456789")
    assert first.document.taxes == (Taxed(1900, 2000, 319), Taxed(700, 1000, 65))
    assert orders.get(brand.ctx, id=first.order_id).tax_minor == 384

    with pytest.raises(Refused):  # a sale that is not booked takes no number
        sell(brand.ctx, sale=sale(shop, ("A", 1), given=[Given(TillKind.CASH, 1)]))
    second = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    assert second.document is not None
    assert second.document.called == "HBF-000002"
    booked = orders.get(brand.ctx, id=second.order_id).order
    again = sell(brand.ctx, sale=sale(shop, ("A", 1), client_id=booked.external_id))
    assert (again.again, again.document) == (True, second.document)

    paper.set_paper(brand.ctx, location_id=shop, paper=Paper("Another GmbH", "DE9", "", {"": 2000}))
    assert give_back(brand, shop, first.order_id, "A", 1, "back-0001") == 1000
    assert give_back(brand, shop, first.order_id, "B", 1, "back-0002") == 1000
    assert give_back(brand, shop, first.order_id, "A", 1, "back-0003") == 1000
    rows = issued(brand, first.order_id)
    assert [(row.kind, row.called, row.total_minor) for row in rows] == [
        ("sale", "HBF-000001", 3000), ("refund", "HBF-000003", -1000), ("refund", "HBF-000004", -1000),
        ("refund", "HBF-000005", -1000),
    ]  # fmt: skip
    assert [row.taxes for row in rows[1:]] == [(Taxed(1900, -1000, -160),), (Taxed(700, -1000, -65),), (Taxed(1900, -1000, -159),)]
    assert (rows[0].name, rows[1].name) == ("Haus GmbH", "Another GmbH")  # what was issued stays as it was
    assert sum(row.tax_minor for row in rows) == 0
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


@pytest.mark.django_db
def test_a_shop_that_says_nothing_of_tax_prints_none_and_rates_are_checked() -> None:
    brand, shop = in_shop(Paper("", "", "§ 19 UStG", {}))
    sold = sell(brand.ctx, sale=sale(shop, ("A", 1)))
    assert sold.document is not None
    assert (sold.document.taxes, sold.document.footer) == ((), "§ 19 UStG")
    assert orders.get(brand.ctx, id=sold.order_id).tax_minor == 0
    for rates in ({"": -1}, {"": 5001}, {"Books": 700}):
        with pytest.raises(Refused):
            paper.set_paper(brand.ctx, location_id=shop, paper=Paper(rates=rates))
    assert paper.paper_of(brand.ctx, location_id=shop).footer == "§ 19 UStG"


@pytest.mark.django_db
def test_a_discount_is_taxed_where_it_falls() -> None:
    brand, shop = in_shop()
    one = sale(shop, ("A", 1), ("B", 1), discount_minor=300, reason="worn")
    lines = (SaleLine("A", 1, 1000, 100, "scratched"), SaleLine("B", 1, 1000))
    given = (Given(TillKind.CASH, 1600),)
    sold = sell(brand.ctx, sale=type(one)(one.client_id, shop, lines, given, one.sold_at, 300, "worn"))
    assert sold.document is not None
    assert [(t.gross_minor, t.tax_minor) for t in sold.document.taxes] == [(758, 121), (842, 55)]


def credit_of(brand: Brand, shop: int, qty: int = 2, key: str = "back-0001") -> VoucherRow:
    """Store credit for so many things that were sold and came back."""
    sold = sell(brand.ctx, sale=sale(shop, ("A", qty)))
    line = orders.lines_of(brand.ctx, order_ids=[sold.order_id])[0]
    taken = take_back(brand.ctx, location_id=shop, back=Back(sold.order_id, {line.id: qty}, "changed_mind"), key=key)
    assert pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.VOUCHER) == qty * 1000
    assert pay_out(brand.ctx, location_id=shop, return_id=taken.return_id, kind=TillKind.VOUCHER) == 0
    [voucher] = vouchers.granted_for(brand.ctx, call_ids=[call.id for call in taken.calls])
    return voucher


@pytest.mark.django_db
def test_store_credit_is_spent_in_parts_and_never_more_than_is_left() -> None:
    brand, shop = in_shop()
    voucher = credit_of(brand, shop)
    assert (voucher.amount_minor, voucher.balance_minor, voucher.expires_on, len(voucher.code)) == (2000, 2000, None, 16)
    typed = voucher.called.lower().replace("-", " ")
    part = [Given(TillKind.VOUCHER, 700, code=typed), Given(TillKind.CASH, 300)]
    bought = sell(brand.ctx, sale=sale(shop, ("B", 1), given=part))
    assert [row.balance_minor for row in vouchers.spent_on(brand.ctx, order_id=bought.order_id)] == [1300]

    more = [Given(TillKind.VOUCHER, 1301, code=voucher.code), Given(TillKind.CASH, 699)]
    with pytest.raises(Refused) as spent:
        sell(brand.ctx, sale=sale(shop, ("A", 2), given=more))
    assert (spent.value.code, spent.value.facts["balance"]) == ("till_voucher_spent", Money(1300, "EUR"))
    with pytest.raises(Refused) as unknown:
        sell(brand.ctx, sale=sale(shop, ("A", 1), given=[Given(TillKind.VOUCHER, 1000, code="ABCD-EFGH")]))
    assert unknown.value.code == "till_no_voucher"
    again = vouchers.find(brand.ctx, code=voucher.code)
    assert again is not None
    assert again.balance_minor == 1300
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


@pytest.mark.django_db
def test_store_credit_is_over_after_the_day_that_the_shop_said() -> None:
    brand, shop = in_shop(Paper(rates={}, voucher_days=10))
    voucher = credit_of(brand, shop)
    assert voucher.expires_on == (brand.ctx.now + timedelta(days=10)).date()
    given = [Given(TillKind.VOUCHER, 1000, code=voucher.code)]
    late = replace(brand.ctx, now=brand.ctx.now + timedelta(days=11))
    with pytest.raises(Refused) as over:
        sell(late, sale=sale(shop, ("B", 1), given=given))
    assert over.value.code == "till_voucher_expired"
    assert sell(replace(late, now=late.now - timedelta(days=1)), sale=sale(shop, ("B", 1), given=given)).order_id


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("races")
def test_two_tills_spend_the_same_credit_once() -> None:
    brand, shop = in_shop()
    voucher = credit_of(brand, shop, qty=1)

    def spend() -> object:
        return sell(brand.ctx, sale=sale(shop, ("B", 1), given=[Given(TillKind.VOUCHER, 1000, code=voucher.code)]))

    answers = together(spend, spend, spend)
    assert sorted(getattr(one, "code", "sold") for one in answers) == ["sold", "till_voucher_spent", "till_voucher_spent"], answers
    left = vouchers.find(brand.ctx, code=voucher.code)
    assert left is not None
    assert left.balance_minor == 0
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []
