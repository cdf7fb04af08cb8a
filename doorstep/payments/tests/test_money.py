"""Grants, credits and ledgers: nothing twice, nothing above what was captured, everything in the ledger."""

from __future__ import annotations

from importlib import import_module

import pytest

from doorstep.base import db, outbox
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, intake
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.values import PaymentState
from doorstep.payments import accounts, actions, queries, rules, settling
from doorstep.payments.port import Told
from doorstep.payments.values import CallRow, CallState, RefundWish
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import Brand, draft, make_brand, make_ctx, place, signed_in, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def paid(brand: Brand, units: int = 3) -> int:
    """An order of so many units at 10.00 that was paid elsewhere."""
    [order_id] = place(brand.ctx, draft([("A", units)]))
    return order_id


def with_us(brand: Brand) -> int:
    """An order of 20.00 that was authorised and captured with us."""
    if not queries.list_accounts(brand.ctx):
        to = {"url": "http://127.0.0.1:9", "token": "x"}
        accounts.connect(brand.ctx, code="p", name="Pay", provider="sandbox_payment", settings=to)
    [order_id] = place(brand.ctx, draft([("A", 2)], payment_state=PaymentState.PENDING, payment_method="pm_card"))
    drain()
    answer(brand, order_id)
    actions.want_capture(brand.ctx, order_id=order_id, key=f"capture:{order_id}")
    answer(brand, order_id)
    return order_id


def answer(brand: Brand, order_id: int, state: CallState = CallState.SUCCEEDED) -> bool:
    """The provider's answer to the newest wish of an order."""
    call = queries.calls_of(brand.ctx, order_ids=[order_id])[0]
    told = Told(call.vendor_key, state, f"op_{call.id}", f"pay_{order_id}", call.amount_minor)
    return settling.settle(brand.ctx, call_id=call.id, told=told)


def grant(brand: Brand, order_id: int, minor: int, key: str) -> CallRow:
    return grant_wish(brand, order_id, RefundWish(amount_minor=minor), key)


def grant_wish(brand: Brand, order_id: int, wish: RefundWish, key: str) -> CallRow:
    return actions.grant_refund(
        brand.ctx, order_id=order_id, wish=wish, key=key, subject="return:12", reason="damaged"
    )


def figures(brand: Brand, order_id: int) -> tuple[int, int, int, int]:
    money = queries.payments_of(brand.ctx, order_ids=[order_id])[order_id]
    return money.captured_minor, money.refunded_minor, money.refund_open_minor, money.refundable_minor


def test_an_order_paid_elsewhere_has_its_money_from_the_start(brand: Brand) -> None:
    assert figures(brand, paid(brand)) == (3000, 0, 0, 3000)
    assert_all_holds()


@pytest.mark.parametrize("state", list(PaymentState))
def test_whatever_state_an_order_comes_in_its_money_says_the_same(brand: Brand, state: PaymentState) -> None:
    place(brand.ctx, draft([("A", 1)], payment_state=state))
    intake.accept(brand.ctx, [draft([("A", 1)], payment_state=state)], historical=True)
    assert_all_holds()


def test_the_same_key_gives_the_same_refund_and_moves_nothing_more(brand: Brand) -> None:
    order_id = paid(brand)
    first = grant(brand, order_id, 1000, "return:12")
    assert grant(brand, order_id, 1000, "return:12") == first
    assert figures(brand, order_id) == (3000, 0, 1000, 2000)
    with pytest.raises(Refused, match="refund_key_reused"):
        grant(brand, order_id, 900, "return:12")
    with pytest.raises(Refused, match="refund_key_reused"):
        grant(brand, paid(brand), 1000, "return:12")
    assert figures(brand, order_id) == (3000, 0, 1000, 2000)


def test_refund_above_the_total_silently_refused(brand: Brand) -> None:
    """Woocommerce #64668: it is refused loudly, with what is left, and nothing moves."""
    order_id = paid(brand)
    grant(brand, order_id, 1000, "a")
    with pytest.raises(Refused) as refused:
        grant(brand, order_id, 2001, "b")
    assert (refused.value.code, refused.value.facts) == (
        "above_refundable",
        {"asked": Money(2001, "EUR"), "left": Money(2000, "EUR")},
    )
    assert figures(brand, order_id) == (3000, 0, 1000, 2000)
    assert len(queries.calls_of(brand.ctx, order_ids=[order_id])) == 1


@pytest.mark.parametrize("minor", [0, -25])
def test_a_refund_of_nothing_or_less_is_refused(brand: Brand, minor: int) -> None:
    order_id = paid(brand)
    with pytest.raises(Refused, match="nothing_to_refund"):
        grant(brand, order_id, minor, "a")
    assert figures(brand, order_id) == (3000, 0, 0, 3000)


def test_what_was_only_authorised_cannot_be_refunded(brand: Brand) -> None:
    [order_id] = place(brand.ctx, draft([("A", 1)], payment_state=PaymentState.AUTHORISED))
    with pytest.raises(Refused, match="above_refundable"):
        grant(brand, order_id, 1, "a")


def test_strangers_find_no_order_to_refund(brand: Brand) -> None:
    order_id = paid(brand)
    stranger = Brand(make_ctx("Stranger"), 0, 0, {})
    with pytest.raises(Refused, match="not_found"):
        grant(stranger, order_id, 1, "a")
    with pytest.raises(Refused, match="not_found"):
        actions.confirm_refund(stranger.ctx, refund_id=grant(brand, order_id, 1, "b").id)
    assert queries.ledger_of(stranger.ctx, order_id=order_id).payment is None


@pytest.mark.django_db(transaction=True)
def test_double_click_refunds_twice(brand: Brand) -> None:
    """Saleor-dashboard #4474: fifty clicks of one form at the same moment refund once."""
    order_id = paid(brand)
    answers = together(*[lambda: grant(brand, order_id, 1000, "page:form")] * 50)
    assert len({answer.id if isinstance(answer, CallRow) else str(answer) for answer in answers}) == 1
    assert figures(brand, order_id) == (3000, 0, 1000, 2000)
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
def test_fifty_grants_at_once_never_exceed_what_was_captured(brand: Brand) -> None:
    order_id = paid(brand)

    def one(number: int) -> CallRow:
        return grant(brand, order_id, 130, f"r{number}")

    answers = together(*[lambda number=n: one(number) for n in range(50)])  # type: ignore[misc]
    granted = [answer for answer in answers if isinstance(answer, CallRow)]
    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert (len(granted), refused) == (23, ["above_refundable"] * 27)
    assert figures(brand, order_id) == (3000, 0, 2990, 10)
    assert_all_holds()


def test_a_failed_refund_can_be_granted_again(brand: Brand) -> None:
    order_id = with_us(brand)
    grant(brand, order_id, 2000, "a")
    answer(brand, order_id, CallState.PENDING)
    assert figures(brand, order_id) == (2000, 0, 2000, 0)
    answer(brand, order_id, CallState.FAILED)
    assert figures(brand, order_id) == (2000, 0, 0, 2000)
    grant(brand, order_id, 2000, "b")
    answer(brand, order_id)
    assert figures(brand, order_id) == (2000, 2000, 0, 0)
    assert order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].payment_state == "refunded"
    assert_all_holds()


def test_late_doubled_and_disordered_answers_change_nothing(brand: Brand) -> None:
    order_id = with_us(brand)
    grant(brand, order_id, 500, "a")
    assert answer(brand, order_id)
    before = queries.ledger_of(brand.ctx, order_id=order_id)
    for state in (CallState.SUCCEEDED, CallState.PENDING, CallState.FAILED):
        assert not answer(brand, order_id, state)
    assert queries.ledger_of(brand.ctx, order_id=order_id) == before
    assert_all_holds()


def test_a_refund_tells_what_it_is_about_on_the_order(brand: Brand) -> None:
    order_id = with_us(brand)
    refund = grant(brand, order_id, 500, "a")
    settling.settle(brand.ctx, call_id=refund.id, told=None, problem="silence")
    answer(brand, order_id)
    told = [e for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type.startswith("refund.")]
    assert [(e.type, e.subject, e.data["about"], e.data["amount_minor"]) for e in told] == [
        ("refund.succeeded", f"refund:{refund.id}", "return:12", 500),
        ("refund.unknown", f"refund:{refund.id}", "return:12", 500),
        ("refund.granted", f"refund:{refund.id}", "return:12", 500),
    ]


def test_a_granted_refund_by_hand_can_be_taken_back_until_it_is_paid_out(brand: Brand) -> None:
    order_id = paid(brand)
    taken, kept = grant(brand, order_id, 1000, "a"), grant(brand, order_id, 500, "b")
    actions.take_back_refund(brand.ctx, refund_id=taken.id)
    assert figures(brand, order_id) == (3000, 0, 500, 2500)
    actions.confirm_refund(brand.ctx, refund_id=kept.id)
    for verb, id in ((actions.take_back_refund, kept.id), (actions.confirm_refund, taken.id)):
        with pytest.raises(Refused, match="refund_not_by_hand"):
            verb(brand.ctx, refund_id=id)
    assert figures(brand, order_id) == (3000, 500, 0, 2500)
    assert_all_holds()


def test_nobody_says_by_hand_what_a_provider_pays(brand: Brand) -> None:
    refund = grant(brand, with_us(brand), 500, "a")
    with pytest.raises(Refused, match="refund_not_by_hand"):
        actions.confirm_refund(brand.ctx, refund_id=refund.id)
    assert queries.get_call(brand.ctx, call_id=refund.id) == refund


def test_units_refunded_or_credited_before_are_left_out_of_the_next_quote(brand: Brand) -> None:
    order_id = paid(brand)
    [line] = queries.bill_of(brand.ctx, order_id=order_id).lines
    assert grant_wish(brand, order_id, RefundWish({line.line_id: 1}), "a").amount_minor == 1000
    customer_id = order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].customer_id
    two = rules.quote(queries.bill_of(brand.ctx, order_id=order_id), back={line.line_id: 1})
    credit = actions.grant_credit(
        brand.ctx, customer_id=customer_id, order_id=order_id, amount_minor=two.total_minor, currency="EUR", key="c",
        subject="return:13", shares=two.shares,
    )  # fmt: skip
    after = queries.bill_of(brand.ctx, order_id=order_id)
    assert (after.before, credit.amount_minor) == ({line.line_id: 2}, 1000)
    with pytest.raises(Refused, match="too_many_units"):
        rules.quote(after, back={line.line_id: 2})
    assert queries.credit_balance(brand.ctx, customer_id=customer_id) == {"EUR": 1000}


def test_the_same_key_gives_the_same_credit(brand: Brand) -> None:
    order_id = paid(brand)
    customer_id = order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].customer_id

    def credit(minor: int) -> int:
        return actions.grant_credit(
            brand.ctx, customer_id=customer_id, order_id=order_id, amount_minor=minor, currency="EUR", key="c",
            subject="return:12",
        ).id  # fmt: skip

    assert credit(700) == credit(700)
    with pytest.raises(Refused, match="refund_key_reused"):
        credit(800)
    assert queries.payments_of(brand.ctx, order_ids=[order_id])[order_id].credited_minor == 700
    assert queries.credit_balance(brand.ctx, customer_id=customer_id) == {"EUR": 700}
    assert_all_holds()


def test_a_cancelled_order_that_was_paid_elsewhere_has_a_refund_for_a_person(brand: Brand) -> None:
    order_id = paid(brand)
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    drain()
    [refund] = queries.calls_of(brand.ctx, order_ids=[order_id])
    assert (refund.amount_minor, refund.word, refund.is_by_hand, refund.reason) == (
        3000,
        "granted",
        True,
        "order_cancelled",
    )
    assert_all_holds()


def test_an_order_nobody_paid_is_voided_when_it_is_cancelled(brand: Brand) -> None:
    [order_id] = place(brand.ctx, draft([("A", 1)], payment_state=PaymentState.PENDING))
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    drain()
    assert order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].payment_state == "voided"
    assert queries.calls_of(brand.ctx, order_ids=[order_id]) == []
    assert_all_holds()


def test_a_method_without_an_account_waits_for_whoever_takes_the_money(brand: Brand) -> None:
    [order_id] = place(brand.ctx, draft([("A", 1)], payment_state=PaymentState.PENDING, payment_method="pm_card"))
    drain()
    assert queries.calls_of(brand.ctx, order_ids=[order_id]) == []
    assert actions.note_paid_elsewhere(brand.ctx, order_id=order_id)
    assert not actions.note_paid_elsewhere(brand.ctx, order_id=order_id)
    assert figures(brand, order_id) == (1000, 0, 0, 1000)
    assert_all_holds()


def test_an_order_says_its_payment_state_only_as_the_table_allows(brand: Brand) -> None:
    order_id = paid(brand)
    assert not orders.set_payment_state(brand.ctx, order_id=order_id, to=PaymentState.AUTHORISED)
    assert order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].payment_state == "paid"


def test_the_dialog_grants_by_units_what_it_showed_before_and_two_clicks_are_one(brand: Brand) -> None:
    order_id = paid(brand)
    [line] = queries.bill_of(brand.ctx, order_id=order_id).lines
    client = signed_in(brand.ctx, "service")
    shown = client.get(f"/orders/{order_id}/refund/quote/", {f"line-{line.line_id}": "2"})
    assert "20.00" in shown.content.decode()
    form = {f"line-{line.line_id}": "2", "wish": "a" * 32, "reason": "damaged"}
    for _ in range(2):
        assert client.post(f"/orders/{order_id}/refund/", form).status_code == 302
    [refund] = queries.calls_of(brand.ctx, order_ids=[order_id])
    assert (refund.amount_minor, refund.reason, refund.shares["lines"][0]["qty"]) == (2000, "damaged", 2)
    assert client.post(f"/orders/{order_id}/refund/", form | {f"line-{line.line_id}": "1"}).status_code == 409
    assert client.post(f"/orders/{order_id}/refunds/{refund.id}/paid-out/").status_code == 302
    assert figures(brand, order_id) == (3000, 2000, 0, 1000)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"amount": "30.01"}, 422),
        ({"amount": "0"}, 422),
        ({"amount": "-25"}, 422),
        ({"amount": "1.234"}, 422),
        ({}, 422),
        ({"shipping": "on", "amount": "1"}, 422),
    ],
)
def test_the_dialog_says_why_it_grants_nothing(brand: Brand, form: dict[str, str], status: int) -> None:
    order_id = paid(brand)
    client = signed_in(brand.ctx)
    assert client.get(f"/orders/{order_id}/refund/quote/", form).status_code == 200
    assert client.post(f"/orders/{order_id}/refund/", form | {"wish": "b" * 32}).status_code == status
    assert figures(brand, order_id) == (3000, 0, 0, 3000)


def test_only_who_may_write_payments_refunds(brand: Brand) -> None:
    order_id = paid(brand)
    client = signed_in(brand.ctx, "warehouse")
    assert client.post(f"/orders/{order_id}/refund/", {"amount": "1", "wish": "c" * 32}).status_code == 403
    page = client.get(f"/orders/{order_id}/").content.decode()
    assert ("do-refund" in page, "refundable" in page) == (False, False)
    assert figures(brand, order_id) == (3000, 0, 0, 3000)


def test_orders_from_before_money_had_a_room_get_it(brand: Brand) -> None:
    for state in PaymentState:
        place(brand.ctx, draft([("A", 1)], payment_state=state))
    before = db.dicts("SELECT order_id, state, captured_minor, refunded_minor FROM payments_payment ORDER BY order_id")
    db.execute("DELETE FROM payments_entry")
    db.execute("DELETE FROM payments_payment")
    db.execute(import_module("doorstep.payments.migrations.0002_money_of_orders_here").OPEN)
    after = db.dicts("SELECT order_id, state, captured_minor, refunded_minor FROM payments_payment ORDER BY order_id")
    assert after == before
    assert_all_holds()


def test_a_declined_method_is_asked_again_once_per_decline(brand: Brand) -> None:
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    accounts.connect(brand.ctx, code="p", name="Pay", provider="sandbox_payment", settings=to)
    [order_id] = place(brand.ctx, draft([("A", 2)], payment_state=PaymentState.PENDING, payment_method="pm_card"))
    drain()
    answer(brand, order_id, CallState.FAILED)
    [declined] = queries.calls_of(brand.ctx, order_ids=[order_id])
    client = signed_in(brand.ctx)
    assert "Ask again" in client.get(f"/orders/{order_id}/").content.decode()
    assert client.post(f"/orders/{order_id}/calls/{declined.id}/again/").status_code == 302
    assert client.post(f"/orders/{order_id}/calls/{declined.id}/again/").status_code == 409
    answer(brand, order_id)
    drain()
    row = order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id]
    assert (row.payment_state, row.on_hold) == ("authorised", False)
    assert_all_holds()


def test_a_failed_capture_waits_for_a_person_until_it_is_asked_again(brand: Brand) -> None:
    to = {"url": "http://127.0.0.1:9", "token": "x"}
    accounts.connect(brand.ctx, code="p", name="Pay", provider="sandbox_payment", settings=to)
    [order_id] = place(brand.ctx, draft([("A", 2)], payment_state=PaymentState.PENDING, payment_method="pm_card"))
    drain()
    answer(brand, order_id)
    actions.want_capture(brand.ctx, order_id=order_id, key="capture:parcel:1")
    answer(brand, order_id, CallState.FAILED)
    [failed] = queries.list_for_people(brand.ctx)
    assert queries.count_for_people(brand.ctx) == 1
    actions.ask_again(brand.ctx, call_id=failed.id)
    assert queries.list_for_people(brand.ctx) == []
    answer(brand, order_id)
    assert figures(brand, order_id) == (2000, 0, 0, 2000)
    assert_all_holds()


def test_what_a_person_has_to_pay_out_stands_on_home_and_in_a_list(brand: Brand) -> None:
    order_id = paid(brand)
    refund = grant(brand, order_id, 1000, "a")
    client = signed_in(brand.ctx, "service")
    assert "Money of one order waits for a person." in client.get("/").content.decode()
    assert f"/orders/{order_id}/refunds/{refund.id}/paid-out/" in client.get("/orders/money/").content.decode()
    done = client.post(f"/orders/{order_id}/refunds/{refund.id}/paid-out/", {"next": "/orders/money/"})
    assert (done.status_code, done["location"]) == (302, "/orders/money/")
    assert "No money waits for a person" in client.get("/orders/money/").content.decode()
