"""The work list of parcels in trouble, codes that nobody knows, and numbers that are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doorstep.flows import exceptions, ship
from doorstep.shipping import actions as shipping
from doorstep.shipping import carriers, queries
from doorstep.shipping.port import GoesTo, Scan
from doorstep.shipping.values import TrackingStatus, Trouble
from doorstep.tasks import queries as tasks
from doorstep.tasks.queries import OfKinds
from tests.factories import NOW, Brand, draft, make_brand, make_ctx, packed, signed_in
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


def in_trouble(*, to: GoesTo | None = None) -> tuple[Brand, int, int]:
    """A parcel whose address its carrier does not find: brand, parcel and task."""
    brand = make_brand()
    [parcel] = packed(brand.ctx, draft())
    buy_label(brand, parcel)
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    at = NOW + timedelta(hours=9)
    told = [Scan("e1", "DS1234567890", TrackingStatus.EXCEPTION, "72", "No such house", "Leipzig", at, None, Trouble.ADDRESS)]
    told += [Scan("e2", "DS1234567890", TrackingStatus.IN_TRANSIT, "21", "Elsewhere", "Newark", at, None, None, to)] if to else []
    told += [Scan("e3", "DS1234567890", TrackingStatus.UNKNOWN, "Q9", "At a partner", "Halle", at)]
    shipping.record_scans(brand.ctx, parcel_id=parcel, scans=told)
    exceptions.react(brand.ctx, [_event(parcel)])
    [row] = tasks.list_of_kinds(brand.ctx, where=OfKinds(exceptions.KINDS))
    return brand, parcel, row.id


def _event(parcel: int) -> object:
    class Told:
        subject_id = parcel
        data: dict[str, str] = {}

    return Told()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_who_looks_sees_what_is_wrong_what_to_do_and_the_words_to_send(language: str) -> None:
    brand, parcel, id = in_trouble(to=GoesTo("US", "10001"))
    client = signed_in(brand.ctx, language=language)

    listed = client.get("/shipments/exceptions/").content.decode()
    one = client.get(f"/shipments/exceptions/{id}/").content.decode()

    assert "DS1234567890" in listed
    assert "No such house" in listed
    assert "10115 Berlin DE" in one  # in the words for the carrier
    assert "Newark" in one  # kept aside
    assert f"/shipments/exceptions/{id}/" in client.get(f"/shipments/{parcel}/").content.decode()
    assert 'class="under"><span class="money">' in one  # what was paid, as the reader writes money
    assert "%(" not in listed + one


def test_a_filter_finds_it_or_not() -> None:
    brand, _, _ = in_trouble()
    client = signed_in(brand.ctx)

    assert b"DS1234567890" in client.get("/shipments/exceptions/?what=exception").content
    assert b"DS1234567890" not in client.get("/shipments/exceptions/?what=late").content
    assert b"DS1234567890" not in client.get("/shipments/exceptions/?view=waiting").content
    assert client.get("/shipments/exceptions/export.csv").status_code == 200


def test_it_waits_until_a_day_and_is_done() -> None:
    brand, _, id = in_trouble()
    client = signed_in(brand.ctx)

    assert client.post(f"/shipments/exceptions/{id}/wait/", {"until": "2020-01-01"}).status_code == 422
    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    assert client.post(f"/shipments/exceptions/{id}/wait/", {"until": day}).status_code == 302
    assert b"DS1234567890" in client.get("/shipments/exceptions/?view=waiting").content
    assert b"DS1234567890" not in client.get("/shipments/exceptions/").content
    assert client.post(f"/shipments/exceptions/{id}/done/", {"outcome": "It was found."}).status_code == 302
    assert tasks.get(brand.ctx, task_id=id).outcome == "It was found."
    assert client.get(f"/shipments/exceptions/{id}/").status_code == 200


def test_a_stranger_and_who_may_only_read_change_nothing() -> None:
    brand, parcel, id = in_trouble()
    stranger = signed_in(make_ctx())

    for path in (f"/shipments/exceptions/{id}/done/", f"/shipments/exceptions/{id}/wait/", f"/shipments/{parcel}/take-back/"):
        assert stranger.post(path, {"until": "2099-01-01"}).status_code == 404
    assert tasks.get(brand.ctx, task_id=id).state == "open"


def test_a_code_is_named_with_one_click() -> None:
    brand, parcel, _ = in_trouble()
    client = signed_in(brand.ctx)
    assert b"Q9" in client.get("/shipments/codes/").content

    given = {"provider": "sandbox_carrier", "code": "Q9", "status": "delivered"}
    assert client.post("/shipments/codes/name/", given).status_code == 302

    assert queries.get_parcel(brand.ctx, parcel_id=parcel).status == "delivered"


def test_a_number_is_typed_and_the_parcel_leaves_in_one_step() -> None:
    brand = make_brand()
    [parcel] = packed(brand.ctx, draft())
    ups = carriers.connect(brand.ctx, code="ups", name="UPS", provider="ups", settings={"client_id": "a", "client_secret": "b"})
    client = signed_in(brand.ctx)
    assert b"type-number" in client.get(f"/shipments/{parcel}/").content

    given = {"carrier": str(ups), "number": "1Z999AA10123456784", "left": "1", "sent_on": "2026-11-20"}
    assert client.post(f"/shipments/{parcel}/number/", given).status_code == 302

    row = queries.get_parcel(brand.ctx, parcel_id=parcel)
    assert (row.state, row.carrier_name, row.tracking_number) == ("handed_over", "UPS", "1Z999AA10123456784")
