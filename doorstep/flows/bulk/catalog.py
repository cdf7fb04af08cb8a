"""Products: on sale, as a draft, archived.  Stock: units kept back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import actions as catalog
from doorstep.catalog import queries
from doorstep.catalog.values import ProductDraft
from doorstep.flows.bulk.values import Verb, Wished, every
from doorstep.stock import safety
from doorstep.stock.values import Keep

MOST_UNITS = 1_000_000


def _products(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: row.title for id, row in queries.products_by_id(ctx, ids=ids).items()}


def _others(status: str, ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return sum(row.status != status for row in queries.products_by_id(ctx, ids=ids).values()), 0


def _set_status(status: str, ctx: Ctx, wished: Wished, id: int) -> None:  # noqa: ARG001
    row = queries.get_product(ctx, product_id=id)
    if row.status == status:
        return
    draft = ProductDraft(row.title, row.description, row.category, status, tuple(row.option_names), row.final_sale)
    catalog.edit_product(ctx, product_id=id, version=row.version, product=draft)


def _variants(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: row.sku for id, row in queries.variants_by_id(ctx, ids=ids).items()}


def _keep_back(ctx: Ctx, wished: Wished, id: int) -> None:
    """Sets the safety stock to the number that was typed."""
    text = wished.note.strip().replace(",", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 8 and int(text) <= MOST_UNITS):
        raise Refused(INVALID, {"field": gettext_noop("Units"), "problem": gettext_noop("Write a whole number.")})
    safety.keep_back(ctx, keeps=[Keep(id, None, int(text))])


VERBS = (
    *(
        Verb(f"products.{name}", "catalog:write", _products, partial(_others, status), partial(_set_status, status))
        for name, status in (("activate", "active"), ("draft", "draft"), ("archive", "archived"))
    ),
    Verb("stock.keep_back", "stock:write", _variants, every, _keep_back),
)
