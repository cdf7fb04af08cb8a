"""Numbers used again, codes that nobody knows, numbers typed by hand, and parcels that are given up: as they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import db, outbox
from doorstep.base.refusals import Refused
from doorstep.flows import ship
from doorstep.shipping import actions, carriers, codes, queries
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.values import TrackingStatus as S
from tests.factories import NOW, Brand, draft, make_brand, packed
from tests.floor import buy_label

pytestmark = pytest.mark.django_db
NUMBER = "DS1234567890"


def left() -> tuple[Brand, int]:
    brand = make_brand()
    [parcel] = packed(brand.ctx, draft())
    buy_label(brand, parcel)
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    return brand, parcel


def tell(brand: Brand, parcel: int, *scans: Scan, days: float = 0) -> set[str]:
    ctx = replace(brand.ctx, now=NOW + timedelta(days=days))
    return actions.record_scans(ctx, parcel_id=parcel, scans=scans)


def scan(days: float, status: S | None = S.IN_TRANSIT, code: str = "x", to: GoesTo | None = None) -> Scan:
    return Scan(f"e-{code}-{days}", NUMBER, status, code, "", "", NOW + timedelta(days=days), goes_to=to)


def kinds(brand: Brand, parcel: int) -> list[str]:
    order = queries.get_parcel(brand.ctx, parcel_id=parcel).order_id
    return [e.type for e in outbox.timeline(brand.ctx, of=[f"order:{order}"])]


def test_the_delivery_of_the_parcel_before_delivers_no_new_one() -> None:
    brand, parcel = left()

    tell(brand, parcel, scan(-100), scan(-98, S.DELIVERED))

    row = queries.get_parcel(brand.ctx, parcel_id=parcel)
    assert (row.status, row.delivered_at, queries.tracking_of(brand.ctx, parcel_ids=[parcel])) == ("pre_transit", None, [])
    assert [e.aside for e in queries.asides_of(brand.ctx, parcel_ids=[parcel])] == ["earlier", "earlier"]
    assert kinds(brand, parcel).count("parcel.scans_set_aside") == 1

    assert tell(brand, parcel, scan(-100), scan(-98, S.DELIVERED)) == set()
    assert kinds(brand, parcel).count("parcel.scans_set_aside") == 1


def test_months_later_the_number_of_somebody_else_does_not_change_an_old_parcel() -> None:
    brand, parcel = left()
    tell(brand, parcel, scan(2, S.DELIVERED), days=2)
    before = queries.get_parcel(brand.ctx, parcel_id=parcel)

    tell(brand, parcel, scan(120), scan(121, S.EXCEPTION), scan(122, S.DELIVERED), scan(130, S.RETURN_TO_SENDER), days=122)

    after = queries.get_parcel(brand.ctx, parcel_id=parcel)
    assert (after.status, after.delivered_at, after.status_at) == (before.status, before.delivered_at, before.status_at)


def test_a_person_takes_back_what_was_set_aside() -> None:
    brand, parcel = left()
    tell(brand, parcel, scan(1, S.OUT_FOR_DELIVERY, to=GoesTo("US", "10001")), days=1)
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "pre_transit"

    actions.vouch(brand.ctx, parcel_id=parcel)
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "out_for_delivery"

    tell(brand, parcel, scan(2, S.DELIVERED, to=GoesTo("US", "10001")), days=2)
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "delivered"


def test_a_code_that_nobody_knows_changes_nothing_and_is_counted_until_the_brand_names_it() -> None:
    brand, parcel = left()
    tell(brand, parcel, scan(1), scan(2, S.UNKNOWN, "Q9"), scan(3, S.UNKNOWN, "Q9"), days=3)
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "in_transit"
    [unknown] = codes.list_unknown(brand.ctx)
    assert (unknown.provider, unknown.raw_code, unknown.seen, unknown.parcels) == ("sandbox_carrier", "Q9", 2, 1)

    with pytest.raises(Refused):
        codes.name(brand.ctx, provider="sandbox_carrier", raw_code="Q9", status="somewhere")
    told = codes.name(brand.ctx, provider="sandbox_carrier", raw_code="Q9", status="available_for_pickup")
    for one in told:
        actions.record_scans(brand.ctx, parcel_id=one, scans=[])

    assert told == [parcel]
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "available_for_pickup"
    assert codes.list_unknown(brand.ctx) == []
    tell(brand, parcel, scan(4, S.UNKNOWN, "Q9"), days=4)
    assert codes.list_unknown(brand.ctx) == []
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status_at == NOW + timedelta(days=4)


def test_what_one_brand_names_another_does_not_read() -> None:
    (brand, parcel), (other, theirs) = left(), left()
    for one, it in ((brand, parcel), (other, theirs)):
        tell(one, it, scan(2, S.UNKNOWN, "Q9"), days=2)

    assert codes.name(brand.ctx, provider="sandbox_carrier", raw_code="Q9", status="delivered") == [parcel]
    assert [u.seen for u in codes.list_unknown(other.ctx)] == [1]


def test_a_number_that_was_bought_elsewhere_is_typed_and_tracked_and_leaves_like_any_other() -> None:
    brand = make_brand()
    [parcel] = packed(brand.ctx, draft())
    ups = carriers.connect(brand.ctx, code="ups", name="UPS", provider="ups", settings={"client_id": "a", "client_secret": "b"})
    assert queries.find_default_carrier(brand.ctx) is None  # it sells nothing

    with pytest.raises(Refused) as refused:
        actions.type_number(brand.ctx, parcel_id=parcel, carrier_id=ups, number="1Z <x>")
    assert refused.value.code == "no_tracking_number"
    actions.type_number(brand.ctx, parcel_id=parcel, carrier_id=ups, number=" 1z 999 aa1 0123456784", service="Ground")
    with pytest.raises(Refused) as refused:
        actions.type_number(brand.ctx, parcel_id=parcel, carrier_id=ups, number="1Z999AA10123456785")
    assert refused.value.code == "parcel_has_a_label"
    ship.hand_over(brand.ctx, parcel_ids=[parcel])

    row = queries.get_parcel(brand.ctx, parcel_id=parcel)
    assert (row.state, row.tracking_number, row.carrier_name, row.service) == ("handed_over", "1Z999AA10123456784", "UPS", "Ground")
    assert "label.bought" not in kinds(brand, parcel)  # nothing of ours is to be printed


def test_who_sends_no_webhooks_is_not_asked_for_them() -> None:
    brand = make_brand()
    ups = carriers.connect(brand.ctx, code="ups", name="UPS", provider="ups", settings={"client_id": "a", "client_secret": "b"})

    assert queries.get_carrier(brand.ctx, carrier_id=ups).subscription_wanted_at is None


def test_what_was_silent_for_weeks_is_given_up_and_taken_up_again_by_a_scan() -> None:
    brand, parcel = left()
    tell(brand, parcel, scan(1), days=1)

    ship.give_up_silent(NOW + timedelta(days=45))
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "in_transit"
    ship.give_up_silent(NOW + timedelta(days=47))
    ship.give_up_silent(NOW + timedelta(days=48))
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "expired"
    assert len(queries.tracking_of(brand.ctx, parcel_ids=[parcel])) == 2

    tell(brand, parcel, scan(50, S.OUT_FOR_DELIVERY), days=50)
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "out_for_delivery"


def test_a_scan_that_is_dated_in_the_future_is_not_waited_for() -> None:
    brand, parcel = left()
    tell(brand, parcel, scan(41), days=2)

    [(silent, heard_at)] = queries.find_silent(brand.ctx, quiet_since=NOW + timedelta(days=5))
    assert (silent.id, heard_at) == (parcel, NOW + timedelta(days=2))
    ship.give_up_silent(NOW + timedelta(days=46))
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "in_transit"
    ship.give_up_silent(NOW + timedelta(days=48))
    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "expired"


def test_a_carrier_that_asked_for_quiet_and_a_parcel_whose_turn_is_later_are_not_asked() -> None:
    brand, parcel = left()
    db.execute("UPDATE shipping_parcel SET told_at = %s WHERE id = %s", [NOW, parcel])
    row = queries.get_parcel(brand.ctx, parcel_id=parcel)
    later = NOW + timedelta(hours=1)
    asked = {"quiet_since": later, "talking_since": later, "quiet_although_talking_since": later}
    mine = (brand.ctx.organisation_id, parcel)
    assert mine in queries.find_quiet(**asked, now=later)

    actions.ask_later(brand.ctx, parcel_id=parcel, at=NOW + timedelta(hours=2))
    assert mine not in queries.find_quiet(**asked, now=later)
    actions.ask_later(brand.ctx, parcel_id=parcel, at=None)
    carriers.be_quiet(brand.ctx, id=row.carrier_id or 0, until=NOW + timedelta(hours=2))
    assert mine not in queries.find_quiet(**asked, now=later)
