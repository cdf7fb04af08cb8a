"""What the books of the carrier, of the shop, of the shelves and of the post must say once all is over."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from doorstep.base import db
from doorstep.flows.order_facts import again_of
from doorstep.messaging import queries as post
from doorstep.messaging.notices import book
from doorstep.orders import queries as orders
from doorstep.shipping import queries as shipping
from doorstep.stock import counts
from doorstep.stock import queries as stock
from doorstep.stock.counting import Choice, Chosen
from tests.stories.busy import floor
from tests.stories.busy.house import SKUS, House, Shelf

ALL = 100_000


def carrier_agrees(house: House) -> None:
    """Each label was bought once; what we gave back is void there, and what is not void there stands on one parcel of ours."""
    ids = house.order_ids()
    parcels = {parcel.id: parcel for parcel in shipping.parcels_of(house.ctx, order_ids=ids)}
    labels = shipping.labels_of(house.ctx, parcel_ids=list(parcels))
    theirs = {one["key"]: one for one in house.carrier.get("/admin/books")["shipments"]}
    assert set(theirs) <= {label.key for label in labels}
    assert {label.state for label in labels} <= {"bought", "voided"}
    for label in labels:
        there = theirs.get(label.key)
        if label.state == "voided":
            assert there is None or there["state"] == "voided", (label, there)
            continue
        assert there is not None, label
        assert (there["state"] != "voided", there["tracking_number"]) == (True, label.tracking_number), (label, there)
        assert parcels[label.parcel_id].tracking_number == label.tracking_number
        assert parcels[label.parcel_id].state == "handed_over"
    kept = Counter(label.parcel_id for label in labels if label.state == "bought")
    assert set(kept.values()) == {1}
    assert set(kept) == {parcel.id for parcel in parcels.values() if parcel.state != "cancelled"}


def shop_agrees(house: House) -> None:
    """The shop was told of each parcel that left, and of each order that was called off."""
    ours = {row.external_id: row for row in orders.orders_by_id(house.ctx, ids=house.order_ids()).values() if row.connection_id}
    left: dict[int, set[str]] = {row.id: set() for row in ours.values()}
    for parcel in shipping.parcels_of(house.ctx, order_ids=list(left)):
        if parcel.state == "handed_over":
            left[parcel.order_id].add(parcel.tracking_number)
    theirs: list[dict[str, Any]] = []
    while page := house.shop.get(f"/orders?limit=250&after={theirs[-1]['id'] if theirs else 0}")["orders"]:
        theirs += page
    assert len(theirs) == len(ours)
    for there in theirs:
        row = ours[str(there["id"])]
        assert {one["tracking_number"] for one in there["fulfillments"]} == left[row.id], (row, there)
        assert (there["cancelled_at"] is not None) == (row.state == "cancelled"), (row, there)


def shelves_agree(house: House) -> None:
    """The books hold what lies there, but for what is gone of shelves at which nobody had to look; a stocktaking finds that."""
    for shelf, on_hand in _books(house).items():
        lies = house.shelves[shelf] + house.broken[shelf]
        assert on_hand - lies in (0, house.gone[shelf]), (shelf, on_hand, lies, house.gone[shelf])
    for at in house.places.values():
        sheet = counts.open_sheet(house.ctx, location_id=at, chosen=Chosen(Choice.ALL))
        floor.count(house, sheet, at, list(SKUS))
    house.work()
    assert _books(house) == {shelf: house.shelves[shelf] + house.broken[shelf] for shelf in _books(house)}


def _books(house: House) -> dict[Shelf, int]:
    names = {id: sku for sku, id in house.variants.items()}
    rows = stock.levels_of(house.ctx, variant_ids=list(names))
    assert {row.committed for row in rows} == {0}
    return {(row.location_id, names[row.variant_id]): row.on_hand for row in rows}


def customers_were_told(house: House, mails: Path) -> None:
    """Everything once: the order, each parcel that left, each that came; and no letter left twice."""
    ids = house.order_ids()
    parcels = [p for p in shipping.parcels_of(house.ctx, order_ids=ids) if p.state == "handed_over"]
    told: Counter[tuple[str, int, int]] = Counter()
    for id in ids:
        told.update((row.kind, row.order_id, row.parcel_id) for row in book.list_notices(house.ctx, order_id=id, limit=ALL))
    again = again_of(house.ctx, order_ids=ids)
    once = {("sent_again" if id in again else "confirmed", id, 0) for id in ids}
    once |= {("delivered", p.order_id, p.id) for p in parcels if p.status == "delivered"}
    once |= {("shipped", p.order_id, p.id) for p in parcels if p.id not in house.early}
    perhaps = {("shipped", p.order_id, p.id) for p in parcels if p.id in house.early}  # where we did not know that it came
    wrong = {key: told[key] for key in once if told[key] != 1}
    assert wrong == {}, wrong
    assert [key for key in told if key[0] in ("confirmed", "delivered", "shipped") and key not in once | perhaps] == []
    assert max(told[key] for key in perhaps) <= 1
    letters = [letter for id in ids for letter in post.messages_of(house.ctx, timelines=[f"order:{id}"])]
    assert {letter.state for letter in letters} == {"sent"}
    gone = [path.read_bytes() for path in mails.glob("*.eml")]
    names = [next(line for line in raw.splitlines() if line.lower().startswith(b"message-id:")) for raw in gone]
    assert (len(gone), len(set(names))) == (len(letters), len(letters))


def nothing_gave_up(house: House) -> None:
    """No event and no job waits, and none had to be tried again because something of ours broke."""
    mine = [house.org.organisation_id]
    assert db.dicts("SELECT type, problem FROM base_event WHERE organisation_id = %s AND (pending OR attempts > 0)", mine) == []
    assert db.dicts("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'") == []
