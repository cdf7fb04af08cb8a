"""What everybody in the soak shares, and the brand that they work for."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench._plugs import Plugs
from bench._soak.book import Book
from bench._soak.client import Client, Document, Tally

WILD = [f"WILD-{n}" for n in range(8)]
LATER = ["BACK-0", "BACK-1", "PRE-0"]
LOTS = ["LOT-0", "LOT-1"]
SERIALS = ["SER-0"]
BUNDLES = {"SET-0": (("WILD-0", 1), ("WILD-1", 2)), "SET-1": (("WILD-2", 1), ("LOT-0", 1))}
SCARCE = [*WILD, *LATER, *LOTS, *SERIALS]
BOOKED = [f"BOOK-{n}" for n in range(8)]
FULL, FEW = 100_000, 12
PRICE = {"amount": "10.00", "currency": "EUR"}
PAPER = {"name": "found.txt", "content_type": "text/plain", "content": base64.b64encode(b"found").decode()}


@dataclass
class World:
    """`placed`: orders of scarce products that may be changed, newest last; `sent`: each order answered, by its own number."""

    at: Any
    ctx: Any
    secret: str
    seed: int
    places: list[int]
    plugs: Plugs
    tally: Tally = field(default_factory=Tally)
    book: Book = field(default_factory=Book)
    sent: dict[str, int] = field(default_factory=dict)
    placed: list[int] = field(default_factory=list)
    sheets: list[int] = field(default_factory=list)
    transfers: list[int] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def client(self, name: str) -> Client:
        """Somebody at the API."""
        return Client(self.at.ports, self.secret, name=name, seed=self.seed, tally=self.tally, plugs=self.plugs)


def stock_up(world: World) -> None:
    """Products of every kind by the API, a few of each on the shelves, and all that is to be had of those of the book."""
    client = world.client("founder")
    skus = [*SCARCE, *BOOKED, *BUNDLES]
    for sku in skus:
        variants = [{"sku": sku, "barcode": "", "price": PRICE, "weight_g": 100}]
        client.write("found", "POST", "/products", {"title": f"Thing {sku}", "variants": variants})
    for sku in LOTS:
        client.write("found", "POST", "/stock/tracking", {"sku": sku, "by_lot": True, "by_serial": False})
    for sku in SERIALS:
        client.write("found", "POST", "/stock/tracking", {"sku": sku, "by_lot": False, "by_serial": True})
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    for sku in LATER:
        kind = (
            {"kind": "preorder", "available_on": day}
            if sku.startswith("PRE")
            else {"kind": "backorder", "max_units": 500}
        )
        client.write("found", "PUT", f"/stock/{sku}/selling", kind)
    for at in world.places:
        lines = [{"sku": sku, "qty": FEW} for sku in SCARCE] + [{"sku": sku, "qty": FULL} for sku in BOOKED]
        client.write("found", "POST", "/stock/receipts", {"location_id": at, "reference": "soak", "lines": lines})
        world.book.on_hand.update({(sku, at): FULL for sku in BOOKED})
    for sku, contents in BUNDLES.items():
        id = _variant(client, sku)
        body = {"components": [{"sku": part, "qty": qty} for part, qty in contents]}
        client.write("found", "PUT", f"/variants/{id}/components", body)
    client.write("found", "PUT", "/stock/count-limits", {"units": 2})
    client.close()


def _variant(client: Client, sku: str) -> int:
    for product in client.get("/products", q=sku, limit=200)["products"]:
        for variant in product["variants"]:
            if variant["sku"] == sku:
                return int(variant["id"])
    raise LookupError(sku)


def order_body(number: str, lines: Sequence[tuple[str, int]], *, country: str, buyer: str, cart: str = "") -> Document:
    """An order as the API takes it."""
    city, code = {"DE": ("Berlin", "10115"), "KR": ("Seoul", "04524")}[country]
    body: Document = {
        "external_id": number, "name": f"#{number}", "placed_at": datetime.now(UTC).isoformat(), "currency": "EUR",
        "customer": {"name": "김민서", "email": f"{buyer}@example.com", "language": "ko"},
        "ship_to": {"name": "김민서", "lines": ["Torstr. 1"], "city": city, "postal_code": code, "country": country},
        "lines": [{"sku": sku, "qty": qty, "unit_price": PRICE} for sku, qty in lines],
    }  # fmt: skip
    return body | ({"reservation": cart} if cart else {})
