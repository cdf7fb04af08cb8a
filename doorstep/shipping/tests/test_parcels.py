"""Parcels and labels: one label per parcel, one number per label, each settled once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.flows import ship
from doorstep.shipping import actions, queries
from doorstep.shipping.port import Bought, Declined
from doorstep.shipping.values import LabelRow, ParcelFilter
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, make_brand, make_ctx, packed, together

pytestmark = pytest.mark.django_db


def sold(number: str = "601000000135") -> Bought:
    return Bought(f"shp-{number}", number, "DE10-3-A17", "STANDARD", Money(590, "EUR"))


def carrier(ctx: Ctx, code: str = "c") -> int:
    return actions.connect_carrier(
        ctx, code=code, name="Carrier", provider="sandbox_carrier", settings={"url": "http://x"}
    )


def test_a_carrier_is_reached_at_a_web_address_whoever_says_it() -> None:
    ctx = make_ctx()
    with pytest.raises(Refused, match=r"api\.example\.com"):
        actions.connect_carrier(ctx, code="c", name="C", provider="sandbox_carrier", settings={"url": "nowhere"})
    assert queries.list_carriers(ctx) == []
    id = carrier(ctx)
    with pytest.raises(Refused, match=r"api\.example\.com"):
        actions.set_carrier_settings(ctx, id=id, settings={"url": "http://x y"})
    actions.set_carrier_settings(ctx, id=id, settings={"url": " https://y/ "})
    assert queries.get_carrier(ctx, carrier_id=id).settings["url"] == "https://y"


def wanted(brand: Brand) -> LabelRow:
    """A packed parcel whose label is wished for."""
    [parcel] = packed(brand.ctx, draft())
    [label] = actions.want_label(brand.ctx, parcel_ids=[parcel], carrier_id=carrier(brand.ctx))
    return queries.get_label(brand.ctx, label_id=label)


def labelled(brand: Brand) -> LabelRow:
    label = wanted(brand)
    actions.begin(brand.ctx, label_id=label.id, service="STANDARD")
    assert actions.settle_label(brand.ctx, label_id=label.id, answer=sold())
    return queries.get_label(brand.ctx, label_id=label.id)


def told(brand: Brand, parcel_id: int) -> list[str]:
    order_id = queries.get_parcel(brand.ctx, parcel_id=parcel_id).order_id
    events = reversed(outbox.timeline(brand.ctx, of=[f"order:{order_id}"]))
    return [e.type for e in events if e.type.startswith(("label.", "parcel."))]


def test_a_parcel_is_wished_one_label_and_its_job_is_deferred_once() -> None:
    brand = make_brand()
    label = wanted(brand)
    assert (label.state, label.asked_times, label.tracking_number) == ("wanted", 0, "")
    assert actions.want_label(brand.ctx, parcel_ids=[label.parcel_id], carrier_id=label.carrier_id) == []
    assert db.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle_label'") == 1
    assert told(brand, label.parcel_id) == ["parcel.packed", "label.wanted"]
    assert_all_holds()


def test_the_database_itself_refuses_a_second_live_label() -> None:
    brand = make_brand()
    label = wanted(brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        db.execute(
            """INSERT INTO shipping_label (organisation_id, parcel_id, key, state, carrier_id, service, vendor_id,
                      tracking_number, sort_code, cost_minor, cost_currency, problem, wanted_at, asked_times)
               SELECT organisation_id, parcel_id, 'other', 'wanted', carrier_id, '', '', '', '', 0, '', '', wanted_at, 0
                 FROM shipping_label WHERE id = %s""",
            [label.id],
        )


def test_a_bought_label_puts_its_number_on_the_parcel_once() -> None:
    brand = make_brand()
    label = labelled(brand)
    assert not actions.settle_label(brand.ctx, label_id=label.id, answer=sold("601000000999"))
    assert not actions.settle_label(brand.ctx, label_id=label.id, answer=Declined("late"))
    assert not actions.settle_label(brand.ctx, label_id=label.id, answer=None, problem="late")
    parcel = queries.get_parcel(brand.ctx, parcel_id=label.parcel_id)
    assert (parcel.state, parcel.tracking_number, parcel.service) == ("labelled", "601000000135", "STANDARD")
    now = queries.get_label(brand.ctx, label_id=label.id)
    assert (now.state, now.cost_minor, now.cost_currency, now.settled_at) == ("bought", 590, "EUR", NOW)
    assert not actions.begin(brand.ctx, label_id=label.id, service="EXPRESS")
    assert told(brand, parcel.id) == ["parcel.packed", "label.wanted", "label.bought"]
    assert_all_holds()


def test_silence_is_unknown_told_once_and_can_still_be_settled() -> None:
    brand = make_brand()
    label = wanted(brand)
    actions.begin(brand.ctx, label_id=label.id, service="STANDARD")
    assert actions.settle_label(brand.ctx, label_id=label.id, answer=None, problem="ReadTimeout")
    assert not actions.settle_label(brand.ctx, label_id=label.id, answer=None, problem="ReadTimeout")
    unknown = queries.get_label(brand.ctx, label_id=label.id)
    assert (unknown.state, unknown.problem, unknown.settled_at) == ("unknown", "ReadTimeout", None)
    assert actions.want_label(brand.ctx, parcel_ids=[label.parcel_id], carrier_id=label.carrier_id) == []
    assert actions.settle_label(brand.ctx, label_id=label.id, answer=sold())
    assert told(brand, label.parcel_id)[-2:] == ["label.unknown", "label.bought"]
    assert_all_holds()


def test_a_declined_wish_leaves_the_parcel_free_for_another() -> None:
    brand = make_brand()
    label = wanted(brand)
    assert actions.settle_label(brand.ctx, label_id=label.id, answer=Declined("zip: unknown"))
    assert queries.get_label(brand.ctx, label_id=label.id).problem == "zip: unknown"
    assert queries.get_parcel(brand.ctx, parcel_id=label.parcel_id).state == "packed"
    [again] = actions.want_label(brand.ctx, parcel_ids=[label.parcel_id], carrier_id=label.carrier_id)
    assert queries.get_label(brand.ctx, label_id=again).key != label.key
    assert_all_holds()


def test_a_packed_parcel_told_of_twice_gets_no_second_wish_after_a_person_voided_the_first() -> None:
    """Events are delivered at least once; what was declined or voided waits for somebody to decide."""
    brand = make_brand()
    label = wanted(brand)
    actions.want_void(brand.ctx, parcel_ids=[label.parcel_id])
    order_id = queries.get_parcel(brand.ctx, parcel_id=label.parcel_id).order_id
    packed_event = [e for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type == "parcel.packed"]
    ship.want_label(brand.ctx, packed_event)
    assert [row.state for row in queries.labels_of(brand.ctx, parcel_ids=[label.parcel_id])] == ["voided"]


def test_a_parcel_without_a_label_is_not_handed_over() -> None:
    brand = make_brand()
    label = wanted(brand)
    with pytest.raises(Refused, match="no_label"):
        actions.hand_over(brand.ctx, parcel_ids=[label.parcel_id])
    assert queries.get_parcel(brand.ctx, parcel_id=label.parcel_id).state == "packed"


def test_a_cancelled_parcel_gives_its_label_back() -> None:
    brand = make_brand()
    label = labelled(brand)
    assert actions.cancel_parcels(brand.ctx, parcel_ids=[label.parcel_id]) == [label.parcel_id]
    assert actions.cancel_parcels(brand.ctx, parcel_ids=[label.parcel_id]) == []
    assert queries.get_label(brand.ctx, label_id=label.id).void_wanted_at == NOW
    actions.settle_void(brand.ctx, label_id=label.id, taken_back=True)
    actions.settle_void(brand.ctx, label_id=label.id, taken_back=False)
    assert queries.get_label(brand.ctx, label_id=label.id).state == "voided"
    assert told(brand, label.parcel_id)[-2:] == ["parcel.cancelled", "label.voided"]


def test_a_wish_that_nobody_asked_for_ends_with_its_parcel() -> None:
    brand = make_brand()
    label = wanted(brand)
    actions.cancel_parcels(brand.ctx, parcel_ids=[label.parcel_id])
    assert queries.get_label(brand.ctx, label_id=label.id).state == "voided"
    assert not actions.begin(brand.ctx, label_id=label.id, service="STANDARD")


def test_a_label_bought_while_its_parcel_was_cancelled_is_to_be_given_back() -> None:
    brand = make_brand()
    label = wanted(brand)
    actions.begin(brand.ctx, label_id=label.id, service="STANDARD")
    actions.cancel_parcels(brand.ctx, parcel_ids=[label.parcel_id])
    assert actions.settle_label(brand.ctx, label_id=label.id, answer=sold())
    parcel = queries.get_parcel(brand.ctx, parcel_id=label.parcel_id)
    now = queries.get_label(brand.ctx, label_id=label.id)
    assert (parcel.state, parcel.tracking_number) == ("cancelled", "")
    assert (now.state, now.void_wanted_at) == ("bought", NOW)
    assert queries.find_unsettled(older_than=NOW + timedelta(minutes=1)) == [(brand.ctx.organisation_id, label.id)]


def test_parcels_are_found_by_number_order_and_recipient() -> None:
    brand = make_brand()
    label = labelled(brand)
    order = db.scalar("SELECT name FROM orders_order")
    for text in ("601000000135", "60100", order, "민서", "김민서 6010"):
        found = queries.list_parcels(brand.ctx, where=ParcelFilter(text=text))
        assert [p.id for p in found] == [label.parcel_id], text
    assert queries.list_parcels(brand.ctx, where=ParcelFilter(text="nobody")) == []
    assert queries.list_parcels(brand.ctx, where=ParcelFilter(state="handed_over")) == []


def test_a_stranger_sees_and_moves_nothing() -> None:
    brand, stranger = make_brand(), make_ctx()
    label = labelled(brand)
    assert queries.list_parcels(stranger, where=ParcelFilter()) == []
    assert queries.parcels_by_id(stranger, ids=[label.parcel_id]) == {}
    assert actions.hand_over(stranger, parcel_ids=[label.parcel_id]) == []
    assert actions.cancel_parcels(stranger, parcel_ids=[label.parcel_id]) == []
    with pytest.raises(Refused, match="not_found"):
        actions.settle_void(stranger, label_id=label.id, taken_back=True)
    assert queries.get_parcel(brand.ctx, parcel_id=label.parcel_id).state == "labelled"


def test_the_key_of_a_wish_is_like_no_other_installations() -> None:
    """Two installations, or one set up anew, may use the same carrier account."""
    brand = make_brand()
    label = wanted(brand)
    assert label.key != f"label-{brand.ctx.organisation_id}-{label.parcel_id}-1"


@pytest.mark.django_db(transaction=True)
def test_eight_that_wish_at_once_make_one_wish() -> None:
    brand = make_brand()
    [parcel] = packed(brand.ctx, draft())
    by = carrier(brand.ctx)
    answers = together(*[lambda: actions.want_label(brand.ctx, parcel_ids=[parcel], carrier_id=by)] * 8)
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert sum(len(a) for a in answers if isinstance(a, list)) == 1
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_kept() -> None:
    brand = make_brand()
    label = wanted(brand)
    answers = together(
        *[
            lambda n=n: actions.settle_label(brand.ctx, label_id=label.id, answer=sold(f"60100000{n:04}"))
            for n in range(6)
        ]  # type: ignore[misc]
    )
    assert sorted(map(str, answers)) == ["False"] * 5 + ["True"]
    kept = queries.get_label(brand.ctx, label_id=label.id).tracking_number
    assert queries.get_parcel(brand.ctx, parcel_id=label.parcel_id).tracking_number == kept
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_and_a_purchase_at_once_leave_no_label_on_a_parcel_that_stays() -> None:
    for _ in range(5):
        brand = make_brand()
        label = wanted(brand)
        actions.begin(brand.ctx, label_id=label.id, service="STANDARD")
        together(
            lambda: actions.settle_label(brand.ctx, label_id=label.id, answer=sold(f"6{label.id:011}")),  # noqa: B023
            lambda: actions.cancel_parcels(brand.ctx, parcel_ids=[label.parcel_id]),  # noqa: B023
        )
        parcel = queries.get_parcel(brand.ctx, parcel_id=label.parcel_id)
        now = queries.get_label(brand.ctx, label_id=label.id)
        assert (parcel.state, now.state) == ("cancelled", "bought")
        assert now.void_wanted_at is not None
