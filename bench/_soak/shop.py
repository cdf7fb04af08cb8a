"""Shoppers: orders in every way, carts, and all that happens to an order before it is packed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench._soak.client import Document
from bench._soak.world import BOOKED, BUNDLES, SCARCE, World, order_body

OPEN_CARTS = 6


class Shopper:
    """Buys scarce things against everybody else, and things of the book that nobody else changes the orders of."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.client, self.name = world, world.client(f"shopper{number}"), f"S{number}"
        self.random = self.client.random
        self.orders = 0
        self.carts: list[str] = []
        self.mine: list[int] = []  # orders of the book

    def acts(self) -> list[tuple[object, int]]:
        """What shoppers do, and how often."""
        return [
            (self.buy, 8), (self.buy_booked, 6), (self.buy_many, 2), (self.hold_cart, 5), (self.change_cart, 2),
            (self.drop_cart, 1), (self.check_out, 4), (self.cancel, 3), (self.cancel_booked, 2), (self.edit, 3),
            (self.edit_booked, 2), (self.hold, 2), (self.release, 2), (self.annotate, 1), (self.split, 1), (self.promise, 1),
            (self.merge, 1),
        ]  # fmt: skip

    def _number(self) -> str:
        self.orders += 1
        return f"{self.name}-{self.orders}"

    def _body(self, lines: Sequence[tuple[str, int]], cart: str = "") -> Document:
        buyer = f"buyer{self.random.randrange(40)}"
        country = self.random.choice(("DE", "KR"))
        return order_body(self._number(), lines, country=country, buyer=buyer, cart=cart)

    def _wishes(self) -> list[tuple[str, int]]:
        skus = self.random.sample([*SCARCE, *BUNDLES], self.random.randint(1, 3))
        return [(sku, self.random.randint(1, 3)) for sku in skus]

    def _place(self, act: str, body: Document) -> Document | None:
        """Sends an order once, twice under its key, again under another key, or after it was cut off."""
        key, dice = self.client.key(), self.random.random()
        if dice < 0.15:
            self.client.cut_off("/orders", body, key=key, part=self.random.choice((0.3, 0.9, 1.0)))
        made = self.client.write(act, "POST", "/orders", body, key=key)
        if made is None:
            return None
        self.world.sent[body["external_id"]] = made["id"]
        if dice > 0.85:
            other = key if dice > 0.92 else self.client.key()
            again = self.client.write("order again", "POST", "/orders", body, key=other)
            if again is None or again["id"] != made["id"]:
                self.world.tally.torn.append(f"{body['external_id']} {made} {again}")
        return made

    def buy(self) -> None:
        """An order of scarce things."""
        made = self._place("order", self._body(self._wishes()))
        if made:
            self.world.placed.append(made["id"])

    def buy_booked(self) -> None:
        """An order of things of the book."""
        self._keep(self._place("order of the book", self._body(self._booked())))

    def _booked(self) -> list[tuple[str, int]]:
        return [(sku, self.random.randint(1, 3)) for sku in self.random.sample(BOOKED, self.random.randint(1, 2))]

    def _keep(self, made: Document | None, cart: str = "") -> None:
        """Writes an order of the book down, as it was answered."""
        if made is None:
            return
        order = self.client.get(f"/orders/{made['id']}")
        wants = Counter[str]()
        for line in order["lines"]:
            wants[line["sku"]] += line["qty"]
        with self.world.book.lock:
            self.world.book.ordered[made["id"]] = wants
            self.world.book.carts.pop(cart, None)
        self.mine.append(made["id"])

    def buy_many(self) -> None:
        """A batch, one order of which may stand in it twice."""
        bodies = [self._body(self._wishes()) for _ in range(self.random.randint(2, 6))]
        if self.random.random() < 0.3:
            bodies.append(bodies[0])
        told = self.client.write("batch", "POST", "/orders/batch", {"orders": bodies})
        for body, answer in zip(bodies, told["answers"] if told else [], strict=False):
            if answer.get("order"):
                self.world.sent[body["external_id"]] = answer["order"]["id"]
                self.world.placed.append(answer["order"]["id"])

    def hold_cart(self) -> None:
        """A cart holds things, scarce ones for a minute, those of the book for as long as the soak may take."""
        if len(self.carts) >= OPEN_CARTS:
            return
        token = f"cart-{self.name}-{self.client.key()}"
        is_booked = self.random.random() < 0.5
        lines = self._cart_lines(is_booked)
        body = {"token": token, "lines": lines, "minutes": 60 if is_booked else 1}
        if self.client.write("reserve", "POST", "/reservations", body):
            self.carts.append(token)
            self._hold(token, lines, is_booked)

    def _cart_lines(self, is_booked: bool) -> list[Document]:
        skus = self.random.sample(BOOKED if is_booked else SCARCE, self.random.randint(1, 2))
        return [{"sku": sku, "qty": self.random.randint(1, 2)} for sku in skus]

    def _hold(self, token: str, lines: list[Document], is_booked: bool) -> None:
        if is_booked:
            self.world.book.carts[token] = Counter({line["sku"]: line["qty"] for line in lines})

    def change_cart(self) -> None:
        """A buyer wants other things, or a moment longer."""
        if self.carts:
            token = self.random.choice(self.carts)
            is_booked = token in self.world.book.carts
            lines = self._cart_lines(is_booked)
            body = {"lines": lines, "minutes": 60 if is_booked else 1}
            if self.client.write("change reservation", "PATCH", f"/reservations/{token}", body):
                self._hold(token, lines, is_booked)

    def drop_cart(self) -> None:
        """A buyer leaves."""
        if self.carts:
            token = self.carts.pop(self.random.randrange(len(self.carts)))
            if self.client.write("drop reservation", "DELETE", f"/reservations/{token}") is not None:
                self.world.book.carts.pop(token, None)

    def check_out(self) -> None:
        """A cart becomes an order, of what it holds or of something else."""
        if not self.carts:
            return
        token = self.carts.pop(0)
        is_booked = token in self.world.book.carts
        made = self._place("check out", self._body(self._booked() if is_booked else self._wishes(), cart=token))
        if is_booked:
            self._keep(made, cart=token)
        elif made:
            self.world.placed.append(made["id"])

    def _some(self) -> int | None:
        """An order that may still be changed: a late one."""
        late = self.world.placed[-60:]
        return self.random.choice(late) if late else None

    def cancel(self) -> None:
        """Anybody's order of scarce things is called off."""
        if id := self._some():
            self.client.write("cancel", "POST", f"/orders/{id}/cancel", {"reason": "customer"})

    def cancel_booked(self) -> None:
        """An order of one's own is called off."""
        if self.mine:
            id = self.random.choice(self.mine[-12:])
            if self.client.write("cancel of the book", "POST", f"/orders/{id}/cancel", {"reason": "customer"}):
                self.world.book.cancelled.add(id)

    def edit(self) -> None:
        """Other units of a line, or one more product; two may edit the same order."""
        if id := self._some():
            add = [{"sku": self.random.choice([*SCARCE, *BUNDLES]), "qty": 1}] if self.random.random() < 0.3 else []
            self._edit("edit", id, add)

    def _edit(self, act: str, id: int, add: list[Document]) -> Document | None:
        order = self.client.get(f"/orders/{id}")
        if not order.get("lines"):
            return None
        line = self.random.choice(order["lines"])
        lines = [{"order_line_id": line["id"], "qty": self.random.randint(0, 4)}]
        return self.client.write(
            act, "POST", f"/orders/{id}/edits", {"version": order["version"], "lines": lines, "add": add}
        )

    def edit_booked(self) -> None:
        """An order of the book has other units."""
        if self.mine:
            id = self.random.choice(self.mine[-12:])
            if told := self._edit("edit of the book", id, []):
                wants = Counter[str]()
                for line in told["order"]["lines"]:
                    wants[line["sku"]] += line["qty"]
                self.world.book.ordered[id] = wants

    def hold(self) -> None:
        """Somebody looks into an order."""
        if id := self._some():
            self.client.write("hold", "POST", f"/orders/{id}/hold", {"reason": "operator"})

    def release(self) -> None:
        """Somebody is done with it."""
        if id := self._some():
            self.client.write("release", "POST", f"/orders/{id}/release", {"reason": "operator"})

    def annotate(self) -> None:
        """An order becomes urgent."""
        if id := self._some():
            order = self.client.get(f"/orders/{id}")
            body = {"version": order["version"], "priority": self.random.choice(("normal", "high"))}
            self.client.write("prioritise", "PATCH", f"/orders/{id}", body)

    def split(self) -> None:
        """A part of what waits goes on its own."""
        if id := self._some():
            order = self.client.get(f"/orders/{id}")
            parts = [part for part in order.get("fulfilment_orders", ()) if part["lines"]]
            if parts:
                part = self.random.choice(parts)
                lines = [{"order_line_id": part["lines"][0]["order_line_id"], "qty": 1}]
                body = {"version": order["version"], "fulfilment_order_id": part["id"], "lines": lines}
                self.client.write("split", "POST", f"/orders/{id}/splits", body)

    def promise(self) -> None:
        """Somebody tries whether there is stock by now."""
        if id := self._some():
            self.client.write("promise again", "POST", f"/orders/{id}/promise")

    def merge(self) -> None:
        """Two customers were one, or were not after all."""
        people = self.client.get("/customers", limit=50)["customers"]
        if len(people) < 2:
            return
        keep, gone = self.random.sample(people, 2)
        body = {"gone_id": gone["id"], "gone_version": gone["version"], "version": keep["version"]}
        if self.client.write("merge", "POST", f"/customers/{keep['id']}/merges", body) and self.random.random() < 0.7:
            for one in self.client.get(f"/customers/{keep['id']}/merges")["merges"][:1]:
                self.client.write("undo merge", "POST", f"/customers/{keep['id']}/merges/{one['merge_id']}/undo")
