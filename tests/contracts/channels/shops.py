"""One stage for each vendor that we sell through."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import httpx

from doorstep.channels import actions as channels
from doorstep.channels.values import ConnectionRow
from tests.contracts import amazon as at_amazon
from tests.contracts import shopify as at_shopify
from tests.contracts.channels.stage import Line, Said, Stage, next_second
from tests.sandbox.test_sandbox_woocommerce import API


class SandboxShop(Stage):
    lacks = {"token": "it asks for no token (sandbox/README.md, Shop), so none can end"}

    def connect(self) -> ConnectionRow:
        return channels.connect(self.brand.ctx, provider="sandbox_shop", name="Shop", url=self.url)

    def sells(self, *lines: Line, currency: str = "EUR", address: Mapping[str, str] | None = None) -> str:
        wanted = [{"sku": line.sku, "quantity": line.qty, "price": line.price, "title": line.sku} for line in lines]
        fields: Said = {
            "lines": wanted, "country": "DE", "currency": currency, "financial_status": "paid", "taxes_included": True,
            "shipping": {"title": "Post", "price": "0"},
        }  # fmt: skip
        if address is not None:
            fields["shipping_address"] = rest_address(address)
        return str(self.server.post("/orders", fields, status=201)["id"])

    def moves(self, order: str, *, city: str) -> None:
        self.edit(order, {"shipping_address": {"city": city}})

    def takes_one_off(self, order: str) -> None:
        first, *others = self.server.get(f"/orders/{order}")["line_items"]
        lines = [{"sku": one["sku"], "quantity": one["quantity"], "price": one["price"]} for one in (first, *others)]
        lines[0]["quantity"] -= 1
        self.edit(order, {"lines": lines})

    def edit(self, order: str, fields: Said) -> None:
        self.server.http.put(f"/orders/{order}", json=fields).raise_for_status()

    def refunds_one(self, order: str, *, amount: str) -> None:
        line = self.server.get(f"/orders/{order}")["line_items"][0]["id"]
        fields = {"staff": True, "amount": amount, "line_items": [{"id": line, "quantity": 1}]}
        self.server.post(f"/orders/{order}/refunds", fields, status=201)

    def calls_off(self, order: str) -> None:
        self.server.post(f"/orders/{order}/cancel", {"reason": "customer"})

    def ends_access(self) -> None:
        raise NotImplementedError

    def gives_access(self) -> None:
        raise NotImplementedError


class Shopify(Stage):
    def connect(self) -> ConnectionRow:
        return at_shopify.connect(self.brand, self.server).connection

    def sells(self, *lines: Line, currency: str = "EUR", address: Mapping[str, str] | None = None) -> str:
        wanted = [{"sku": line.sku, "quantity": line.qty, "price": line.price, "title": line.sku} for line in lines]
        fields: Said = {"lines": wanted, "country": "DE", "currency": currency}
        if address is not None:
            fields["shipping_address"] = rest_address(address)
        return str(self.server.post("/admin/orders", fields, status=201)["id"])

    def moves(self, order: str, *, city: str) -> None:
        self.server.http.put(f"/admin/orders/{order}", json={"shipping_address": {"city": city}}).raise_for_status()

    def takes_one_off(self, order: str) -> None:
        """An edited order keeps its lines as they were sold; what was taken off stands among its refunds, without money."""
        self.refunds_one(order, amount="0")

    def refunds_one(self, order: str, *, amount: str) -> None:
        sku = self.server.get(f"/admin/orders/{order}")["line_items"][0]["sku"]
        self.server.post(f"/admin/orders/{order}/refund", {"lines": [{"sku": sku}], "amount": amount}, status=201)

    def calls_off(self, order: str) -> None:
        self.server.post(f"/admin/orders/{order}/cancel", {})

    def ticks(self) -> None:
        next_second()

    def misbehaves(self, **faults: float) -> None:
        """Its bucket is empty, or full, rather than that single calls are refused."""
        is_empty = faults.pop("throttle", 0)
        self.server.post("/admin/bucket", {"left": 0 if is_empty else 2000, "rate": 0.001 if is_empty else 100})
        super().misbehaves(**faults)

    def fault(self, name: str) -> str:
        return {"cut": "truncated", "drop": "webhook_drop"}.get(name, name)

    def ends_access(self) -> None:
        self.server.post("/admin/app", {"token": "another"})

    def gives_access(self) -> None:
        self.server.post("/admin/app", {"token": "sandbox"})


class WooCommerce(Stage):
    def connect(self) -> ConnectionRow:
        self.server.http.auth = httpx.BasicAuth("ck_sandbox", "cs_sandbox")
        keys = {"client_id": "ck_sandbox", "client_secret": "cs_sandbox"}
        return channels.connect(self.brand.ctx, provider="woocommerce", name="Woo", url=self.url, settings=keys)

    def sells(self, *lines: Line, currency: str = "EUR", address: Mapping[str, str] | None = None) -> str:
        wanted = [{"sku": line.sku, "quantity": line.qty, "price": line.price, "name": line.sku} for line in lines]
        fields: Said = {"lines": wanted, "country": "DE", "currency": currency, "shipping_total": "0"}
        if address is not None:
            fields["shipping"] = {"city": address["city"], "postcode": address["postcode"], "country": address["country"]}
        return str(self.server.post("/admin/orders", fields, status=201)["id"])

    def moves(self, order: str, *, city: str) -> None:
        self.edit(order, {"shipping": {"city": city}})

    def takes_one_off(self, order: str) -> None:
        line = self.server.get(f"{API}/orders/{order}")["line_items"][0]
        self.edit(order, {"line_items": [{"id": line["id"], "quantity": line["quantity"] - 1}]})

    def edit(self, order: str, fields: Said) -> None:
        self.server.http.put(f"{API}/orders/{order}", json=fields).raise_for_status()

    def refunds_one(self, order: str, *, amount: str) -> None:
        line = self.server.get(f"{API}/orders/{order}")["line_items"][0]["id"]
        back = {"amount": amount, "line_items": [{"id": line, "quantity": 1}]}
        self.server.post(f"{API}/orders/{order}/refunds", back, status=201)

    def calls_off(self, order: str) -> None:
        self.edit(order, {"status": "cancelled"})

    def ticks(self) -> None:
        self.server.post("/admin/clock", {"forward_s": 2})

    def settles(self) -> None:
        self.server.post("/admin/clock", {"forward_s": 10})

    def ends_access(self) -> None:
        self.server.post("/admin/keys", {"valid": False})

    def gives_access(self) -> None:
        self.server.post("/admin/keys", {"valid": True})


class Amazon(Stage):
    """Its notifications stand in a queue and are signed by nobody; a bridge of the seller's own passes them on and signs them."""

    lacks = {
        "edit": "neither seller nor buyer changes the units of an order at Amazon; where it goes may change, which is tested",
    }
    renews_access = True
    api = "2026-01-01"

    def connect(self) -> ConnectionRow:
        return at_amazon.connect(self.brand, self.server, orders_api=self.api, bridge=f"{self.url}/admin/connect")

    def sells(self, *lines: Line, currency: str = "EUR", address: Mapping[str, str] | None = None) -> str:
        wanted = [{"sku": line.sku, "quantity": line.qty, "price": f"{Decimal(line.price) * line.qty}"} for line in lines]
        fields: Said = {"lines": wanted, "currency": currency}
        if address is not None:
            fields["address"] = {"city": address["city"], "postal_code": address["postcode"], "country": address["country"]}
        return str(self.server.post("/admin/orders", fields, status=201)["orders"][0]["id"])

    def moves(self, order: str, *, city: str) -> None:
        self.server.post(f"/admin/orders/{order}", {"address": {"city": city}})

    def takes_one_off(self, order: str) -> None:
        raise NotImplementedError

    def refunds_one(self, order: str, *, amount: str) -> None:
        sku = next(one for one in self.server.get("/admin/books")["orders"] if one["id"] == order)["lines"][0]["sku"]
        back = {"lines": [{"sku": sku, "amount": amount}], "fee": "0.50", "deferred": True}
        self.server.post(f"/admin/orders/{order}/refund", back, status=201)

    def calls_off(self, order: str) -> None:
        self.server.post(f"/admin/orders/{order}", {"status": "CANCELLED"})

    def fault(self, name: str) -> str:
        return {"drop": "webhook_drop"}.get(name, super().fault(name))

    def ends_access(self) -> None:
        assert self.server.post("/admin/expire")["expired"] >= 1

    def gives_access(self) -> None:
        raise NotImplementedError


class AmazonBefore(Amazon):
    """The Orders API that was before, v0."""

    api = "v0"


def rest_address(address: Mapping[str, str]) -> dict[str, str | None]:
    """As Shopify's documents have it."""
    return {"city": address["city"], "zip": address["postcode"] or None, "country_code": address["country"]}
