"""What the product form sends, as drafts; and a product as the form shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from doorstep.base import money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog.values import Handling, ProductDetail, ProductDraft, VariantDraft

OPTIONS = 3
COLUMNS = (
    "sku", "barcode", "price", "weight_g", "country_of_origin", "hs_code", "length_mm", "width_mm", "height_mm", "hazmat",
)  # fmt: skip
TICKS = ("archived", "own_box", "fragile")
_ROW = re.compile(r"([vn]\d{1,18})-sku")


@dataclass
class Line:
    """One row of the variants table.  `key`: v and the id of a variant, or n and a number for a new one."""

    key: str
    sku: str = ""
    barcode: str = ""
    price: str = ""
    weight_g: str = ""
    country_of_origin: str = ""
    hs_code: str = ""
    archived: bool = False
    options: list[str] = field(default_factory=lambda: [""] * OPTIONS)
    length_mm: str = ""
    width_mm: str = ""
    height_mm: str = ""
    own_box: bool = False
    fragile: bool = False
    hazmat: str = ""
    error: str = ""

    @property
    def variant_id(self) -> int | None:
        return int(self.key[1:]) if self.key[0] == "v" else None

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote into this new row."""
        return self.variant_id is None and not any([self.sku, self.barcode, self.price, *self.options])


@dataclass
class Form:
    """The whole form, as typed."""

    title: str = ""
    description: str = ""
    category: str = ""
    status: str = "active"
    final_sale: bool = False
    currency: str = "USD"
    version: int = 0
    option_names: list[str] = field(default_factory=lambda: [""] * OPTIONS)
    lines: list[Line] = field(default_factory=list)

    @property
    def used_options(self) -> list[int]:
        """Which option columns have a name."""
        return [i for i, name in enumerate(self.option_names) if name.strip()]


def blank(currency: str) -> Form:
    """The form of a new product, with one empty row."""
    return Form(currency=currency, lines=[Line("n0")])


def shown(product: ProductDetail) -> Form:
    """A product as the form shows it."""
    lines = [
        Line(
            f"v{row.id}", row.sku, row.barcode, str(row.price.decimal), str(row.weight_g or ""), row.country_of_origin,
            row.hs_code, row.archived, _padded(row.options), str(row.length_mm or ""), str(row.width_mm or ""),
            str(row.height_mm or ""), row.own_box, row.fragile, row.hazmat,
        )
        for row in product.variants
    ]  # fmt: skip
    currency = product.variants[0].currency if product.variants else "USD"
    return Form(
        product.title, product.description, product.category, product.status, product.final_sale, currency, product.version,
        _padded(product.option_names), lines,
    )  # fmt: skip


def typed(post: QueryDict) -> Form:
    """What was typed, to be shown again or read."""
    lines = []
    for name in post:
        found = _ROW.fullmatch(name)
        if found:
            key = found[1]
            cells = {column: post.get(f"{key}-{column}", "").strip() for column in COLUMNS}
            options = [post.get(f"{key}-option{i}", "").strip() for i in range(OPTIONS)]
            ticks = {tick: f"{key}-{tick}" in post for tick in TICKS}
            lines.append(Line(key, **cells, **ticks, options=options))  # type: ignore[arg-type]
    version = post.get("version", "0")
    return Form(
        post.get("title", ""), post.get("description", ""), post.get("category", ""), post.get("status", "active"),
        "final_sale" in post, post.get("currency", "USD"), int(version) if version.isdecimal() and len(version) < 10 else 0,
        [post.get(f"option{i}", "").strip() for i in range(OPTIONS)], [line for line in lines if not line.is_blank],
    )  # fmt: skip


def product_draft(form: Form) -> ProductDraft:
    """The product of the form."""
    names = tuple(form.option_names[i] for i in form.used_options)
    return ProductDraft(form.title, form.description, form.category, form.status, names, form.final_sale)


def variant_drafts(form: Form) -> tuple[dict[int, VariantDraft], list[VariantDraft]]:
    """The variants of the form: those that are here by id, and new ones.  Refuses: prices and weights that are no numbers."""
    changed: dict[int, VariantDraft] = {}
    added: list[VariantDraft] = []
    for line in form.lines:
        draft = _draft(form, line)
        if line.variant_id is None:
            added.append(draft)
        else:
            changed[line.variant_id] = draft
    return changed, added


def mark(form: Form, facts: Mapping[str, Any], problem: str) -> bool:
    """Writes a refusal beside the row that it is about; tells whether there is one."""
    for line in form.lines:
        if facts.get("sku") == line.sku and line.sku:
            line.error = problem
            return True
    return False


def _draft(form: Form, line: Line) -> VariantDraft:
    price = line.price.strip() or "0"
    weight = line.weight_g or "0"
    if not weight.isdecimal() or len(weight) > 9:
        raise Refused(
            INVALID, {"field": gettext_noop("Weight"), "problem": gettext_noop("is whole grams"), "sku": line.sku}
        )
    try:
        amount = money.typed(price, form.currency)
    except Refused as refused:
        raise Refused(refused.refusal, {**refused.facts, "sku": line.sku}) from None
    return VariantDraft(
        line.sku, amount, line.barcode, tuple(line.options[i] for i in form.used_options), int(weight), line.hs_code,
        line.country_of_origin, line.archived, Handling(_dims(line), line.own_box, line.fragile, line.hazmat),
    )  # fmt: skip


def _dims(line: Line) -> tuple[int, int, int] | None:
    sides = [line.length_mm, line.width_mm, line.height_mm]
    if not any(sides):
        return None
    if not all(side.isdecimal() and len(side) < 6 for side in sides):
        problem = gettext_noop("are three whole numbers in millimetres, or none")
        raise Refused(INVALID, {"field": gettext_noop("Dimensions"), "problem": problem, "sku": line.sku})
    return int(sides[0]), int(sides[1]), int(sides[2])


def _padded(values: Sequence[str]) -> list[str]:
    return [*values[:OPTIONS], *[""] * (OPTIONS - len(values))]
