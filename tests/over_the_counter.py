"""A shop whose till is open, and what is sold there; made by the same actions that people use."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from doorstep.base.ctx import Ctx
from doorstep.flows.sell_in_shop import Sale, SaleLine
from doorstep.locations.values import LocationKind
from doorstep.payments import accounts
from doorstep.payments import queries as money
from doorstep.payments.port import Told
from doorstep.payments.till import actions as till
from doorstep.payments.till.values import Given, ShiftRow, TillKind
from doorstep.payments.values import CallState
from tests.factories import NOW, make_location

_numbers = itertools.count(1)


def make_shop(ctx: Ctx, code: str = "HBF", *, online: bool = False, country: str = "DE") -> int:
    """A shop, which fulfils web orders too where it is `online`."""
    return make_location(
        ctx, code, country, kind=LocationKind.SHOP, fulfils_online=online, lines=("Torstr. 1",), city="Berlin", postal_code="10115"
    )


def open_till(ctx: Ctx, shop: int, opening_minor: int = 10_000) -> ShiftRow:
    return till.open_shift(ctx, location_id=shop, currency="EUR", opening_minor=opening_minor)


def client_id() -> str:
    """A number as a browser makes it."""
    return f"0000aaaa-{next(_numbers):08}"


def sale(shop: int, *lines: tuple[str, int], given: Sequence[Given] | None = None, **more: Any) -> Sale:
    """A sale of things at 10.00 each, paid in cash."""
    sold = Sale(
        client_id=more.pop("client_id", "") or client_id(), location_id=shop,
        lines=tuple(SaleLine(sku, qty, 1000) for sku, qty in lines), given=(), sold_at=NOW, **more,
    )  # fmt: skip
    paid = (Given(TillKind.CASH, sold.total_minor),) if given is None else tuple(given)
    return Sale(**{name: getattr(sold, name) for name in Sale.__slots__ if name != "given"}, given=paid)


def charged(ctx: Ctx, shift: ShiftRow, minor: int, *, state: CallState = CallState.SUCCEEDED) -> int:
    """A card that the provider said this of; returns the charge."""
    account = next((row.id for row in money.list_accounts(ctx)), None) or accounts.connect(
        ctx, code="cards", name="Cards", provider="sandbox_payment", settings={"url": "http://127.0.0.1:9", "token": "x"}
    )
    key = f"charge-{next(_numbers)}"
    row = till.want_charge(
        ctx, shift=shift, account_id=int(account), kind="capture", key=key, amount_minor=minor, method="pm_card"
    )
    told = Told(row.vendor_key, state, f"op_{row.id}", f"pay_{row.id}", minor)
    till.settle_charge(ctx, charge_id=row.id, told=told, payment=told.payment)
    return row.id
