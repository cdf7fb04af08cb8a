"""A bundle is opened into lines of its components when its order is placed; every way in opens it here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from doorstep.base.ctx import Ctx
from doorstep.catalog import components
from doorstep.catalog.values import ComponentRow, VariantRow
from doorstep.orders.opening import Part, open_line
from doorstep.orders.values import LineDraft, OrderDraft
from doorstep.stock.values import CartWant

MOST_UNITS = 1_000_000_000
LONGEST_TITLE = 255


class Known(Protocol):
    """What is known of a variant that is sold."""

    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def bundle(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft without bundles.  `variants`, `titles`: one per line, in order; `sent`: as it came, where bundles were opened."""

    draft: OrderDraft
    variants: tuple[int, ...]
    titles: tuple[str, ...]
    sent: OrderDraft | None = None

    @property
    def is_absurd(self) -> bool:
        """Whether it has more units than an order can have."""
        return self.sent is not None and sum(line.qty for line in self.draft.lines) > MOST_UNITS


def open_drafts(ctx: Ctx, *, drafts: Sequence[OrderDraft], known: Mapping[str, Known]) -> list[Opened]:
    """Drafts with each bundle opened into its components, whose totals sum exactly to what the bundle's line came to.

    Shapes: one per draft, in order; `known` has the variant of every SKU, and our own title for lines that came without one.
    Asks nothing where no line sells a bundle.
    """
    parts = _parts_of(ctx, known)
    return [_open(draft, known, parts) for draft in drafts]


def open_lines(
    ctx: Ctx, *, lines: Sequence[LineDraft], known: Mapping[str, Known], after: int = 0
) -> list[tuple[LineDraft, int]]:
    """Lines with each bundle opened, and the variant of each.  Shapes: bundles are numbered after `after`."""
    return _open_lines(lines, known, _parts_of(ctx, known), after)


def on_the_shelf(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, list[ComponentRow]]:
    """What units of bundles among these variants are made of; other variants are left out."""
    return components.components_of(ctx, variant_ids=sorted(set(variant_ids)))


def open_cart(ctx: Ctx, *, wants: Sequence[tuple[VariantRow, int]]) -> list[CartWant]:
    """What a cart holds of these variants and units: of bundles their components.  Asks nothing where none is a bundle."""
    bundles = [row.id for row, _ in wants if row.bundle]
    inside = on_the_shelf(ctx, variant_ids=bundles) if bundles else {}
    opened: list[CartWant] = []
    for row, qty in wants:
        parts = inside.get(row.id)
        opened += [CartWant(p.variant_id, p.qty * qty) for p in parts] if parts else [CartWant(row.id, qty)]
    return opened


def _parts_of(ctx: Ctx, known: Mapping[str, Known]) -> dict[int, list[Part]]:
    bundles = sorted({row.id for row in known.values() if row.bundle})
    found = components.components_of(ctx, variant_ids=bundles) if bundles else {}
    return {id: [Part(c.variant_id, c.sku, c.title, c.qty, c.price) for c in made_of] for id, made_of in found.items()}


def _open(draft: OrderDraft, known: Mapping[str, Known], parts: Mapping[int, Sequence[Part]]) -> Opened:
    rows = [known[line.sku] for line in draft.lines]
    titles = tuple([line.title or row.title[:LONGEST_TITLE] for line, row in zip(draft.lines, rows, strict=True)])
    if not parts or not any(row.id in parts for row in rows):
        return Opened(draft, tuple([row.id for row in rows]), titles)
    sent = replace(draft, lines=[replace(line, title=title) for line, title in zip(draft.lines, titles, strict=True)])
    opened = _open_lines(sent.lines, known, parts, 0)
    return Opened(
        replace(draft, lines=[line for line, _ in opened]),
        tuple(variant for _, variant in opened),
        tuple(line.title for line, _ in opened),
        sent=sent,
    )


def _open_lines(
    lines: Sequence[LineDraft], known: Mapping[str, Known], parts: Mapping[int, Sequence[Part]], after: int
) -> list[tuple[LineDraft, int]]:
    opened: list[tuple[LineDraft, int]] = []
    number = after
    for line in lines:
        variant_id = known[line.sku].id
        made_of = parts.get(variant_id)
        if made_of is None:
            opened.append((line, variant_id))
            continue
        number += 1
        inside = open_line(line, variant_id=variant_id, number=number, parts=made_of)
        opened += [(one, part.variant_id) for one, part in zip(inside, made_of, strict=True)]
    return opened
