"""What people do on the floor: waves, picking with trouble in between, boxes, labels, the door, and the shelves afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from doorstep.base.refusals import Refused
from doorstep.flows import count_stock, pack, reject
from doorstep.flows.count_stock import Typed
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries, wave_queries, waves
from doorstep.fulfilment.values import Closing, Method, PickListRow, PickTaskRow, Takes
from doorstep.orders import queries as orders
from doorstep.routing.values import Why
from doorstep.shipping import queries as shipping
from doorstep.stock import count_queries, counts
from tests.stories.busy.house import NOWHERE, SCARCE, SKUS, House

AT_ONCE = 6  # scans that a phone sends together


def hold(house: House, order_id: int) -> None:
    """Somebody wants to look at an order first."""
    house.press(f"/orders/{order_id}/hold/", note="Call first")
    house.held.add(order_id)
    house.did["held"] += 1


def call_off(house: House, order_id: int) -> None:
    """A customer changes their mind, and says so here or in the shop."""
    order = orders.orders_by_id(house.ctx, ids=[order_id])[order_id]
    if house.chance(0.3) and order.connection_id and not order.external_id.startswith("reship"):
        house.shop.post(f"/orders/{order.external_id}/cancel", {"reason": "customer"})
        from doorstep.flows import reconcile

        reconcile.reconcile(house.ctx)
        house.did["called off in the shop"] += 1
    else:
        house.press(f"/orders/{order_id}/cancel/", note="customer")
        house.did["called off here"] += 1
    assert orders.orders_by_id(house.ctx, ids=[order_id])[order_id].state == "cancelled"
    house.called_off.add(order_id)
    house.held.discard(order_id)


def lift_holds(house: House) -> None:
    """Whoever wanted to look has looked."""
    for order_id in sorted(house.held):
        house.press(f"/orders/{order_id}/release/")
        house.did["lifted"] += 1
    house.held.clear()


def say_no(house: House, share: float) -> None:
    """Places do not send some of what they were to send: damaged, too busy, not there."""
    parts = orders.fulfilment_orders_of(house.ctx, order_ids=house.order_ids())
    for part in parts:
        if part.state != "open" or part.location_id is None or not house.chance(share):
            continue
        lines = orders.fulfilment_lines_of(house.ctx, fulfilment_order_ids=[part.id])
        some = lines[:1] if len(lines) > 1 and house.chance(0.6) else lines
        why = house.dice.choice((Why.TOO_BUSY, Why.CANNOT_SHIP, Why.DAMAGED, Why.OUT_OF_STOCK))
        if why is Why.DAMAGED and any(house.shelves[part.location_id, line.sku] < line.qty for line in some):
            why = Why.OUT_OF_STOCK
        begun = _begin_and_undo(house, part.id) if len(some) < len(lines) else False
        reject.reject(
            house.ctx, fulfilment_order_id=part.id, location_id=part.location_id, reason=why,
            units={line.order_line_id: line.qty for line in some} if len(some) < len(lines) else None,
        )  # fmt: skip
        house.did[f"rejected: {why}"] += 1
        house.did["rejected after a scan that was taken back"] += begun
        for line in some:
            shelf = (part.location_id, line.sku)
            if why is Why.DAMAGED:
                house.shelves[shelf] -= line.qty
                house.broken[shelf] += line.qty
            elif why is Why.OUT_OF_STOCK:
                house.shelves[shelf] = 0


def _begin_and_undo(house: House, part_id: int) -> bool:
    """A picker scans a first unit and takes it back at once."""
    tasks = queries.tasks_of_orders(house.ctx, fulfilment_order_ids=[part_id])
    if not tasks or queries.get_pick_list(house.ctx, pick_list_id=tasks[0].pick_list_id).state not in ("open", "in_progress"):
        return False
    name = house.name("begun")
    [answer], _ = _send(house, tasks[0].pick_list_id, [_scan(tasks[0].sku, name)])
    _undo(house, tasks[0].pick_list_id, name)
    return bool(answer["problem"] == "" and answer["task_id"] == tasks[0].id)


def release_waves(house: House) -> None:
    """The foreman releases what is open: quick single ones first, then the rest as the place picks."""
    for code, method in (("BER", Method.SINGLE), ("BER", Method.CLUSTER), ("SEL", Method.BATCH)):
        at = house.places[code]
        takes = Takes(single_line=method is Method.SINGLE, countries=("DE",) if method is Method.SINGLE else ())
        open_parts = wave_queries.open_parts(house.ctx, location_id=at)
        seen = waves.preview(house.ctx, location_id=at, method=method, takes=takes)
        if not open_parts or not seen.orders:
            continue
        name = house.name("wave")
        made = {waves.release(house.ctx, location_id=at, method=method, takes=takes, client_id=name, name=name) for _ in "ab"}
        assert len(made) == 1
        house.did[f"wave {method}"] += 1
        if method is Method.BATCH and house.did["wave called off"] == 0:
            waves.cancel(house.ctx, wave_id=made.pop())
            house.did["wave called off"] += 1
            waves.release(house.ctx, location_id=at, method=method, takes=takes, client_id=f"{name}-b", name=name)


def _scan(code: str, name: str) -> dict[str, Any]:
    return {"client_id": name, "code": code, "typed": False}


def _send(house: House, list_id: int, scans: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[int, dict[str, Any]]]:
    """What a phone kept.  Returns: the answers, and how the list stands, by task."""
    path = reverse("fulfilment:scans", args=[list_id])
    told = house.press(path, json={"scans": scans}).json()
    if house.chance(0.1):  # the Wi-Fi went before the answer came
        again = house.press(path, json={"scans": scans}).json()["answers"]
        assert [(a["client_id"], a["problem"], a["task_id"]) for a in again] == [
            (a["client_id"], a["problem"], a["task_id"]) for a in told["answers"]
        ]
        house.did["scans sent twice"] += len(scans)
    return told["answers"], {task["id"]: task for task in told["tasks"]}


def _undo(house: House, list_id: int, name: str) -> None:
    house.press(reverse("fulfilment:undo", args=[list_id]), json={"client_id": name})


def pick_everything(house: House) -> None:
    """Each list is walked; what cannot be scanned is left for the next walk."""
    for row in queries.list_pick_lists(house.ctx, limit=1000):
        _walk(house, row)


def _walk(house: House, row: PickListRow) -> None:
    """From bin to bin as the phone says, with whatever comes between."""
    tasks = queries.tasks_of(house.ctx, pick_list_id=row.id)
    todo = [task for task in tasks for _ in range(task.qty - task.picked) if not task.on_hold]
    of = {task.id: task.order_id for task in tasks}
    _trouble_before(house, row, tasks)
    while todo:
        some, todo = todo[:AT_ONCE], todo[AT_ONCE:]
        hand = [task for task in some if _take(house, (row.location_id, task.sku))]
        stands: dict[int, dict[str, Any]] = {task.id: {"qty": task.qty, "picked": task.picked, "on_hold": False} for task in some}
        if hand:
            scans = [_scan(house.dice.choice((task.sku, task.barcode)), house.name("scan")) for task in hand]
            answers, stands = _send(house, row.id, scans)
            for task, scan, answer in zip(hand, scans, answers, strict=True):
                _heed(house, row, task.sku, scan["client_id"], answer, of)
        for task in {task.id: task for task in some}.values():
            now = stands.get(task.id)
            if now and now["picked"] < now["qty"] and not now["on_hold"] and not house.shelves[row.location_id, task.sku]:
                _report(house, row, task.id, found=now["picked"], wanted=now["qty"])
        if todo and house.chance(0.12) and todo[0].order_id not in house.held | house.called_off:
            hold(house, todo[0].order_id)
        elif todo and house.chance(0.05) and _is_whole(house, todo[0].order_id):
            call_off(house, todo[0].order_id)


def _trouble_before(house: House, row: PickListRow, tasks: Sequence[PickTaskRow]) -> None:
    if house.chance(0.2):
        lying = {task.sku for task in tasks}
        wrong = next(sku for sku in SKUS if sku not in lying)
        [answer], _ = _send(house, row.id, [_scan(wrong, house.name("wrong"))])
        assert answer["problem"] in ("not_on_list", "cancelled")
        house.did["wrong scans"] += 1
    free = sorted({task.order_id for task in tasks if task.picked < task.qty} - house.held - house.called_off)
    if free and house.chance(0.2):
        hold(house, house.dice.choice(free))


def _take(house: House, shelf: tuple[int, str]) -> bool:
    if house.shelves[shelf] <= 0:
        return False
    house.shelves[shelf] -= 1
    return True


def _heed(house: House, row: PickListRow, sku: str, name: str, answer: dict[str, Any], of: dict[int, int]) -> None:
    """What the scanner says is done: what did not count goes back on its shelf."""
    problem = answer["problem"]
    if problem:
        assert problem in ("on_hold", "cancelled", "already_complete", "not_on_list", "list_closed"), answer
        house.shelves[row.location_id, sku] += 1
        house.did[f"scanner: {problem}"] += 1
        return
    house.did["scans"] += 1
    order_id = of.get(answer["task_id"], 0)
    assert order_id not in house.held | house.called_off, (order_id, answer)
    if house.chance(0.02):
        _undo(house, row.id, name)
        house.shelves[row.location_id, sku] += 1
        house.did["taken back"] += 1


def _report(house: House, row: PickListRow, task_id: int, *, found: int, wanted: int) -> None:
    """The shelf is bare: the picker says how many there were."""
    [answer], _ = _send(house, row.id, [{"client_id": house.name("short"), "task_id": task_id, "found": found}])
    assert answer["problem"] in ("", "on_hold", "cancelled", "not_on_list", "already_complete"), answer
    if not answer["problem"]:
        assert answer["missing"] == wanted - found
        house.did["short picks"] += 1


def _is_whole(house: House, order_id: int) -> bool:
    """Whether nothing of an order has left, so that it may be called off."""
    order = orders.orders_by_id(house.ctx, ids=[order_id])[order_id]
    return order.state == "open" and order.fulfilment_state == "unfulfilled"


def pack_everything(house: House) -> None:
    """Boxes by the plan, or two of them by hand; what is held meanwhile stays on the table."""
    for row in queries.find_to_pack(house.ctx, limit=1000):
        part_id, order_id = int(str(row["fulfilment_order_id"])), int(str(row["order_id"]))
        if row["on_hold"] or order_id in house.held:  # held together with another part of it that was just packed
            house.press(reverse("fulfilment:pack", args=[part_id]), refused=True)
            house.did["not packed while held"] += 1
            continue
        table = pack.table_of(house.ctx, fulfilment_order_id=part_id)
        if table.units_left >= 2 and house.chance(0.2):
            _two_boxes(house, part_id, table)
        else:
            _as_planned(house, part_id, table)
        if house.chance(0.06) and order_id not in house.held:
            hold(house, order_id)  # before its label is bought
            house.did["held before its label"] += 1


def _two_boxes(house: House, part_id: int, table: pack.Table) -> None:
    units = [row.order_line_id for row in table.left for _ in range(row.left)]
    for some in (units[::2], units[1::2]):
        closing = Closing(units=Counter(some), planned=2, wish=house.name("box"))
        made = [fulfilment.pack(house.ctx, fulfilment_order_id=part_id, closing=closing) for _ in "ab"]
        assert (made[0] is not None, made[1]) == (True, None)
    house.did["two boxes"] += 1


def _as_planned(house: House, part_id: int, table: pack.Table) -> None:
    for carton in table.plan.cartons:
        house.did["boxed by the plan"] += carton.box is not None
        box_id = carton.box.id if carton.box else None
        closing = Closing(units=carton.units, box_id=box_id, planned=len(table.plan.cartons), wish=house.name("box"))
        fulfilment.pack(house.ctx, fulfilment_order_id=part_id, closing=closing)


def void_some(house: House) -> None:
    """A label tears, a box is opened again."""
    for parcel in shipping.on_the_floor(house.ctx):
        if parcel.state != "labelled" or parcel.order_id in house.held:
            continue
        if house.chance(0.07):
            house.press(f"/shipments/{parcel.id}/void/")
            house.did["voided"] += 1
        elif house.chance(0.03):
            house.press(reverse("fulfilment:unpack", args=[parcel.id]))
            house.did["opened again"] += 1
        elif house.chance(0.02) and _is_whole(house, parcel.order_id):
            call_off(house, parcel.order_id)
            house.did["called off with a label"] += 1


def buy_missing_labels(house: House) -> None:
    """Parcels on the page of the door that have no label get another."""
    here = shipping.on_the_floor(house.ctx)
    live = shipping.live_labels_of(house.ctx, parcel_ids=[parcel.id for parcel in here])
    for parcel in here:
        if parcel.state == "packed" and parcel.id not in live:
            house.press(f"/shipments/{parcel.id}/label/")
            house.did["bought anew"] += 1


def give_to_the_driver(house: House) -> list[int]:
    """What is ready leaves; a pile with a held one among it does not.  Returns: the parcels that left."""
    from doorstep.web.fulfilment.hand_over import places_of

    gone: list[int] = []
    ready = [line.parcel.order_id for place in places_of(house.ctx) for line in place.ready]
    if ready and house.chance(0.5):
        hold(house, house.dice.choice(ready))  # it stands at the door already
    for place in places_of(house.ctx):
        ready = [line.parcel.id for line in place.ready]
        held = [line.parcel.id for line in place.staying if line.reason == "on_hold" and line.parcel.state == "labelled"]
        path = reverse("fulfilment:hand_over")
        if held:
            house.press(path, refused=True, parcels=[*ready, *held])
            house.did["a pile that stayed"] += 1
        if ready:
            house.press(path, parcels=ready)
            gone += ready
    house.did["parcels gone"] += len(gone)
    return gone


def tidy(house: House) -> None:
    """What was picked for orders that are no more goes back, and doubted shelves are counted."""
    for row in queries.list_to_put_back(house.ctx, limit=1000):
        house.press(reverse("fulfilment:put_back", args=[row.task_id]))
        house.shelves[row.location_id, row.sku] += row.qty
        house.did["put back"] += row.qty
    for sheet in count_queries.list_sheets(house.ctx, state="open"):
        known = {id: sku for sku, id in house.variants.items()}
        lines = count_queries.blind_lines(house.ctx, sheet_id=sheet.id)
        count(house, sheet.id, sheet.location_id, [known[line.variant_id] for line in lines])
        house.did["sheets counted"] += 1


def count(house: House, sheet_id: int, location_id: int, skus: list[str]) -> None:
    """Somebody counts, broken ones too, and the foreman books what differs much."""
    ctx = house.ctx
    at = [(location_id, sku) for sku in skus]
    typed = [Typed(house.name("count"), s[1], max(house.shelves[s], 0) + house.broken[s], ctx.now) for s in at]
    assert {kept.problem for kept in count_stock.enter(ctx, sheet_id=sheet_id, typed=typed)} <= {""}
    waiting = [line.id for line in count_queries.lines_of(ctx, sheet_id=sheet_id) if line.state == "waiting"]
    if waiting:
        try:
            count_stock.approve(ctx, sheet_id=sheet_id, line_ids=waiting, reroute=True)
        except Refused as refused:  # what is held stays where it is until somebody lifts that
            if refused.code != "promised_from_there":
                raise
            house.did["counts that wait for a hold"] += 1
            return
    if count_queries.get_sheet(ctx, sheet_id=sheet_id).state in ("open", "review"):
        counts.finish(ctx, sheet_id=sheet_id)


def deliveries(house: House) -> None:
    """What was scarce comes, but for what never comes."""
    house.receive("HAM", **dict.fromkeys(SCARCE, 30))
    house.receive("BER", **{sku: 6 for sku in SKUS[:21] if sku != NOWHERE})
