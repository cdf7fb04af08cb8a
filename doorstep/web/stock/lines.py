"""Items with their units, as forms carry them: a code, how many, and perhaps what one costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.stock.inbound.values import MOST_UNITS, LineDraft
from doorstep.web.parts.given import day_of, keepable

BLANK = 5
SUGGESTED = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a form, as somebody typed it."""

    code: str = ""
    units: str = ""
    cost: str = ""


def rows_of(post: QueryDict) -> list[Row]:
    """The rows that somebody filled in."""
    parts = (post.getlist(name) for name in ("code", "units", "cost"))
    codes, units, costs = parts
    costs = costs or [""] * len(codes)
    found = [
        Row(keepable(code).strip()[:120], keepable(n).strip()[:20], keepable(cost).strip()[:30])
        for code, n, cost in zip(codes, units, costs, strict=False)
    ]
    return [row for row in found if row.code]


def read(ctx: Ctx, rows: list[Row], currency: str) -> tuple[LineDraft, ...]:
    """The lines that rows mean.  Refuses: codes that nobody knows, what is no number, what is no amount."""
    return tuple(_line(ctx, row, currency) for row in rows)


def _line(ctx: Ctx, row: Row, currency: str) -> LineDraft:
    variant = catalog.find_by_code(ctx, code=row.code)
    if variant is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": row.code})
    return LineDraft(variant.id, units(row.units or "1"), cost(row.cost, currency))


def units(text: str, *, least: int = 1) -> int:
    """A whole number of units.  Refuses: anything else."""
    bare = text.strip().replace(",", "")
    if not (bare.isascii() and bare.isdecimal() and len(bare) < 8 and least <= int(bare) <= MOST_UNITS):
        raise Refused(INVALID, {"field": gettext_noop("Units"), "problem": gettext_noop("Write a whole number.")})
    return int(bare)


def cost(text: str, currency: str) -> Money | None:
    """What one unit costs; None where nothing is said."""
    return money.typed(text, currency) if text else None


def day(post: QueryDict, name: str) -> date | None:
    """A day of a form; None where nothing is said."""
    return day_of(post.get(name, "").strip())


def text(post: QueryDict, name: str, longest: int) -> str:
    """A text of a form without its margins."""
    return keepable(post.get(name, "")).strip()[:longest]


def required(post: QueryDict, name: str, longest: int, label: str) -> str:
    """A text that must be there.  Refuses: nothing."""
    found = " ".join(text(post, name, longest).split())
    if not found:
        raise Refused(INVALID, {"field": label, "problem": gettext_noop("Write something here.")})
    return found


def suggestions(ctx: Ctx) -> list[VariantRow]:
    """What a code's field offers while somebody types."""
    ids = catalog.list_variant_ids(ctx, query="", limit=SUGGESTED)
    return sorted(catalog.variants_by_id(ctx, ids=ids).values(), key=lambda row: row.sku)
