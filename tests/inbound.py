"""What comes in: a delivery that is partly here, a transfer on its way, a lot that lies here."""

from __future__ import annotations

from datetime import timedelta

from doorstep.stock import deliveries, lots, transfers
from doorstep.stock.inbound.values import Arrived, Condition, DeliveryDraft, LineDraft, TransferDraft
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import LotFilter
from tests.factories import NOW, Brand

TODAY = NOW.date()


def deliver(brand: Brand, *lines: tuple[str, int], document: str = "PO-4711", days: int = 4, blind: bool = False) -> int:
    """A delivery that is expected in Seoul; gives its id."""
    wanted = tuple(LineDraft(brand.variants[sku], qty) for sku, qty in lines)
    due = TODAY + timedelta(days=days)
    return deliveries.expect(
        brand.ctx, draft=DeliveryDraft("Hanji Mill", document, brand.seoul, wanted, due, blind=blind)
    )


def send(brand: Brand, *lines: tuple[str, int]) -> int:
    """A transfer from Seoul to Berlin that is on its way; gives its id."""
    wanted = tuple(LineDraft(brand.variants[sku], qty) for sku, qty in lines)
    plan = TransferDraft(brand.seoul, brand.berlin, wanted, TODAY + timedelta(days=2))
    id = transfers.draft(brand.ctx, transfer=plan)
    transfers.ship(brand.ctx, transfer_id=id)
    return id


def coming_in(brand: Brand) -> dict[str, int]:
    """One of each, with a lot of the first variant; gives their ids as addresses name them."""
    [sku, other, *_] = brand.variants
    delivery_id = deliver(brand, (sku, 5), (other, 2))
    lots.set_tracking(brand.ctx, variant_id=brand.variants[sku], by_lot=True, by_serial=False)
    arrived = [
        Arrived("seed-0001", 3, code=sku, lot="L-2611", expires_on=TODAY + timedelta(days=20)),
        Arrived("seed-0002", 1, code=sku, lot="L-2611", condition=Condition.QUALITY_CONTROL),
    ]
    deliveries.receive(brand.ctx, delivery_id=delivery_id, arrived=arrived)
    transfer_id = send(brand, (sku, 2))
    [lot] = reads.list_lots(brand.ctx, where=LotFilter(text="L-2611"))
    return {"/expected-deliveries/delivery_id": delivery_id, "transfer_id": transfer_id, "lot_id": lot.id}
