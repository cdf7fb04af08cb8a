"""Walk 2: goods on their way back, with the real carrier process and the label that the customer prints."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest

from doorstep.base import outbox, tls
from doorstep.base.refusals import Refused
from doorstep.flows import printing, ship
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.returns import queries, receiving
from doorstep.returns.values import Arrived
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.stock import queries as stock
from tests.factories import Brand, draft, packed
from tests.returning import ask, lines, wish
from tests.stories.test_walk_one import assert_all_holds, brand, carrier_url, work

__all__ = ["brand", "carrier_url"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


def advance(brand: Brand, url: str, parcel_id: int, *codes: str) -> None:
    """Moves a parcel along at the carrier, and hears of it."""
    number = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).tracking_number
    for code in codes:
        httpx.post(
            f"{url}/admin/advance",
            json={"tracking_number": number, "to": code},
            headers={"Authorization": "Bearer sandbox"},
            verify=tls.trusted(),
        ).raise_for_status()
    want = {"91": "delivered", "11": "in_transit"}[codes[-1]]
    deadline = time.monotonic() + 60
    while parcels.get_parcel(brand.ctx, parcel_id=parcel_id).status != want and time.monotonic() < deadline:
        row = parcels.get_parcel(brand.ctx, parcel_id=parcel_id)
        port = ship.carrier_of(brand.ctx, row.carrier_id or 0)
        shipping.record_scans(brand.ctx, parcel_id=parcel_id, scans=port.track(row.tracking_number))
    assert parcels.get_parcel(brand.ctx, parcel_id=parcel_id).status == want
    work(brand.ctx)


def test_from_the_doorstep_back_to_the_shelf(brand: Brand, carrier_url: str, tmp_path: Path) -> None:
    ctx = brand.ctx
    [out] = packed(ctx, draft([("A", 2), ("B", 1)], external_id="2001"))
    work(ctx)
    ship.hand_over(ctx, parcel_ids=[out])
    ship.tell_carriers(datetime.now(UTC))
    advance(brand, carrier_url, out, "11", "82", "91")
    order_id = parcels.get_parcel(ctx, parcel_id=out).order_id

    return_id = ask(ctx, order_id, wish(ctx, order_id, "A", 2))
    assert ask(ctx, order_id, wish(ctx, order_id, "A", 2)) == return_id
    row = queries.get_return(ctx, return_id=return_id)
    assert (row.name, row.decision, row.goods, row.money) == ("R1001", "approved", "none", "none")
    work(ctx)
    row = queries.get_return(ctx, return_id=return_id)
    parcel_id = row.parcel_id or 0
    assert row.goods == "label_issued"
    paper = printing.draw(ctx, document="label", subject_id=parcel_id, language="pdf")
    assert paper.startswith(b"%PDF")
    fields = printing.label_fields(ctx, parcel_id=parcel_id)
    assert (fields.sender.name, fields.recipient.name) == ("김민서", "Warehouse BER")

    with pytest.raises(Refused, match="parcel_comes_back"):
        ship.hand_over(ctx, parcel_ids=[parcel_id])
    assert parcels.on_the_floor(ctx) == []
    assert [p.id for p in parcels.parcels_of(ctx, order_ids=[order_id])] == [out]
    advance(brand, carrier_url, parcel_id, "11")
    assert queries.get_return(ctx, return_id=return_id).goods == "in_transit"
    advance(brand, carrier_url, parcel_id, "82", "91")
    assert queries.get_return(ctx, return_id=return_id).goods == "in_transit"

    number = parcels.get_parcel(ctx, parcel_id=parcel_id).tracking_number
    assert [row and row.id for row in (queries.find_by_code(ctx, code=code) for code in (number, "r1001"))] == [return_id] * 2
    [line] = queries.lines_of(ctx, return_ids=[return_id])
    assert receiving.receive(ctx, return_id=return_id, arrived=[Arrived(2, line.id)], key="r") == "received"
    receiving.inspect(ctx, line_id=line.id, qty=1, grade="A", disposition="restocked", key="i1")
    receiving.inspect(ctx, line_id=line.id, qty=1, grade="C", disposition="refurbish", key="i2")
    work(ctx)

    row = queries.get_return(ctx, return_id=return_id)
    assert (row.decision, row.goods, row.money) == ("approved", "processed", "granted")
    [refund] = [c for c in money.calls_of(ctx, order_ids=[order_id]) if c.kind == "refund"]
    assert (refund.amount_minor, refund.subject) == (2000, f"return:{return_id}")
    payments.confirm_refund(ctx, refund_id=refund.id)
    work(ctx)
    row = queries.get_return(ctx, return_id=return_id)
    assert (row.decision, row.goods, row.money) == ("approved", "closed", "succeeded")
    [level] = [x for x in stock.levels_of(ctx, variant_ids=[brand.variants["A"]]) if x.location_id == brand.berlin]
    assert (level.on_hand, level.quality_control, level.free) == (10, 1, 9)
    told = [e.type for e in sorted(outbox.timeline(ctx, of=[f"order:{order_id}"]), key=lambda e: e.id)]
    milestones = [
        "order.delivered", "return.requested", "return.approved", "return.label_issued", "parcel.coming_back",
        "return.in_transit", "parcel.back", "return.received", "return.inspected", "refund.granted", "return.processed",
        "refund.succeeded", "return.closed",
    ]  # fmt: skip
    assert [t for t in dict.fromkeys(told) if t in milestones] == milestones
    mails = [message_from_bytes(p.read_bytes(), policy=default) for p in sorted((tmp_path / "mail").glob("*.eml"))]
    told = [m["Subject"] for m in mails if "R1001" in m["Subject"]]
    assert len(told) == 3
    assert lines(ctx, order_id)["A"].qty == 2
    assert_all_holds()
