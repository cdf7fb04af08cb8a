"""A bundle has no units of its own: whatever books units is told what is in it, at once."""

from __future__ import annotations

import pytest

from doorstep.base.refusals import Refused
from doorstep.stock import counts, deliveries, lots, transfers
from doorstep.stock.counting import Choice, Chosen
from doorstep.stock.inbound.values import Arrived, DeliveryDraft, LineDraft, TransferDraft
from tests.factories import make_brand
from tests.stories.test_bundles import make_set

pytestmark = pytest.mark.django_db


def test_a_bundle_is_announced_moved_counted_and_tracked_by_what_is_in_it() -> None:
    brand = make_brand()
    ctx, bundle = brand.ctx, make_set(brand, A=1, B=2)
    lines = (LineDraft(bundle, 1),)
    for refused in (
        lambda: deliveries.expect(ctx, draft=DeliveryDraft("Mill", "D-1", brand.seoul, lines)),
        lambda: transfers.draft(ctx, transfer=TransferDraft(brand.seoul, brand.berlin, lines)),
        lambda: counts.open_sheet(ctx, location_id=brand.seoul, chosen=Chosen(Choice.VARIANTS, variant_ids=(bundle,))),
        lambda: lots.set_tracking(ctx, variant_id=bundle, by_lot=True, by_serial=False),
    ):
        with pytest.raises(Refused, match="bundle"):
            refused()


def test_one_scan_of_a_bundle_spoils_none_of_the_others() -> None:
    brand = make_brand()
    make_set(brand, A=1, B=2)
    coming = DeliveryDraft("Mill", "D-1", brand.seoul, (LineDraft(brand.variants["A"], 1),))
    id = deliveries.expect(brand.ctx, draft=coming)
    scans = [Arrived("s1", 1, "SET"), Arrived("s2", 1, "A")]
    for _ in range(2):
        assert [one.problem for one in deliveries.receive(brand.ctx, delivery_id=id, arrived=scans)] == ["is_a_bundle", ""]
