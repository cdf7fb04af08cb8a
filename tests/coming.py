"""Units that are due, for tests of promises."""

from __future__ import annotations

from datetime import date

from doorstep.stock import deliveries
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import DeliveryDraft, DeliveryFilter, LineDraft
from tests.factories import Brand


def due(brand: Brand, *lots: tuple[str, int, date]) -> None:
    """Has a supplier announce units for days, in place of all that was announced before.  Shapes: SKU, units, day each."""
    before = reads.list_deliveries(brand.ctx, where=DeliveryFilter())
    for row in before:
        if row.state == "expected":
            deliveries.cancel(brand.ctx, delivery_id=row.id, reason="other days")
    for n, (sku, units, on) in enumerate(lots, len(before) + 1):
        lines = (LineDraft(brand.variants[sku], units),)
        deliveries.expect(brand.ctx, draft=DeliveryDraft("Hanji Mill", f"PO-{n}", brand.seoul, lines, on))
