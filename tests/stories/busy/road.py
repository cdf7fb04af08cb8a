"""What becomes of parcels with the carrier, and how the house hears of it: doubled, late, in disorder, or only when it asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from doorstep.flows import exceptions, reship
from doorstep.flows.reship import Reship
from doorstep.orders import sent_again
from doorstep.shipping import codes
from doorstep.shipping import queries as shipping
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries as open_tasks
from doorstep.tasks.queries import OfKinds
from tests.signing import signed
from tests.stories.busy.house import House
from tests.stories.busy.steps import ENDED, MANY

LOST = "99"
SHOP = "93"  # waits in a shop: a code that our table does not know
# Hours after the parcel left, and what the carrier scans then.
WAYS: dict[str, tuple[tuple[float, str], ...]] = {
    "plain": ((2, "11"), (26, "82"), (30, "91")),
    "absent": ((2, "11"), (26, "82"), (29, "71"), (50, "82"), (54, "91")),
    "shop": ((2, "11"), (26, "82"), (28, SHOP), (75, "91")),
    "address": ((2, "11"), (26, "72"), (30, "50"), (50, "82"), (53, "91")),
    "late": ((2, "11"), (26, "75"), (60, "22"), (74, "82"), (78, "91")),
    "lost": ((2, "11"), (60, LOST)),
    "back": ((2, "11"), (26, "72"), (50, "95"), (70, "96")),
    "late and back": ((2, "11"), (300, "95"), (320, "96")),
    "silent": ((2, "11"), (220, "82"), (224, "91")),
    "never seen": ((180, "82"), (190, "91")),
    "gone": (),
}
SHARES = {
    "plain": 62, "absent": 8, "shop": 6, "address": 4, "late": 6, "lost": 2, "back": 2, "late and back": 2, "silent": 3,
    "never seen": 2, "gone": 1,
}  # fmt: skip


def set_out(house: House, parcel_ids: list[int]) -> None:
    """The driver has them: what becomes of each is decided now."""
    for parcel in shipping.parcels_by_id(house.ctx, ids=parcel_ids).values():
        left = [name for name in SHARES if not house.did[f"way: {name}"]]
        way = left[0] if left and house.did["parcels sent"] > 10 else house.dice.choices(list(SHARES), list(SHARES.values()))[0]
        if house.ctx.now > house.opened_at + timedelta(days=4, hours=12):
            way = "plain"  # what leaves so late is to come in the time of the story
        _plan(house, parcel.tracking_number, way)
        house.did["parcels sent"] += 1


def _plan(house: House, number: str, way: str) -> None:
    house.did[f"way: {way}"] += 1
    now = datetime.now(UTC)
    house.journeys[number] = [(now + timedelta(hours=hours), code) for hours, code in WAYS[way]]


def scan_before_the_door(house: House) -> None:
    """The driver took some that nobody had ticked yet, and was quick with them."""
    ready = [p for p in shipping.on_the_floor(house.ctx) if p.state == "labelled" and p.order_id not in house.held]
    for parcel in house.dice.sample(ready, min(2, len(ready))):
        for code in ("11", "82", "91"):
            _advance(house, parcel.tracking_number, code, datetime.now(UTC))
        house.early.add(parcel.id)
        house.did["there before it was ticked"] += 1
    _hear(house, lost=0)
    house.work()


def roll(house: House) -> None:
    """Everything that is due by now is scanned; the house hears of it by webhooks, of some only by asking."""
    now = datetime.now(UTC)
    for number, scans in sorted(house.journeys.items()):
        due = [scan for scan in scans if scan[0] <= now]
        house.journeys[number] = scans[len(due) :]
        for at, code in due:
            if code != SHOP:
                _advance(house, number, code, at)
            else:
                _tell_of_a_shop(house, number, at)
    _hear(house)


def _advance(house: House, number: str, code: str, at: datetime) -> None:
    house.carrier.post("/admin/advance", {"tracking_number": number, "to": code, "at": at.isoformat()})
    house.did[f"scan {code}"] += 1


def _hear(house: House, *, lost: float = 0.35) -> None:
    """Webhooks come as they like: shuffled, some twice, some never."""
    deliveries = house.carrier.http
    house.ear.wait_for(lambda: not deliveries.get("/admin/deliveries?state=pending&limit=1").json()["deliveries"])
    came, house.heard = house.ear.caught[house.heard :], len(house.ear.caught)
    told = sorted((one.path, one.body) for one in came if "/sandbox_carrier/" in one.path and b"tracking" in one.body[:60])
    kept = [one for one in told if not house.chance(lost)]
    twice = [one for one in kept if house.chance(0.1)]
    house.did["webhooks lost"] += len(told) - len(kept)
    house.did["webhooks twice"] += len(twice)
    posts = kept + twice
    house.dice.shuffle(posts)
    for path, body in posts:
        deliver(house, path, body)
    house.did["webhooks"] += len(posts)


def deliver(house: House, path: str, body: bytes) -> None:
    """One attempt, signed anew as the carrier signs each: by the clock of the story."""
    head = signed(body, secret=house.carrier_secret, id=f"msg_{json.loads(body)['data']['event']['event_id']}")
    more: dict[str, Any] = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in head.items()}
    answer = Client().post(path, body, content_type="application/json", **more)
    assert answer.status_code == 200, answer.content


def _tell_of_a_shop(house: House, number: str, at: datetime) -> None:
    """It waits in a shop: the carrier tells it by a code of its own."""
    event = {
        "event_id": f"evt_shop_{number}", "code": SHOP, "text_ko": "편의점 보관", "text_en": "waits in a shop",
        "occurred_at": at.isoformat(), "location": {"name": "Kiosk", "country_code": "DE"},
    }  # fmt: skip
    head = house.carrier.get(f"/tracking/{number}")
    data = {key: head[key] for key in head if key not in ("events", "state")} | {"event": event}
    carrier = shipping.get_carrier(house.ctx, carrier_id=house.carrier_id)
    body = json.dumps({"type": "tracking.updated", "timestamp": at.isoformat(), "data": data}).encode()
    deliver(house, f"/hooks/{carrier.provider}/{carrier.slug}", body)
    house.did["waits in a shop"] += 1


def name_codes(house: House) -> None:
    """Somebody looks at codes that nobody knows."""
    for row in codes.list_unknown(house.ctx):
        house.press("/shipments/codes/name/", provider=row.provider, code=row.raw_code, status="available_for_pickup")
        house.did["codes named"] += 1


def deal_with_exceptions(house: House) -> None:
    """Parcels that are lost or come back are sent again; of the others somebody waits for what comes."""
    ctx = house.ctx
    for row in open_tasks.list_of_kinds(ctx, where=OfKinds(exceptions.KINDS), limit=MANY):
        what = exceptions.what_of(row)
        house.did[f"exception: {what}"] += 1
        parcel = shipping.get_parcel(ctx, parcel_id=int(row.facts["parcel_id"]))
        is_lost = what is exceptions.What.EXCEPTION and shipping.tracking_of(ctx, parcel_ids=[parcel.id])[0].raw_code == LOST
        if not is_lost and what not in (exceptions.What.RETURN_TO_SENDER, exceptions.What.EXPIRED):
            continue
        able = {row.line.id: row.left for row in sent_again.reshippable(ctx, order_id=parcel.order_id)}
        lines = {line.order_line_id: line.qty for line in shipping.parcel_lines_of(ctx, parcel_ids=[parcel.id])}
        units = {id: min(qty, able.get(id, 0)) for id, qty in lines.items()}
        if any(units.values()):
            reship.apply(ctx, order_id=parcel.order_id, reship=Reship(units, "lost"), key=f"parcel-{parcel.id}")
            house.did["sent again"] += 1
        tasks.end(ctx, task_id=row.id, outcome=ENDED)
