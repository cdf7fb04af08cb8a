"""What a person at a counter does in a browser, and what became of it."""

from __future__ import annotations

from typing import Any

from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow
from doorstep.stock import queries as stock
from tests.factories import Brand, make_brand, receive
from tests.over_the_counter import make_shop

Page = Any


def open_shop(units: int = 3) -> tuple[Brand, int]:
    brand = make_brand(stock_each=0, skus=("MUG", "TEA"))
    shop = make_shop(brand.ctx)
    for variant in brand.variants.values():
        receive(brand.ctx, variant, shop, units)
    return brand, shop


def sold(brand: Brand) -> list[OrderRow]:
    return orders.list_orders(brand.ctx, where=OrderFilter())


def left(brand: Brand, sku: str) -> int:
    return stock.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])[0].on_hand


def wedge(page: Page, code: str) -> None:
    """What a scanner that acts as a keyboard does."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def pay_in_cash(page: Page, handed: str = "") -> None:
    page.click("#pay")
    if handed:
        page.fill("#field-handed", handed)
    page.click("#take-cash")
    page.wait_for_selector("#done[open]")


def sent(page: Page) -> None:
    page.wait_for_selector("#queue-light[data-state=online][data-waiting='0']")
