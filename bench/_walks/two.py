"""Walk 2: customers ask for returns, parcels come back, a table receives and judges them, and money goes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench import _brand
from bench._walks.world import World, sandbox

SHARE = 0.3  # of the orders that were delivered
TWICE = 0.2  # of what is sent to the API
WORDS = (("restocked", 10), ("refurbish", 4), ("liquidate", 2), ("donate", 2), ("missing", 2))
OUTCOMES = (("refund_original", 11), ("store_credit", 4), ("exchange_variant", 5))


@dataclass
class Journal:
    """What people did with their hands: the measure for the books.

    `judged`: by line and number of the unit, how it was judged.  `asked`: the return of each order.
    """

    judged: dict[tuple[int, int], str] = field(default_factory=dict)
    asked: dict[int, int] = field(default_factory=dict)
    moved: set[tuple[str, str]] = field(default_factory=set)


def _one_of(random: Any, choices: tuple[tuple[str, int], ...]) -> str:
    return str(random.choices([word for word, _ in choices], [weight for _, weight in choices])[0])


class Returning:
    """Customers who send something back, and the carrier who brings it."""

    def __init__(self, world: World, journal: Journal) -> None:
        self.world, self.journal, self.random = world, journal, world.random("returning")

    def deliver(self) -> None:
        """The carrier delivers what some of the orders are sent back of, and fetches what goes back."""
        from doorstep.base import db

        out = db.dicts(
            """SELECT p.tracking_number AS number, o.external_id FROM shipping_parcel p JOIN orders_order o ON o.id = p.order_id
                WHERE p.direction = 'out' AND p.state = 'handed_over' AND p.status NOT IN ('delivered') ORDER BY p.id"""
        )
        for line in out:
            if line["external_id"].startswith("B") and self._chosen(line["external_id"]):
                self._move(line["number"], "91")
        back = db.dicts(
            """SELECT p.tracking_number AS number FROM returns_return r JOIN shipping_parcel p ON p.id = r.parcel_id
                WHERE r.goods = 'label_issued'"""
        )
        for line in back:
            self._move(line["number"], "11")

    def _chosen(self, external_id: str) -> bool:
        return self.world.random(f"back-{external_id}").random() < SHARE

    def _move(self, number: str, code: str) -> None:
        if (number, code) not in self.journal.moved:
            sandbox("POST", f"{self.world.at.carrier_url}/admin/advance", {"tracking_number": number, "to": code})
            self.journal.moved.add((number, code))

    def ask(self) -> None:
        """Asks for the return of orders that came, once their money is taken; some customers click twice."""
        from doorstep.base import db

        came = db.dicts(
            """SELECT DISTINCT o.id, o.external_id FROM orders_order o JOIN shipping_parcel p ON p.order_id = o.id
                WHERE p.direction = 'out' AND p.status = 'delivered' AND o.external_id LIKE 'B%%'
                  AND o.payment_state = 'paid' ORDER BY o.id"""
        )
        for line in came:
            if line["id"] in self.journal.asked or not self._chosen(line["external_id"]):
                continue
            body = self._wishes(line["id"], self.world.random(f"wish-{line['external_id']}"))
            for _ in range(1 + (self.random.random() < TWICE)):
                made = self.world.post(f"/orders/{line['id']}/returns", body)
                if made is not None:
                    self.journal.asked[line["id"]] = made["id"]

    def _wishes(self, order_id: int, random: Any) -> dict[str, Any]:
        from doorstep.catalog import queries as catalog
        from doorstep.orders import queries as orders

        ctx, lines = self.world.now(), []
        bought = orders.lines_of(ctx, order_ids=[order_id])
        for row in random.sample(bought, random.randint(1, len(bought))):
            wish = {
                "order_line_id": row.id, "qty": random.randint(1, row.qty), "reason": "too_small",
                "outcome": _one_of(random, OUTCOMES),
            }  # fmt: skip
            if wish["outcome"] == "exchange_variant":
                other = row.sku[:-1] + _brand.SIZES[row.sku.endswith(_brand.SIZES[0])]
                wish["exchange_variant_id"] = catalog.find_variants(ctx, skus=[other])[other].id
            lines.append(wish)
        return {"client_id": f"back-{order_id:06}", "lines": lines}


class Table:
    """Who opens the parcels that came back, and who pays out by hand what a shop took."""

    def __init__(self, world: World, journal: Journal) -> None:
        self.world, self.journal, self.random = world, journal, world.random("table")

    def receive(self) -> None:
        """Counts what came, line by line, and judges it, unit by unit; some taps are doubled."""
        from doorstep.returns import queries
        from doorstep.returns.values import ReturnFilter

        ctx = self.world.now()
        rows = [*queries.list_returns(ctx, where=ReturnFilter(view="coming"), limit=200)]
        rows += queries.list_returns(ctx, where=ReturnFilter(view="here"), limit=200)
        for row in rows:
            if row.goods not in ("in_transit", "partially_received", "received"):
                continue
            for line in queries.lines_of(ctx, return_ids=[row.id]):
                if line.received < line.qty:
                    came = {"line_id": line.id, "qty": line.qty - line.received}
                    self._tap(f"/returns/{row.id}/receipts", {"client_id": f"came-{line.id:06}", "lines": [came]})
            for line in queries.lines_of(ctx, return_ids=[row.id]):
                for n in range(line.inspected, line.received):
                    self._judge(row.id, line.id, n, line.outcome)

    def _judge(self, return_id: int, line_id: int, n: int, outcome: str) -> None:
        word = _one_of(self.world.random(f"judge-{line_id}-{n}"), WORDS)
        if outcome == "exchange_variant" and word == "missing":
            word = "restocked"
        body = {
            "client_id": f"judge-{line_id:06}-{n}", "line_id": line_id, "qty": 1, "grade": "B", "disposition": word,
        }  # fmt: skip
        if self._tap(f"/returns/{return_id}/inspections", body):
            self.journal.judged[line_id, n] = word

    def _tap(self, path: str, body: dict[str, Any]) -> bool:
        answers = [self.world.post(path, body) for _ in range(1 + (self.random.random() < TWICE))]
        return any(answer is not None for answer in answers)

    def pay_out(self) -> None:
        """Pays by hand what a shop took, and says so; twice is once."""
        from doorstep.payments import actions, queries

        ctx = self.world.now()
        for call in queries.list_for_people(ctx):
            if call.is_by_hand:
                actions.confirm_refund(ctx, refund_id=call.id)
