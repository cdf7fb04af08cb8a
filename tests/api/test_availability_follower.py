"""Whatever happens to stock, who follows the feed of availability knows what a whole reading tells."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, order
from tests.api.following import Follower, add, components, follower, held, shop, whole
from tests.factories import make_variants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("feed")]


class World:
    """What can happen to stock and to what is sold, each by the API."""

    def __init__(self) -> None:
        self.api = shop(skus=("A", "B", "C", "D"))
        made = make_variants(self.api.brand.ctx, ["AB", "BD"])
        self.api.brand.variants.update(made)
        components(self.api, "BD", B=1, D=2)
        self.n = 0

    def ask(self, method: str, path: str, body: Any = None) -> None:
        """Whether it may is not asked here: what was refused changed nothing, and both readers see that."""
        answer = self.api.ask(method, path, body)
        assert answer.status_code < 500, answer.content

    def happen(self, what: str, sku: str, qty: int) -> None:
        self.n += 1
        at, lines, variant = self.api.brand.seoul, [{"sku": sku, "qty": qty}], self.api.brand.variants[sku]
        elsewhere = self.api.brand.berlin
        match what:
            case "receive":
                self.ask("POST", "/stock/receipts", {"location_id": at, "lines": lines})
            case "lose":
                lost = {"location_id": at, "lines": [{"sku": sku, "on_hand": -qty}], "reason": "lost"}
                self.ask("POST", "/stock/adjustments", lost)
            case "break":
                turn = {"location_id": at, "lines": lines, "was": "sellable", "to": "damaged", "reason": "damaged"}
                self.ask("POST", "/stock/conditions", turn)
            case "count":
                self.ask("POST", "/stock/counts", {"location_id": at, "lines": [{"sku": sku, "on_hand": qty}]})
            case "keep":
                self.ask("POST", "/stock/safety-stock", {"lines": [{"sku": sku, "location_id": at, "qty": qty}]})
            case "keep everywhere":
                self.ask("POST", "/stock/safety-stock", {"lines": [{"sku": sku, "qty": qty}]})
            case "hold":
                self.ask("POST", "/reservations", {"token": f"t{qty % 2}", "lines": lines, "minutes": 5})
            case "let go":
                self.ask("DELETE", f"/reservations/t{qty % 2}")
            case "order":
                line = {"sku": sku, "qty": qty, "unit_price": {"amount": "1", "currency": "EUR"}}
                self.ask("POST", "/orders", order(external_id=f"W-{self.n}", lines=[line]))
            case "cancel":
                for one in self.api.get("/orders?limit=1").json()["orders"]:
                    self.ask("POST", f"/orders/{one['id']}/cancel", {"reason": "customer"})
            case "transfer":
                draft = {"origin_id": at, "destination_id": elsewhere, "lines": lines}
                made = self.api.post("/transfers", draft).json()
                self.ask("POST", f"/transfers/{made.get('id', 1)}/ship", {})
            case "sell":
                self.ask("PUT", f"/stock/{sku}/selling", {"kind": "backorder" if qty % 2 else "none"})
            case "archive":
                self.ask("PATCH", f"/variants/{variant}", {"archived": bool(qty % 2)})
            case "rename":
                name = f"{sku}-{self.n}"
                self.ask("PATCH", f"/variants/{variant}", {"sku": name})
                self.ask("PATCH", f"/variants/{variant}", {"sku": sku})
            case "compose":
                parts = {"A": qty, "B": 1} if qty % 3 else {}
                body = {"components": [{"sku": part, "qty": n} for part, n in parts.items()]}
                self.ask("PUT", f"/variants/{self.api.brand.variants['AB']}/components", body)
            case "add":
                self.api.brand.variants.update(make_variants(self.api.brand.ctx, [f"N{self.n}"]))
            case "dispatch":
                drain()


KINDS = (
    "receive", "lose", "break", "count", "keep", "keep everywhere", "hold", "let go", "order", "cancel", "transfer", "sell",
    "archive", "rename", "compose", "add", "dispatch",
)  # fmt: skip
happenings = st.tuples(st.sampled_from(KINDS), st.sampled_from("ABC"), st.integers(1, 4), st.booleans(), st.booleans())


@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(early=st.lists(happenings, max_size=8), late=st.lists(happenings, min_size=4, max_size=12))
def test_whatever_happens_who_follows_knows_what_a_whole_reading_tells(early: list[Any], late: list[Any]) -> None:
    """Some of it in savepoints, and all the while a transaction is open that changed D and so the bundle of B and D."""
    world = World()
    front = follower(world.api)

    def go(steps: list[Any]) -> None:
        for what, sku, qty, nested, reads in steps:
            with transaction.atomic():
                with transaction.atomic(savepoint=nested):
                    world.happen(what, sku, qty)
            if reads:
                front.follow(limit=2)

    go(early)
    with held(lambda: add(world.api, "D", 9)):
        go(late)
        front.follow()
        assert agreed(front, world.api)
    front.follow(limit=3)
    assert agreed(front, world.api)
    assert front.on_sale["D"] == 29


def agreed(front: Follower, api: Api) -> bool:
    known = {id: row for id, row in front.known.items() if row["on_sale"]}
    assert known == whole(api, limit=4)[1]
    return True
