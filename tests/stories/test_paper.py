"""What paper says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from doorstep.accounts import actions as accounts
from doorstep.flows import printing
from tests.factories import draft, make_brand, packed

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
