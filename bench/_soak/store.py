"""Storekeepers: what comes in, moves, is counted, harmed, kept back and tracked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench._soak.client import Document
from bench._soak.world import BOOKED, LOTS, PAPER, SCARCE, SERIALS, World

PLAIN = [sku for sku in SCARCE if sku not in (*LOTS, *SERIALS)]
REASONS = ("found", "lost", "damaged_in_store", "data_correction")
LATEST = 20


class Keeper:
    """Works in both places; the sheets, transfers and deliveries are everybody's."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.client, self.name = world, world.client(f"keeper{number}"), f"K{number}"
        self.random = self.client.random

    def acts(self) -> list[tuple[object, int]]:
        """What storekeepers do, and how often."""
        return [
            (self.receive, 4), (self.receive_booked, 2), (self.adjust, 3), (self.adjust_booked, 2), (self.turn, 3),
            (self.harm_booked, 1), (self.count, 2), (self.open_sheet, 1), (self.enter, 4), (self.approve, 2),
            (self.finish_sheet, 1), (self.keep_back, 2), (self.sell_later, 1), (self.expect, 2), (self.change_delivery, 1),
            (self.unload, 5), (self.close_delivery, 1), (self.draft_transfer, 2), (self.ship_transfer, 2),
            (self.take_in, 3), (self.close_transfer, 1), (self.move_booked, 2), (self.assign_lot, 2), (self.treat_lot, 2),
        ]  # fmt: skip

    def _place(self) -> int:
        return self.random.choice(self.world.places)

    def _latest(self, ids: list[int]) -> int | None:
        return self.random.choice(ids[-LATEST:]) if ids else None

    def receive(self) -> None:
        """A box without papers."""
        lines = [{"sku": self.random.choice(PLAIN), "qty": self.random.randint(1, 4)}]
        self.client.write("receive", "POST", "/stock/receipts", {"location_id": self._place(), "lines": lines})

    def receive_booked(self) -> None:
        """The same of the book."""
        at, sku, qty = self._place(), self.random.choice(BOOKED), self.random.randint(1, 9)
        body = {"location_id": at, "reference": "soak", "lines": [{"sku": sku, "qty": qty}]}
        if self.client.write("receive of the book", "POST", "/stock/receipts", body):
            self._came(sku, at, qty)

    def _came(self, sku: str, at: int, qty: int) -> None:
        with self.world.book.lock:
            self.world.book.on_hand[sku, at] += qty

    def adjust(self) -> None:
        """Units are found or lost, some with a paper."""
        line = {"sku": self.random.choice(PLAIN), "on_hand": self.random.choice((-2, -1, 1, 2))}
        body = {"location_id": self._place(), "reason": self.random.choice(REASONS), "lines": [line]}
        if self.random.random() < 0.3:
            body |= {"file": PAPER, "reference": "F-1"}
        self.client.write("adjust", "POST", "/stock/adjustments", body)

    def adjust_booked(self) -> None:
        """The same of the book, which has plenty."""
        at, sku, step = self._place(), self.random.choice(BOOKED), self.random.choice((-3, -1, 2, 4))
        body = {"location_id": at, "reason": "data_correction", "lines": [{"sku": sku, "on_hand": step}]}
        if self.client.write("adjust of the book", "POST", "/stock/adjustments", body):
            self._came(sku, at, step)

    def turn(self) -> None:
        """Units change their condition, or are thrown away."""
        was = self.random.choice(("sellable", "damaged", "quality_control"))
        to = self.random.choice([c for c in ("sellable", "damaged", "quality_control", "written_off") if c != was])
        lines = [{"sku": self.random.choice(SCARCE), "qty": self.random.randint(1, 2)}]
        body = {"location_id": self._place(), "was": was, "to": to, "reason": "other", "note": "soak", "lines": lines}
        self.client.write("turn", "POST", "/stock/conditions", body)

    def harm_booked(self) -> None:
        """A unit of the book breaks."""
        at, sku = self._place(), self.random.choice(BOOKED)
        body = {
            "location_id": at, "was": "sellable", "to": "damaged", "reason": "damaged_in_store",
            "lines": [{"sku": sku, "qty": 1}],
        }  # fmt: skip
        if self.client.write("harm of the book", "POST", "/stock/conditions", body):
            with self.world.book.lock:
                self.world.book.damaged[sku, at] += 1

    def count(self) -> None:
        """A shelf is counted without a sheet."""
        lines = [{"sku": sku, "on_hand": self.random.randint(4, 20)} for sku in self.random.sample(PLAIN, 2)]
        self.client.write("count", "POST", "/stock/counts", {"location_id": self._place(), "lines": lines})

    def open_sheet(self) -> None:
        """A sheet for a few products of a place."""
        skus = self.random.sample(SCARCE, 3)
        body = {"location_id": self._place(), "choose": "variants", "skus": skus}
        if made := self.client.write("open sheet", "POST", "/stock/count-sheets", body):
            self.world.sheets.append(made["id"])

    def enter(self) -> None:
        """Counts from a phone that may have been offline for a moment; some are sent twice."""
        if id := self._latest(self.world.sheets):
            lines = self.client.get(f"/stock/count-sheets/{id}").get("count_lines", [])
            if not lines:
                return
            at = datetime.now(UTC) - timedelta(seconds=self.random.choice((0, 0, 20)))
            entry = {
                "client_id": self.client.key(), "code": self.random.choice(lines)["sku"],
                "counted": self.random.randint(6, 16), "counted_at": at.isoformat(),
            }  # fmt: skip
            self.client.tap("enter count", f"/stock/count-sheets/{id}/entries", {"entries": [entry]})

    def approve(self) -> None:
        """Somebody decides what waits on a sheet, or has it counted again."""
        if id := self._latest(self.world.sheets):
            rows = self.client.get(f"/stock/count-sheets/{id}/variances").get("variances", [])
            waiting = [row["line_id"] for row in rows if row["state"] == "waiting"][:2]
            if waiting and self.random.random() < 0.2:
                self.client.write("recount", "POST", f"/stock/count-sheets/{id}/recount", {"line_ids": waiting})
            elif waiting:
                body = {"line_ids": waiting, "reroute": self.random.random() < 0.5}
                self.client.write("approve count", "POST", f"/stock/count-sheets/{id}/approve", body)

    def finish_sheet(self) -> None:
        """A sheet is over."""
        if id := self._latest(self.world.sheets):
            verb = self.random.choice(("finish", "cancel"))
            self.client.write(f"{verb} sheet", "POST", f"/stock/count-sheets/{id}/{verb}")

    def keep_back(self) -> None:
        """Units are kept from every channel."""
        at = self.random.choice([*self.world.places, None])
        line = {"sku": self.random.choice(PLAIN), "location_id": at, "qty": self.random.randint(0, 3)}
        self.client.write("keep back", "POST", "/stock/safety-stock", {"lines": [line]})

    def sell_later(self) -> None:
        """A product may be sold without stock from now on, or no more."""
        kind = self.random.choice((*["none"] * 2, "backorder", "preorder"))
        day = (datetime.now(UTC) + timedelta(days=self.random.randint(5, 40))).date().isoformat()
        body = {"kind": kind} | ({"available_on": day} if kind == "preorder" else {})
        self.client.write(
            "sell later", "PUT", f"/stock/{self.random.choice(['WILD-6', 'WILD-7', 'BACK-1'])}/selling", body
        )

    def expect(self) -> None:
        """A supplier announces a delivery."""
        skus = self.random.sample(SCARCE, 3)
        body = {
            "supplier": "Hanji Mill", "document": self.client.key(), "location_id": self._place(),
            "lines": [{"sku": sku, "qty": self.random.randint(2, 9)} for sku in skus],
            "expected_on": (datetime.now(UTC) + timedelta(days=self.random.randint(-2, 9))).date().isoformat(),
        }  # fmt: skip
        if made := self.client.write("expect delivery", "POST", "/expected-deliveries", body):
            self.world.deliveries.append(made["id"])

    def change_delivery(self) -> None:
        """It comes another day."""
        if id := self._latest(self.world.deliveries):
            day = (datetime.now(UTC) + timedelta(days=self.random.randint(1, 20))).date().isoformat()
            self.client.write("change delivery", "PATCH", f"/expected-deliveries/{id}", {"expected_on": day})

    def _arrived(self, sku: str, qty: int) -> Document:
        one: Document = {"client_id": self.client.key(), "code": sku, "qty": qty}
        one["condition"] = self.random.choice(("good", "good", "good", "quality_control", "damaged"))
        if sku in LOTS:
            number = self.random.randint(1, 5)
            one |= {"lot": f"L{number}", "expires_on": f"2030-01-{number:02}"}
        if sku in SERIALS:
            one |= {"serials": [f"SN-{one['client_id']}-{n}" for n in range(qty)]}
        return one

    def unload(self) -> None:
        """Parts of a delivery come, sometimes more than was expected; some receipts are sent twice, or taken back."""
        if id := self._latest(self.world.deliveries):
            lines = self.client.get(f"/expected-deliveries/{id}").get("lines", [])
            if not lines:
                return
            line = self.random.choice(lines)
            qty = max(line["missing"], 1) if self.random.random() < 0.4 else self.random.randint(1, 4)
            self._unload("expected-deliveries", "receive delivery", id, self._arrived(line["sku"], qty))

    def _unload(self, room: str, act: str, id: int, one: Document) -> int:
        """Returns: units that were booked."""
        told = self.client.tap(act, f"/{room}/{id}/receipts", {"receipts": [one]})
        if self.random.random() < 0.1:
            body = {"client_id": one["client_id"]}
            if self.client.write(f"take back: {act}", "POST", f"/{room}/{id}/take-back", body):
                return 0
        if told is None:
            return 0
        [answer] = told["answers"]
        self.world.tally.did(f"{act}: {answer['problem'] or 'booked'}")
        return 0 if answer["problem"] not in ("", "over") else int(answer["qty"])

    def close_delivery(self) -> None:
        """No more will come."""
        if id := self._latest(self.world.deliveries):
            verb = self.random.choice(("close", "close", "cancel"))
            self.client.write(f"{verb} delivery", "POST", f"/expected-deliveries/{id}/{verb}", {"reason": "sold out"})

    def draft_transfer(self) -> None:
        """Units shall go to the other place."""
        origin, destination = self.random.sample(self.world.places, 2)
        lines = [{"sku": sku, "qty": self.random.randint(1, 3)} for sku in self.random.sample(SCARCE, 2)]
        body = {"origin_id": origin, "destination_id": destination, "lines": lines}
        if made := self.client.write("draft transfer", "POST", "/transfers", body):
            self.world.transfers.append(made["id"])

    def ship_transfer(self) -> None:
        """A transfer leaves, or its draft is thrown away."""
        if id := self._latest(self.world.transfers):
            if self.random.random() < 0.1:
                self.client.write("cancel transfer", "POST", f"/transfers/{id}/cancel")
            else:
                self.client.write("ship transfer", "POST", f"/transfers/{id}/ship", {})

    def take_in(self) -> None:
        """Parts of a transfer come."""
        if id := self._latest(self.world.transfers):
            lines = self.client.get(f"/transfers/{id}").get("lines", [])
            if lines:
                line = self.random.choice(lines)
                one = self._arrived(line["sku"], max(1, line["in_transit"] - self.random.randint(0, 1)))
                self._unload("transfers", "receive transfer", id, one)

    def close_transfer(self) -> None:
        """The rest fell off."""
        if id := self._latest(self.world.transfers):
            self.client.write("close transfer", "POST", f"/transfers/{id}/close", {"reason": "fell off"})

    def move_booked(self) -> None:
        """Units of the book go to the other place and arrive."""
        origin, destination = self.random.sample(self.world.places, 2)
        sku, qty = self.random.choice(BOOKED), self.random.randint(1, 5)
        body = {"origin_id": origin, "destination_id": destination, "lines": [{"sku": sku, "qty": qty}]}
        made = self.client.write("draft transfer", "POST", "/transfers", body)
        if made and self.client.write("ship of the book", "POST", f"/transfers/{made['id']}/ship", {}):
            self._came(sku, origin, -qty)
            one = {"client_id": self.client.key(), "code": sku, "qty": qty}
            self._came(sku, destination, self._unload("transfers", "receive of the book", made["id"], one))

    def assign_lot(self) -> None:
        """Units that had no lot get one."""
        sku = self.random.choice([*LOTS, *SERIALS])
        body: Document = {"sku": sku, "location_id": self._place(), "qty": 1}
        if sku in LOTS:
            number = self.random.randint(1, 5)
            body |= {"lot": f"L{number}", "expires_on": f"2030-01-{number:02}"}
        else:
            body |= {"serials": [f"SN-{self.client.key()}"]}
        self.client.write("assign lot", "POST", "/stock/lots", body)

    def treat_lot(self) -> None:
        """Units of a lot are set aside, or written off."""
        lots = self.client.get("/lots", limit=50)["lots"]
        if lots:
            lot, verb = (
                self.random.choice(lots),
                self.random.choice(("quality-control", "quality-control", "write-off")),
            )
            body = {"location_id": self._place(), "qty": 1, "reason": "recalled"}
            self.client.write(f"lot {verb}", "POST", f"/lots/{lot['id']}/{verb}", body)
