"""The floor: picks, short picks, packing and hand-over; returns, restock and what is sent again."""

from __future__ import annotations

from collections import Counter

from bench._soak.client import Document
from bench._soak.world import World
from bench._walks.world import sandbox

OUTCOMES = ("refund_original", "store_credit")
WORDS = ("restocked", "restocked", "refurbish", "liquidate", "donate")


class Picker:
    """Walks one list at a time; two pickers may meet on it."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.client = world, world.client(f"picker{number}")
        self.random = self.client.random

    def acts(self) -> list[tuple[object, int]]:
        """What pickers do, and how often."""
        return [(self.pick, 6), (self.hand_over, 2), (self.put_back, 1), (self.undo, 1)]

    def _list(self) -> Document:
        lists = self.client.get("/pick-lists", limit=50)["pick_lists"]
        return self.client.get(f"/pick-lists/{self.random.choice(lists)['id']}") if lists else {}

    def pick(self) -> None:
        """Scans what is on a list, some of it twice, finds too few here and there, and packs what is whole."""
        found = self._list()
        for task in found.get("tasks", [])[:12]:
            if task["on_hold"] or task["picked"] >= task["qty"]:
                continue
            if not task["sku"].startswith("BOOK") and self.random.random() < 0.08:
                body = {"client_id": self.client.key(), "task_id": task["id"], "found": task["picked"]}
                self.client.write("short", "POST", f"/pick-lists/{found['id']}/shorts", body)
                continue
            scans = [{"client_id": self.client.key(), "code": task["sku"]} for _ in range(task["qty"] - task["picked"])]
            self.client.tap("scan", f"/pick-lists/{found['id']}/scans", {"scans": scans})
        if found:
            self._pack(self.client.get(f"/pick-lists/{found['id']}"))

    def _pack(self, found: Document) -> None:
        left = Counter[int]()
        for task in found.get("tasks", []):
            left[task["fulfilment_order_id"]] += task["qty"] - task["picked"]
        for id in [id for id, units in left.items() if not units]:
            self.client.write("pack", "POST", f"/fulfilment-orders/{id}/pack")

    def undo(self) -> None:
        """The last scan was a mistake."""
        if found := self._list():
            self.client.write("undo scan", "POST", f"/pick-lists/{found['id']}/undo", {})

    def hand_over(self) -> None:
        """The carrier fetches what has a label."""
        ready = [row["id"] for row in self.client.get("/shipments", state="labelled", limit=20)["shipments"]]
        if ready and self.random.random() < 0.3:
            self._hand_over(ready)
            return
        for id in ready:
            self._hand_over([id])

    def _hand_over(self, ids: list[int]) -> None:
        told = self.client.write("hand over", "POST", "/hand-overs", {"shipments": ids})
        for id in told["handed_over"] if told else ():
            parcel = self.client.get(f"/shipments/{id}")
            units = Counter[str]()
            for line in parcel["lines"]:
                units[line["sku"]] += line["qty"]
            self.world.book.ship(id, parcel["order_id"], parcel["location_id"], units)

    def put_back(self) -> None:
        """What was picked for an order that is off lies on its shelf again."""
        for task in self.client.get("/put-backs", limit=10)["put_backs"]:
            self.client.write("put back", "POST", f"/put-backs/{task['task_id']}/done")


class Desk:
    """Where parcels come back, and the carrier who brings them out."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.client = world, world.client(f"desk{number}")
        self.random = self.client.random
        self.moved: set[tuple[str, str]] = set()

    def acts(self) -> list[tuple[object, int]]:
        """What happens to parcels outside, and how often."""
        return [(self.deliver, 2), (self.ask, 4), (self.table, 4), (self.send_again, 1), (self.close, 1)]

    def _move(self, number: str, code: str) -> None:
        if number and (number, code) not in self.moved:
            self.moved.add((number, code))
            try:
                sandbox("POST", f"{self.world.at.carrier_url}/admin/advance", {"tracking_number": number, "to": code})
            except RuntimeError as trouble:
                if '"voided"' not in str(trouble):  # somebody called the return off meanwhile
                    raise

    def deliver(self) -> None:
        """The carrier delivers, and fetches what goes back."""
        for parcel in self.client.get("/shipments", state="handed_over", limit=50)["shipments"]:
            if parcel["status"] != "delivered":
                self._move(parcel["tracking_number"], "91")
        for row in self.client.get("/returns", limit=50)["returns"]:
            if row["goods"] == "label_issued" and row["parcel_id"]:
                self._move(self.client.get(f"/shipments/{row['parcel_id']}").get("tracking_number", ""), "11")

    def _delivered(self) -> Document:
        parcels = self.client.get("/shipments", state="handed_over", limit=100)["shipments"]
        came = [parcel for parcel in parcels if parcel["status"] == "delivered"]
        if not came:
            return {}
        order = self.client.get(f"/orders/{self.random.choice(came)['order_id']}")
        return {} if not order or any(line["sku"].startswith("BOOK") for line in order["lines"]) else order

    def ask(self) -> None:
        """A customer sends something back."""
        if not (order := self._delivered()):
            return
        line = self.random.choice(order["lines"])
        wish = {
            "order_line_id": line["id"], "qty": 1, "reason": "changed_mind", "outcome": self.random.choice(OUTCOMES),
        }  # fmt: skip
        body = {"client_id": self.client.key(), "lines": [wish]}
        self.client.tap("ask for return", f"/orders/{order['id']}/returns", body)

    def table(self) -> None:
        """Receives what came and judges it; some taps are doubled."""
        for row in self.client.get("/returns", limit=30)["returns"]:
            if row["goods"] not in ("in_transit", "partially_received", "received"):
                continue
            found = self.client.get(f"/returns/{row['id']}")
            for line in found["lines"]:
                if line["received"] < line["qty"]:
                    came = [{"line_id": line["id"], "qty": line["qty"] - line["received"]}]
                    self._tap("receive return", row["id"], "receipts", {"lines": came})
                elif line["inspected"] < line["received"]:
                    judged = {"line_id": line["id"], "qty": 1, "grade": "B", "disposition": self.random.choice(WORDS)}
                    self._tap("inspect", row["id"], "inspections", judged)

    def _tap(self, act: str, return_id: int, room: str, body: Document) -> None:
        self.client.tap(act, f"/returns/{return_id}/{room}", {"client_id": self.client.key()} | body)

    def close(self) -> None:
        """A return is called off, or ends with what came of it."""
        rows = self.client.get("/returns", limit=30)["returns"]
        if rows:
            verb = self.random.choice(("cancel", "close-short"))
            self.client.write(f"{verb} return", "POST", f"/returns/{self.random.choice(rows)['id']}/{verb}")

    def send_again(self) -> None:
        """Something was lost, and goes out again."""
        if order := self._delivered():
            line = self.random.choice(order["lines"])
            body = {"reason": "lost", "lines": [{"order_line_id": line["id"], "qty": 1}]}
            self.client.write("reship", "POST", f"/orders/{order['id']}/reships", body)
