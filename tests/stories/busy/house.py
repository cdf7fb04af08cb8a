"""A brand with three warehouses, a shop and a carrier of the sandbox, and a clock of its own."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import time_machine
from django.core.cache import cache
from django.test import Client
from procrastinate.contrib.django import app

from doorstep.base import db
from doorstep.base.ctx import Actor, Ctx, new_trace
from doorstep.base.money import Money
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import Handling, VariantItem
from doorstep.channels import actions as channels
from doorstep.flows import lay_out_floor, reconcile
from doorstep.fulfilment import boxes, waves
from doorstep.fulfilment.values import BoxDraft, Method, PickRules
from doorstep.locations import actions as locations
from doorstep.locations.values import BinPlace, FloorPlan, LocationDraft
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.shipping import actions as shipping
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind
from doorstep.worker import post, schedule, upkeep
from doorstep.worker.dispatch import drain
from tests.ear import Ear, listening
from tests.factories import PASSWORD, add_person, make_ctx
from tests.sandboxes import Server, borrowed

SKUS = tuple(f"S{n:02}" for n in range(1, 25))
SCARCE = ("S23", "S24")  # there are a few of these, more come after two days
NOWHERE = "S22"  # nobody has it, and it never comes
TIMERS = (
    "tell_planner", "settle_labels", "tell_carriers", "track_parcels", "tell_shops_again", "tell_waiting_notices",
    "notice_stalled_parcels", "replan_unreleased", "end_parking", "give_up_parcels", "learn_lanes", "release_waves",
    "review_promises", "void_unused_labels", "settle_payments", "fetch_recipients_again", "price_stock",
)  # fmt: skip
Shelf = tuple[int, str]  # place, SKU


@dataclass
class House:
    """`shelves`: what really lies there, whatever the books say.  `did`: how often the story did what it tells of."""

    org: Ctx
    places: dict[str, int]
    variants: dict[str, int]
    shop: Server
    carrier: Server
    ear: Ear
    carrier_id: int
    carrier_secret: str
    clock: time_machine.Traveller
    opened_at: datetime
    dice: random.Random
    stumbles: list[str]
    shelves: Counter[Shelf] = field(default_factory=Counter)
    broken: Counter[Shelf] = field(default_factory=Counter)  # damaged units, which lie apart
    gone: Counter[Shelf] = field(default_factory=Counter)  # units that were gone before the first morning, and nobody knows
    early: set[int] = field(default_factory=set)  # parcels that came before anybody ticked that they left
    did: Counter[str] = field(default_factory=Counter)
    held: set[int] = field(default_factory=set)  # orders on which somebody put a hold
    called_off: set[int] = field(default_factory=set)
    journeys: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)  # what is to be scanned yet, by tracking number
    heard: int = 0  # of what the ear caught
    names: int = 0
    _client: Client | None = None

    @property
    def ctx(self) -> Ctx:
        return Ctx(self.org.organisation_id, Actor("staff", 1, "Minseo"), datetime.now(UTC), new_trace())

    def wait_until(self, **after: float) -> None:
        """Time passes, until so long after the first morning; who was signed in is signed in no more."""
        self.clock.move_to(self.opened_at + timedelta(**after))
        self._client = None

    def name(self, what: str) -> str:
        """What a phone calls one thing that it does."""
        self.names += 1
        return f"{what}-{self.names:06}"

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def press(self, path: str, *, refused: bool = False, json: Any = None, **fields: Any) -> Any:
        """What a person presses on a page, or what their phone sends.  `refused`: the house is to say no."""
        if self._client is None:
            cache.clear()
            self._client = Client()
            email = add_person(self.ctx)
            assert self._client.post("/sign-in/", {"login": email, "password": PASSWORD}).status_code == 302
        form = {"data": json, "content_type": "application/json"} if json is not None else {"data": fields}
        answer = self._client.post(path, **form)
        expected = (409, 422) if refused else (200, 302)
        assert answer.status_code in expected, (path, answer.status_code, answer.content[-500:])
        return answer

    def sell(self, n: int) -> None:
        """The shop sells, and its orders come here."""
        for _ in range(n):
            country = self.dice.choices(("DE", "FR", "KR"), (55, 15, 30))[0]
            skus = self.dice.sample(SKUS[:21], self.dice.choices((1, 2, 3, 4), (60, 28, 9, 3))[0])
            if self.chance(0.07):
                skus[0] = self.dice.choice((*SCARCE, *SCARCE, NOWHERE))
            lines = [{"sku": sku, "quantity": self.dice.choices((1, 2, 3), (80, 15, 5))[0], "price": "10.00"} for sku in skus]
            self.names += 1
            self.shop.post(
                "/orders",
                {
                    "lines": lines, "country": country, "currency": "EUR", "financial_status": "paid", "taxes_included": True,
                    "shipping": {"title": "Post", "price": "0.00"}, "seed": self.names,
                    "customer": {"email": f"buyer{self.names}@example.com"},
                },
                status=201,
            )  # fmt: skip
        reconcile.reconcile(self.ctx)
        upkeep.tell_planner()

    def order_ids(self) -> list[int]:
        return orders.list_ids(self.ctx, where=OrderFilter())

    def receive(self, place: str, **units: int) -> None:
        """A delivery is put on its shelves."""
        at = self.places[place]
        came = [Change(self.variants[sku], at, on_hand=qty) for sku, qty in units.items()]
        stock.change(self.ctx, changes=came, kind=MovementKind.RECEIPT, reason="delivered", reference=self.name("delivery"))
        for sku, qty in units.items():
            self.shelves[at, sku] += qty

    def work(self, *, rounds: int = 10) -> None:
        """What the worker does: events, jobs that wait, letters.  A job that a vendor does not answer is tried again in the next
        round."""
        for _ in range(rounds):
            drain()
            jobs = db.dicts("SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
            if not jobs:
                break
            done = [job["id"] for job in jobs if self._run(job)]
            db.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [done])
        while post.empty():
            pass

    def _run(self, job: dict[str, Any]) -> bool:
        try:
            app.tasks[job["task_name"]](**job["args"])
        except httpx.HTTPError:
            self.did["calls without an answer"] += 1
            return False
        return True

    def timers(self) -> None:
        """Every timer that looks after orders runs once, and the worker does what they ask for."""
        known = {timer.name: timer for timer in schedule.TIMERS}
        for name in TIMERS:
            known[name].run()
        self.work()


def _stock(house: House) -> None:
    """Shelves are filled; of some units nobody knows that they are gone."""
    for place, at in house.places.items():
        came: Counter[str] = Counter({sku: house.dice.randint(9, 16) for sku in SKUS[:21]})
        if place != "SEL":
            came.update(dict.fromkeys(SCARCE, 2))
        house.receive(place, **came)
        floor = FloorPlan(aisles=6, length_mm=20_000, apart_mm=3_000)
        lay_out_floor.lay_out(house.org, location_id=at, plan=floor)
        bins = {sku: f"{'ABCDEF'[n % 6]}-{n // 6 * 5 + 1:02}" for n, sku in enumerate(SKUS)}
        placed = [BinPlace(code, n % 6 + 1, (n // 6 * 5 + 1) * 1_000) for n, code in enumerate(bins.values())]
        lay_out_floor.place_bins(house.org, location_id=at, places=placed)
        stock.set_bins(house.org, location_id=at, bins={house.variants[sku]: code for sku, code in bins.items()})
        for sku in house.dice.sample(SKUS[:21], 6):
            house.gone[at, sku] = house.dice.randint(2, 7)
            house.shelves[at, sku] -= house.gone[at, sku]


def _brand(org: Ctx, shop: Server) -> tuple[dict[str, int], dict[str, int]]:
    known = {"BER": ("DE", "Berlin", "10115"), "HAM": ("DE", "Hamburg", "20095"), "SEL": ("KR", "Seoul", "04524")}
    places = {
        code: locations.create(
            org,
            location=LocationDraft(
                code=code, name=code, country=country, city=city, postal_code=zip_, lines=("Hafenstr. 1",), phone="+49301234567"
            ),
        )
        for code, (country, city, zip_) in known.items()
    }
    items = [
        VariantItem(
            sku=sku, title=f"Thing {sku}", price=Money(1000, "EUR"), barcode=f"40{n:011}", weight_g=120 + 60 * n, hs_code="691200",
            country_of_origin="DE", handling=Handling(dims_mm=(60 + 8 * n, 60 + 5 * n, 40 + 3 * n), fragile=n % 7 == 0),
        )
        for n, sku in enumerate(SKUS)
    ]  # fmt: skip
    for name, side in (("S", 200), ("M", 320), ("L", 500)):
        boxes.add(org, box=BoxDraft(name, side, side, side // 2, empty_g=side, most_g=20_000), currency="EUR")
    waves.set_rules(org, location_id=places["BER"], rules=PickRules(planned=True, method=Method.CLUSTER, cart_orders=6))
    waves.set_rules(org, location_id=places["SEL"], rules=PickRules(planned=True, method=Method.BATCH, cart_picks=15))
    goods = [{"sku": sku, "title": f"Thing {sku}", "price": "10.00", "currency": "EUR"} for sku in SKUS]
    assert shop.http.put("/admin/catalog", json=goods).status_code == 200
    return places, catalog.ensure_variants(org, items=items)


class Stumbles(logging.Handler):
    """What the timers and the dispatcher say when they stumble: each goes on with the next, so nobody else would notice."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(logging.Formatter().format(record)[-1500:])


@contextmanager
def _listening_for_stumbles() -> Iterator[Stumbles]:
    ours, handler = logging.getLogger("doorstep"), Stumbles()
    ours.addHandler(handler)
    try:
        yield handler
    finally:
        ours.removeHandler(handler)


@contextmanager
def opened(settings: Any, *, seed: int) -> Iterator[House]:
    """The house on its first morning, until the block ends."""
    db.execute("DELETE FROM procrastinate_jobs")  # what earlier tests left to a worker that never came
    db.execute("UPDATE base_event SET pending = FALSE WHERE pending")
    org = make_ctx()
    with (
        borrowed("shop", "--retry-s", "0.1") as shop,
        borrowed("carrier", "--scale", "1", "--hold-s", "0.1") as carrier,
        listening() as ear,
        _listening_for_stumbles() as stumbles,
        time_machine.travel(datetime.now(UTC), tick=True) as clock,
    ):
        settings.PUBLIC_URL = ear.url
        places, variants = _brand(org, shop)
        channels.connect(org, provider="sandbox_shop", name="Shop", url=str(shop.http.base_url))
        reached = {"url": str(carrier.http.base_url), "token": "sandbox"}
        id = shipping.connect_carrier(org, code="sbx", name="Sandbox", provider="sandbox_carrier", settings=reached)
        from doorstep.shipping import queries as parcels

        secret = parcels.get_carrier(org, carrier_id=id).settings["webhook_secret"]
        now = datetime.now(UTC)
        house = House(org, places, variants, shop, carrier, ear, id, secret, clock, now, random.Random(seed), stumbles.heard)
        _stock(house)
        house.work()
        yield house
