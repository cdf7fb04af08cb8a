"""What was lost or damaged is sent again at no charge: promised like any order, once, and no more than had left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.customers import queries as customers
from doorstep.flows import cancel, edit_order, reship
from doorstep.flows.edit_order import Added, Edit
from doorstep.flows.reship import Reship
from doorstep.messaging import queries as messaging
from doorstep.orders import events, queries, sent_again
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import Address, Buyer
from doorstep.payments import queries as money
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, make_ctx, place, receive, together
from tests.returning import arrived, leave


@pytest.fixture
def brand(db: None) -> Brand:
    return make_brand(stock_each=5)


def sound() -> None:
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def wish(ctx: Ctx, order_id: int, units: dict[str, int], reason: str = "damaged", note: str = "") -> Reship:
    ids = {line.sku: line.id for line in queries.lines_of(ctx, order_ids=[order_id])}
    return Reship({ids[sku]: qty for sku, qty in units.items()}, reason, note)


def available(brand: Brand, sku: str) -> int:
    return stock.pool_of(brand.ctx, variant_ids=[brand.variants[sku]])[brand.variants[sku]].available


def count(ctx: Ctx) -> int:
    return len(queries.list_orders(ctx, where=OrderFilter()))


def test_what_arrived_damaged_is_sent_again_for_nothing_and_to_where_it_went(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3), ("B", 1)], external_id="E90"))
    assert (available(brand, "A"), available(brand, "B")) == (7, 9)

    sent = reship.apply(
        brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 2}, note="The box was crushed."), key="k1"
    )

    row = sent.order.order
    assert (row.name, row.total_minor, row.payment_state, row.tags) == ("#E90-S1", 0, "paid", ["reship"])
    assert [(line.sku, line.qty, line.unit_price_minor) for line in sent.order.lines] == [("A", 2, 0)]
    assert sent.order.ship_to == queries.get(brand.ctx, id=order_id).ship_to
    assert [part.location_id for part in sent.order.fulfilment_orders] == [brand.berlin]
    assert (sent.worth_minor, sent.short) == (2000, ())
    assert (available(brand, "A"), available(brand, "B")) == (5, 9)
    paid = money.ledger_of(brand.ctx, order_id=row.id).payment
    assert paid is not None
    assert (paid.total_minor, paid.captured_minor) == (0, 0)
    [told] = [e for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type == events.ORDER_RESHIPPED]
    assert told.data == {
        "reship_order_id": row.id, "name": "#E90-S1", "reason": "damaged", "note": "The box was crushed.",
        "lines": [{"sku": "A", "qty": 2}],
    }  # fmt: skip
    assert [one.id for one in sent_again.reships_of(brand.ctx, order_id=order_id)] == [row.id]
    assert sent_again.first_of(brand.ctx, order_id=row.id) == order_id
    drain()
    assert [m.template for m in messaging.messages_of(brand.ctx, timelines=[f"order:{row.id}"])] == ["sent_again"]
    sound()


@pytest.mark.parametrize(
    ("language", "subject", "says", "left"),
    [("en", "Order #E90: sent again at no charge",
      "These items of your order #E90 are sent again at no charge, as order #E90-S1. We are getting them ready and will write"
      " again when they leave us.", "It brings items of your order #E90 again, at no charge."),
     ("ko", "주문 #E90: 무료로 다시 보내 드립니다",
      "주문 #E90의 아래 상품을 무료로 다시 보내 드립니다. 주문 번호는 #E90-S1입니다."
      " 지금 준비하고 있으며, 출고되면 다시 알려 드리겠습니다.",
      "주문 #E90의 상품을 무료로 다시 보내 드리는 소포입니다.")],
)  # fmt: skip
def test_its_mails_thank_for_nothing_that_was_not_bought(
    brand: Brand, language: str, subject: str, says: str, left: str
) -> None:
    order = draft([("A", 1)], external_id="E90")
    order_id = arrived(brand.ctx, replace(order, buyer=replace(order.buyer, language=language)))
    sent = reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 1}), key="k1")
    drain()
    leave(brand, sent.order.order.id)

    shipped, confirmed = messaging.messages_of(brand.ctx, timelines=[f"order:{sent.order.order.id}"])
    assert (confirmed.template, confirmed.subject, shipped.template) == ("sent_again", subject, "shipped")
    assert says in confirmed.text
    assert left in shipped.text
    first = messaging.messages_of(brand.ctx, timelines=[f"order:{order_id}"])[-1]
    assert (first.template, says in first.text) == ("confirmed", False)


def test_a_buyer_without_any_address_gets_it_as_the_same_customer(brand: Brand) -> None:
    order = draft([("A", 1)])
    order_id = arrived(brand.ctx, replace(order, buyer=Buyer(name="Nobody"), ship_to=replace(order.ship_to, phone="")))

    sent = reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 1}), key="k1")

    assert sent.order.order.customer_id == queries.get(brand.ctx, id=order_id).order.customer_id
    assert len(customers.list_customers(brand.ctx)) == 1
    sound()


def test_a_preview_says_what_the_act_does_and_moves_nothing(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3)]))
    chosen = wish(brand.ctx, order_id, {"A": 1})

    seen = reship.preview(brand.ctx, order_id=order_id, reship=chosen)
    assert (available(brand, "A"), count(brand.ctx)) == (7, 1)
    done = reship.apply(brand.ctx, order_id=order_id, reship=chosen, key="k1")

    assert (seen.worth_minor, seen.short) == (done.worth_minor, done.short) == (1000, ())
    assert seen.order.order.name == done.order.order.name
    places = [part.location_id for part in seen.order.fulfilment_orders]
    assert places == [part.location_id for part in done.order.fulfilment_orders] == [brand.berlin]
    assert (available(brand, "A"), count(brand.ctx)) == (6, 2)


def test_the_same_wish_sends_once_even_when_two_click_at_the_same_moment(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3)]))
    chosen = wish(brand.ctx, order_id, {"A": 1})

    first = reship.apply(brand.ctx, order_id=order_id, reship=chosen, key="k1")
    again = reship.apply(brand.ctx, order_id=order_id, reship=chosen, key="k1")

    assert again.order.order.id == first.order.order.id
    assert (available(brand, "A"), count(brand.ctx)) == (6, 2)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_send_the_last_units_again_at_once_send_them_once() -> None:
    made = make_brand(stock_each=5)
    order_id = arrived(made.ctx, draft([("A", 1)]))
    chosen = wish(made.ctx, order_id, {"A": 1})

    answers = together(*(
        lambda key=key: reship.apply(made.ctx, order_id=order_id, reship=chosen, key=key) for key in ("k1", "k2")
    ))  # fmt: skip

    assert sorted(type(one).__name__ for one in answers) == ["Refused", "Sent"]
    assert [one.refusal.code for one in answers if isinstance(one, Refused)] == ["all_sent_again"]
    assert available(made, "A") == 8
    sound()


def test_what_there_is_too_little_of_waits_for_stock(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3)]))
    place(brand.ctx, draft([("A", 5)]))
    assert available(brand, "A") == 2

    seen = reship.preview(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 3}))
    sent = reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 3}), key="k1")

    assert seen.short == sent.short == ("A",)
    assert [hold.reason for hold in sent.order.holds] == ["inventory_out_of_stock"]
    assert available(brand, "A") == 2
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    drain()
    assert queries.get(brand.ctx, id=sent.order.order.id).holds == []
    sound()


@pytest.mark.parametrize(
    ("units", "reason", "code"),
    [({"A": 3}, "damaged", "too_many_to_send"), ({"A": -1}, "lost", "too_many_to_send"), ({}, "lost", "nothing_to_send"),
     ({"A": 0}, "lost", "nothing_to_send"), ({"A": 1}, "because", "invalid")],
)  # fmt: skip
def test_what_cannot_be_sent_again_is_refused_and_nothing_moves(
    brand: Brand, units: dict[str, int], reason: str, code: str
) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3)]))
    reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 1}), key="k0")
    before = (available(brand, "A"), count(brand.ctx))

    for act in (
        lambda: reship.preview(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, units, reason)),
        lambda: reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, units, reason), key="k1"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.refusal.code == code
    assert (available(brand, "A"), count(brand.ctx)) == before


def test_what_has_not_left_is_not_sent_again(brand: Brand) -> None:
    [order_id] = place(brand.ctx, draft([("A", 1)]))

    with pytest.raises(Refused) as refused:
        reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 1}), key="k1")

    assert refused.value.refusal.code == "not_shipped"
    assert (available(brand, "A"), count(brand.ctx)) == (9, 1)


def test_a_parcel_called_off_can_be_sent_again_and_what_is_lost_twice_too(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)], external_id="E91"))
    first = reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 1}), key="k1")
    cancel.cancel(brand.ctx, order_id=first.order.order.id, reason="found")

    second = reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 1}), key="k2")

    assert second.order.order.name == "#E91-S2"
    assert available(brand, "A") == 8
    sound()


@pytest.mark.parametrize("wanted", ["fewer", "more", "none", "added", "discount"])
def test_what_an_order_brings_again_is_not_changed_so_that_what_was_bought_can_come_back(brand: Brand, wanted: str) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3)], external_id="E90"))
    first = reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 2}), key="k1").order
    [line] = first.lines
    edit = {
        "fewer": Edit({line.id: 1}), "more": Edit({line.id: 3}), "none": Edit({line.id: 0}),
        "added": Edit(added=(Added("B", 1, 0),)), "discount": Edit(discount_minor=100),
    }[wanted]  # fmt: skip
    before = (queries.get(brand.ctx, id=first.order.id), available(brand, "A"), available(brand, "B"))

    for do in (edit_order.preview, edit_order.apply):
        with pytest.raises(Refused) as refused:
            do(brand.ctx, order_id=first.order.id, version=first.version, edit=edit)
        assert (refused.value.code, refused.value.facts) == ("brings_again", {"order": "#E90-S1", "first": "#E90"})
    assert (queries.get(brand.ctx, id=first.order.id), available(brand, "A"), available(brand, "B")) == before
    sound()


def test_what_is_sent_again_can_still_go_elsewhere(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3)]))
    sent = reship.apply(brand.ctx, order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 2}), key="k1").order
    to = Address("이서연", ("세종대로 2",), "서울", "KR", "04520")
    same = Edit({sent.lines[0].id: 2}, discount_minor=0, ship_to=to)

    edit_order.apply(brand.ctx, order_id=sent.order.id, version=sent.version, edit=same)

    kept = queries.get(brand.ctx, id=sent.order.id)
    assert (kept.ship_to["city"], kept.order.country, [line.qty for line in kept.lines]) == ("서울", "KR", [2])
    sound()


def test_a_stranger_finds_no_order_to_send_again(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)]))

    with pytest.raises(Refused) as refused:
        reship.apply(make_ctx(), order_id=order_id, reship=wish(brand.ctx, order_id, {"A": 1}), key="k1")

    assert refused.value.refusal.code == "not_found"
    assert count(brand.ctx) == 1
