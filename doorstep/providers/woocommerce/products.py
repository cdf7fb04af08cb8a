"""WooCommerce's products and variations ↔ what we list and tell numbers of. Pure.

A listing is named as lines of orders name it: "<product>" or "<product>:<variation>". Only what has "manage stock" switched on has
a number; a variation that counts with its product ("parent") has none of its own.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#products, #product-variations and #batch-update-products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.channels.port import (
    Declined,
    Gone,
    ListedItem,
    ListingsChanged,
    Number,
    NumberAnswer,
    NumberTold,
    ShopFact,
    Taken,
)
from doorstep.providers.plain import unreadable
from doorstep.providers.woocommerce.fields import a_list, an_id, an_object, item_of, text, whole

# Sold only as other products, or elsewhere.
NOTHING_TO_COUNT = ("grouped", "external")
MOST = 2**31 - 1
UNCOUNTED = "the shop does not count its stock"
WITH_PRODUCT = "the shop counts it with its product, not by itself"
UNKNOWN = "the shop does not know it"


def read_told(product: Mapping[str, Any]) -> list[ShopFact]:
    """What a product or variation that was made or changed says: its number; a new or hidden one has all listings read anew.

    No time is told with the number: the shop builds what it sends when it sends it, and does not note every sale as a change.
    """
    is_new = product.get("date_created_gmt") == product.get("date_modified_gmt")
    if is_new or product.get("status", "publish") != "publish":
        return [ListingsChanged()]
    number = number_of(product)
    return [] if number is None else [NumberTold(_listing_of(product), number)]


def read_product(product: Mapping[str, Any]) -> list[ListedItem]:
    """What is listed of a product itself; a variable one is listed by its variations."""
    if product["type"] in (*NOTHING_TO_COUNT, "variable", "variable-subscription"):
        return []
    return [_listed(product, an_id(product["id"]), _title(product))]


def has_variations(product: Mapping[str, Any]) -> bool:
    """Whether its variations are to be listed."""
    return bool(product["type"] in ("variable", "variable-subscription"))


def read_variations(product: Mapping[str, Any], variations: Sequence[Mapping[str, Any]]) -> list[ListedItem]:
    """What is listed of a variable product."""
    return [_listed(one, item_of(product["id"], one["id"]), _title(product, one)) for one in variations]


def number_of(product: Mapping[str, Any]) -> int | None:
    """What the shop shows of it, where it has a number of its own."""
    quantity = product.get("stock_quantity")
    if product.get("manage_stock") is not True or quantity is None:
        return None
    return max(min(whole(quantity), MOST), -MOST)


def by_product(numbers: Sequence[Number]) -> dict[str, list[Number]]:
    """Numbers by the product under which their variations are told; "" for those of products themselves."""
    found: dict[str, list[Number]] = {}
    for number in numbers:
        product, _, variation = number.id.partition(":")
        found.setdefault(product if variation else "", []).append(number)
    return found


def updates_of(numbers: Sequence[Number]) -> list[dict[str, int]]:
    """Objects of a batch; each sets a number and touches nothing else."""
    return [{"id": int(one.id.partition(":")[2] or one.id), "stock_quantity": one.number} for one in numbers]


def read_updates(document: Mapping[str, Any], numbers: Sequence[Number]) -> dict[str, NumberAnswer]:
    """What became of each number of a batch."""
    said = {str(one.get("id")): one for one in map(an_object, a_list(document.get("update")))}
    found: dict[str, NumberAnswer] = {}
    for number in numbers:
        one = said.get(number.id.partition(":")[2] or number.id)
        found[number.id] = _answer(one, number) if one is not None else Declined("the shop said nothing of it")
    return found


def _answer(one: Mapping[str, Any], number: Number) -> NumberAnswer:
    error = one.get("error")
    if error is not None:
        code, status = str(an_object(error).get("code", "")), an_object(error.get("data") or {}).get("status")
        if status == 404 or code.endswith("_invalid_id") or code.endswith("_invalid_product_id"):
            return Gone(UNKNOWN)
        return Declined(text(str(error.get("message") or code), 200))
    if one.get("manage_stock") == "parent":
        return Gone(WITH_PRODUCT)
    shown = number_of(one)
    if shown is None:
        return Gone(UNCOUNTED)
    return Taken() if shown == number.number else Declined(f"the shop shows {shown} instead")


def _listing_of(product: Mapping[str, Any]) -> str:
    return item_of(product["parent_id"], product["id"]) if product.get("type") == "variation" else an_id(product["id"])


def _listed(one: Mapping[str, Any], item: str, title: str) -> ListedItem:
    barcode = text(one.get("global_unique_id"), 80)
    return ListedItem(item, item, text(one.get("sku"), 64), barcode, title, number_of(one))


def _title(product: Mapping[str, Any], variation: Mapping[str, Any] | None = None) -> str:
    if "name" not in product:
        raise unreadable("a product has no name")
    options = [text(str(an_object(a).get("option") or ""), 80) for a in a_list((variation or {}).get("attributes") or [])]
    return ", ".join([text(product["name"], 160), *(o for o in options if o)])[:255]
