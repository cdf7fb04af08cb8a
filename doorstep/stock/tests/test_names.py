"""A name of what is sent stands for one thing, on one document."""

from __future__ import annotations

import pytest

from doorstep.base.refusals import Refused
from doorstep.stock import counts, deliveries
from doorstep.stock.counting import Choice, Chosen, Entry
from doorstep.stock.inbound.values import Arrived, DeliveryDraft, LineDraft
from tests.factories import NOW, Brand, make_brand

pytestmark = pytest.mark.django_db


def announce(brand: Brand, document: str) -> int:
    lines = (LineDraft(brand.variants["A"], 5),)
    return deliveries.expect(brand.ctx, draft=DeliveryDraft("Mill", document, brand.seoul, lines))


def test_a_scan_under_a_name_of_another_delivery_is_refused_and_not_taken_for_that_one() -> None:
    brand = make_brand()
    one, other = announce(brand, "D-1"), announce(brand, "D-2")
    scan = [Arrived("s1", 1, "A")]
    first = deliveries.receive(brand.ctx, delivery_id=one, arrived=scan)
    with pytest.raises(Refused, match="client_id_taken"):
        deliveries.receive(brand.ctx, delivery_id=other, arrived=scan)
    assert deliveries.receive(brand.ctx, delivery_id=one, arrived=scan) == first


def test_a_count_under_a_name_of_another_sheet_is_refused() -> None:
    brand = make_brand()
    variant = brand.variants["A"]
    one, other = (
        counts.open_sheet(brand.ctx, location_id=at, chosen=Chosen(Choice.VARIANTS, variant_ids=(variant,)))
        for at in (brand.seoul, brand.berlin)
    )
    entry = [Entry("e1", variant, 10, NOW, 0)]
    first = counts.enter(brand.ctx, sheet_id=one, entries=entry)
    with pytest.raises(Refused, match="client_id_taken"):
        counts.enter(brand.ctx, sheet_id=other, entries=entry)
    assert counts.enter(brand.ctx, sheet_id=one, entries=entry) == first
