"""Who asked not to be told is not told: seen and set by the house, and held on to when everything else is forgotten."""

from __future__ import annotations

import pytest

from doorstep.base import db
from doorstep.flows import notice_choices
from doorstep.messaging import aging
from doorstep.messaging.notices import opt_outs
from doorstep.messaging.notices.values import Way
from doorstep.orders import queries as orders
from tests.api.conftest import Api, make_key, refused
from tests.factories import Brand, draft, make_brand, place, signed_in

pytestmark = pytest.mark.django_db
EMAIL = "minseo@example.com"


def buyer(brand: Brand) -> int:
    [order_id] = place(brand.ctx, draft())
    return orders.get(brand.ctx, id=order_id).order.customer_id


def test_the_house_sees_who_wants_none_notes_it_and_says_who_did() -> None:
    brand = make_brand()
    customer_id, client = buyer(brand), signed_in(brand.ctx, "service", language="en")
    path = f"/customers/{customer_id}/"
    assert "wants notices" in client.get(path).content.decode()
    form = {"way": "mail", "address": EMAIL.upper(), "wants": "0"}
    assert client.post(f"{path}notices/", form).status_code == 302
    page = client.get(path).content.decode()
    assert ("wants none" in page, "Service, " in page, "wants no more notices by" in page) == (True, True, True)
    [choice] = [one for one in notice_choices.of_customer(brand.ctx, customer_id=customer_id) if one.way is Way.MAIL]
    assert choice.last is not None
    assert (choice.wants, choice.last.source, choice.last.by) == (False, "staff", "Service")
    assert client.post(f"{path}notices/", form | {"address": "else@example.com"}).status_code == 422
    client.post(f"{path}notices/", form | {"wants": "1"})
    [choice] = [one for one in notice_choices.of_customer(brand.ctx, customer_id=customer_id) if one.way is Way.MAIL]
    assert choice.last is not None
    assert (choice.wants, choice.last.ended_by) == (True, "Service")
    viewer = signed_in(brand.ctx, "viewer")
    assert viewer.post(f"{path}notices/", form).status_code == 403


def test_a_program_sees_and_sets_it_too() -> None:
    brand = make_brand()
    customer_id, api = buyer(brand), Api(brand, make_key(brand))
    path = f"/customers/{customer_id}/notice-choices"
    [one] = [line for line in api.get(path).json()["notice_choices"] if line["way"] == "mail"]
    assert (one["address"], one["wants"], one["source"], one["at"]) == (EMAIL, True, "", None)
    told = api.ask("PUT", path, {"way": "mail", "address": EMAIL, "wants": False}).json()["notice_choices"]
    assert [(line["wants"], line["source"]) for line in told if line["way"] == "mail"] == [(False, "staff")]
    refused(api.ask("PUT", path, {"way": "mail", "address": "x@y.zz", "wants": True}), 422, "invalid")


def test_an_erased_address_is_still_not_written_to_and_nobody_can_read_it() -> None:
    brand, other = make_brand(), make_brand()
    for ctx in (brand.ctx, other.ctx):
        opt_outs.opt_out(ctx, way=Way.MAIL, address=EMAIL, source="link", timeline="order:1")
    aging.erase_addresses(brand.ctx, addresses=[EMAIL])
    aging.erase_addresses(brand.ctx, addresses=[EMAIL])
    [row] = opt_outs.list_opt_outs(brand.ctx)
    assert (row.is_sealed, EMAIL in row.address, opt_outs.count(brand.ctx)) == (True, False, {"mail": 1})
    assert opt_outs.opted_out(brand.ctx, way=Way.MAIL, addresses=[" MINSEO@example.com"]) == {EMAIL}
    assert opt_outs.opted_out(brand.ctx, way=Way.SMS, addresses=[EMAIL]) == set()
    assert opt_outs.opt_out(brand.ctx, way=Way.MAIL, address=EMAIL, source="link", timeline="order:1") is False
    assert db.scalar("SELECT count(*) FROM messaging_optout WHERE address = %s", [EMAIL]) == 1  # the other brand's
    assert opt_outs.opt_in(brand.ctx, way=Way.MAIL, address=EMAIL, source="page", timeline="order:1") is True
    assert opt_outs.opted_out(brand.ctx, way=Way.MAIL, addresses=[EMAIL]) == set()
