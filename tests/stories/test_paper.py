"""What paper says, and where it is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from doorstep.accounts import actions as accounts
from doorstep.base.refusals import Refused
from doorstep.flows import printing
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.shipping import queries as parcels
from doorstep.shipping.labels import pdf
from doorstep.shipping.labels.fonts import FontsMissing
from tests.factories import Brand, draft, make_brand, packed, signed_in
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


def test_the_packing_slip_says_the_day_on_which_the_order_was_placed_where_the_brand_is() -> None:
    brand = make_brand()
    accounts.change_organisation(
        brand.ctx,
        name="Brand",
        accent="#112233",
        support_email="",
        language="ko",
        timezone="Asia/Seoul",
        currency="KRW",
    )
    [parcel_id] = packed(brand.ctx, replace(draft(), placed_at=datetime(2026, 11, 21, 23, 30, tzinfo=UTC)))
    assert printing.slip_fields(brand.ctx, parcel_id=parcel_id).placed_on == "2026년 11월 22일"


def test_slips_and_pick_lists_go_to_a_printer_for_pdf_and_never_to_one_for_labels() -> None:
    brand, parcel_id, list_id = a_parcel_from_a_list()
    zebra = fulfilment.add_printer(brand.ctx, name="Zebra", kind="folder", target="zebra", language="zpl")
    for wish in (
        lambda: printing.reprint(brand.ctx, parcel_ids=[parcel_id], document="slip", wish="1"),
        lambda: printing.print_pick_list(brand.ctx, pick_list_id=list_id, wish="1"),
    ):
        with pytest.raises(Refused) as refused:
            wish()
        assert refused.value.code == "no_pdf_printer"
    desk = fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    printing.reprint(brand.ctx, parcel_ids=[parcel_id], document="label", wish="2")
    printing.reprint(brand.ctx, parcel_ids=[parcel_id], document="slip", wish="2")
    assert printing.print_pick_list(brand.ctx, pick_list_id=list_id, wish="2").id == desk
    jobs = floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel_id}", f"pick_list:{list_id}"])
    assert {(job.document, job.printer_id) for job in jobs} == {("label", zebra), ("slip", desk), ("pick_list", desk)}


def a_parcel_from_a_list() -> tuple[Brand, int, int]:
    """Gives brand, parcel with a label, and its pick list."""
    brand = make_brand()
    [parcel_id] = packed(brand.ctx, draft())
    buy_label(brand, parcel_id)
    part_id = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).fulfilment_order_id
    return brand, parcel_id, floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part_id])[0].pick_list_id


def test_a_pick_list_without_fonts_is_refused_in_words_on_its_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    brand, _, list_id = a_parcel_from_a_list()

    def missing(*_given: object, **_named: object) -> bytes:
        raise FontsMissing("Pretendard is missing")

    monkeypatch.setattr(pdf, "render_pick_list_pdf", missing)
    answer = signed_in(brand.ctx).get(f"/fulfilment/lists/{list_id}/paper.pdf")
    assert answer.status_code == 503
    assert "bin/bootstrap" in answer.content.decode()
