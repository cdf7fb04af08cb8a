"""Things that tests need, made by the same actions that people and programs use."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings

from doorstep.accounts import actions as accounts
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.base.money import Money
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.flows import intake
from doorstep.locations import actions as locations
from doorstep.locations.values import LocationDraft
from doorstep.orders.placing import Accepted
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Brand:
    """An organisation with two warehouses and some products."""

    ctx: Ctx
    seoul: int
    berlin: int
    variants: dict[str, int]


def make_ctx(name: str = "Brand") -> Ctx:
    """A fresh organisation, acted for by the system."""
    made = accounts.create_organisation(
        now=NOW, trace=new_trace(), name=name, slug=f"brand-{next(_numbers)}-{new_trace()}", currency="EUR"
    )
    return Ctx(made.id, SYSTEM, NOW, new_trace())


def make_location(ctx: Ctx, code: str, country: str, **more: Any) -> int:
    """A warehouse."""
    draft = LocationDraft(code=code, name=f"Warehouse {code}", country=country, **more)
    return locations.create(ctx, location=draft)


def make_variants(ctx: Ctx, skus: Sequence[str], *, price: str = "10.00", currency: str = "EUR") -> dict[str, int]:
    """Products with one variant each."""
    from doorstep.base import money

    items = [VariantItem(sku=sku, title=f"Thing {sku}", price=money.parse(price, currency)) for sku in skus]
    return catalog.ensure_variants(ctx, items=items)


def receive(ctx: Ctx, variant_id: int, location_id: int, qty: int) -> None:
    """Stock that arrives."""
    stock.change(
        ctx,
        changes=[Change(variant_id, location_id, on_hand=qty)],
        kind=MovementKind.RECEIPT,
        reason="delivered",
        reference="test",
    )


def make_brand(*, stock_each: int = 10, skus: Sequence[str] = ("A", "B", "C")) -> Brand:
    """Seoul and Berlin, both stocked."""
    with in_one_go():
        ctx = make_ctx()
        seoul = make_location(ctx, "SEL", "KR", city="Seoul", postal_code="04524")
        berlin = make_location(ctx, "BER", "DE", city="Berlin", postal_code="10115")
        variants = make_variants(ctx, skus)
        if stock_each:
            came = [Change(variant, at, on_hand=stock_each) for variant in variants.values() for at in (seoul, berlin)]
            stock.change(ctx, changes=came, kind=MovementKind.RECEIPT, reason="delivered", reference="test")
        return Brand(ctx, seoul, berlin, variants)


@contextmanager
def in_one_go() -> Iterator[None]:
    """One transaction without savepoints, for what is refused nothing: they were a quarter of a brand's statements."""
    was = connection.features.uses_savepoints
    with transaction.atomic(savepoint=False):
        connection.features.uses_savepoints = False
        try:
            yield
        finally:
            connection.features.uses_savepoints = was


def draft(
    lines: Sequence[tuple[str, int]] = (("A", 1),),
    *,
    external_id: str = "",
    country: str = "DE",
    email: str = "minseo@example.com",
    **more: Any,
) -> OrderDraft:
    """An order as a shop would tell it."""
    number = external_id or f"E{next(_numbers):05}"  # orders are kept in the order of their ids: E9 before E10
    return OrderDraft(
        external_id=number,
        name=f"#{number}",
        currency="EUR",
        lines=[LineDraft(sku, qty, Money(1000, "EUR"), f"Thing {sku}") for sku, qty in lines],
        buyer=Buyer(name="김민서", email=email, language="ko"),
        ship_to=Address(name="김민서", lines=("Torstr. 1",), city="Berlin", country=country, postal_code="10115"),
        placed_at=NOW - timedelta(minutes=1),
        **more,
    )


def place(ctx: Ctx, *drafts: OrderDraft) -> list[int]:
    """Orders that are accepted; returns their ids."""
    answers = intake.accept(ctx, drafts)
    assert all(isinstance(a, Accepted) for a in answers), answers
    return [a.order_id for a in answers if isinstance(a, Accepted)]


PASSWORD = "a-long-password"


def add_person(ctx: Ctx, role: str = "owner", *, language: str = "en") -> str:
    """Somebody on the staff who signs in with PASSWORD; gives the e-mail."""
    email = f"{role}-{next(_numbers)}-{new_trace()}@example.com"
    accounts.add_staff(ctx, email=email, name=role.capitalize(), role=role, language=language, password=PASSWORD)
    return email


def signed_in(ctx: Ctx, role: str = "owner", *, language: str = "en") -> Client:
    """A browser in which somebody with this role has signed in through the form.

    Quick tests sign in more often a minute than people may. Who counts the attempts asks the database fifty times, so nobody counts
    here: doorstep/web/parts/tests/test_sign_in.py holds that they are counted.
    """
    cache.clear()
    client = Client()
    told = {"login": add_person(ctx, role, language=language), "password": PASSWORD}
    with override_settings(ACCOUNT_RATE_LIMITS=False):
        answer = client.post("/sign-in/", told)
    assert answer.status_code == 302, answer.status_code
    return client


def listed(ctx: Ctx, *drafts: OrderDraft) -> list[int]:
    """Orders on their pick lists; returns the ids of their fulfilment orders."""
    from doorstep.orders import queries
    from doorstep.worker.dispatch import drain

    order_ids = place(ctx, *drafts)
    drain()
    return [part.id for part in queries.fulfilment_orders_of(ctx, order_ids=order_ids)]


def picked(ctx: Ctx, *drafts: OrderDraft) -> list[int]:
    """Orders of which every unit was scanned; returns the ids of their fulfilment orders."""
    from doorstep.fulfilment import queries, scanning

    parts = listed(ctx, *drafts)
    for task in queries.tasks_of_orders(ctx, fulfilment_order_ids=parts):
        for n in range(task.qty):
            answer = scanning.scan(
                ctx, pick_list_id=task.pick_list_id, client_id=f"{task.id}-{n}", code=task.sku, typed=False, at=NOW
            )
            assert answer.problem == "", answer
    return parts


def packed(ctx: Ctx, *drafts: OrderDraft) -> list[int]:
    """Orders in closed parcels; returns the ids of the parcels."""
    from doorstep.fulfilment import actions

    parcels = [actions.pack(ctx, fulfilment_order_id=part) for part in picked(ctx, *drafts)]
    return [parcel for parcel in parcels if parcel is not None]


def merged(ctx: Ctx) -> int:
    """Two customers who were one person; returns the merge."""
    from doorstep.customers import actions as customers
    from doorstep.customers.values import CustomerDraft
    from doorstep.flows import merge_customers

    keep, gone = (
        customers.create_customer(ctx, customer=CustomerDraft("Two", f"two-{next(_numbers)}@example.com")) for _ in "ab"
    )
    return merge_customers.merge(ctx, keep_id=keep, gone_id=gone, keep_version=1, gone_version=1).id


def together(*calls: Callable[[], object]) -> list[object]:
    """What several people get who act at the same moment, each in a thread and a connection of their own.

    Shapes: one answer per call, in order; an exception is an answer.
    """
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            start.wait(60)
            return call()
        except Exception as trouble:  # noqa: BLE001  # the test looks at it
            return trouble
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
