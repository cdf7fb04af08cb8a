"""A brand and the shop it tells its numbers to: what tests of exposures begin with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.channels import actions as channels
from doorstep.channels import exposures, listings
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.values import ConnectionRow, ExposureRow, ListingFilter
from doorstep.flows import expose, reconcile
from doorstep.worker import dispatch
from tests.contracts.conftest import CATALOG
from tests.factories import Brand, make_brand
from tests.sandboxes import Server, borrowed


@dataclass
class Shown:
    """A brand, its shop, and the connection between them."""

    brand: Brand
    shop: Server
    connection: ConnectionRow

    @property
    def ctx(self) -> Ctx:
        return replace(self.brand.ctx, now=datetime.now(UTC))

    def at(self, later: timedelta) -> Ctx:
        return replace(self.brand.ctx, now=datetime.now(UTC) + later)

    def sync(self, later: timedelta = timedelta()) -> int:
        """Follows stock and tells what is due.  Returns: how many numbers were told."""
        expose.follow(self.at(later))
        return expose.push(lambda: self.at(later), connection_id=self.connection.id, go_on=lambda: True)

    def there(self) -> dict[str, int]:
        return {line["sku"]: line["available"] for line in self.shop.get("/inventory")["inventory"]}

    def times(self) -> dict[str, int]:
        return {line["sku"]: line["times_told"] for line in self.shop.get("/inventory")["inventory"]}

    def listing(self, sku: str) -> int:
        (row,) = [row for row in listings.list_page(self.ctx, where=ListingFilter()) if row.sku == sku]
        return row.id

    def exposure(self, sku: str) -> ExposureRow:
        id = self.listing(sku)
        return exposures.find(self.ctx, listing_ids=[id])[id]

    def sells(self, sku: str, qty: int) -> dict[str, Any]:
        lines = [{"sku": sku, "quantity": qty}]
        made: dict[str, Any] = self.shop.post("/orders", {"lines": lines, "country": "DE", "financial_status": "paid"}, status=201)
        return made

    def hear(self) -> None:
        """Fetches the shop's orders and lets everything happen that follows."""
        reconcile.reconcile(self.ctx)
        dispatch.drain()


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    with borrowed("shop", "--retry-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
        brand = make_brand(skus="ABCD", stock_each=10)
        connection = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url=str(server.http.base_url))
        made = Shown(brand, server, connection)
        expose.read_listings(lambda: made.ctx, connection_id=connection.id)
        yield made
        assert check(INVARIANTS) == []
