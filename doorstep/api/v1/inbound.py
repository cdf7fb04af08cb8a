"""What the operations on deliveries, transfers and lots share: days, lines, receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from doorstep.api.v1.inbound_shapes import InboundReceiptIn
from doorstep.api.v1.translate import Mistakes
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.orders.values import UNKNOWN_SKU
from doorstep.stock.inbound.values import Answer, Arrived, Condition, ReceiptRow


def day(wrong: Mistakes, pointer: str, given: str | None) -> date | None:
    """A day, such as 2026-12-04."""
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        wrong.add(pointer, "bad_day", gettext_noop("is not a day such as 2026-12-04."))
        return None


def variants_of(ctx: Ctx, skus: Iterable[str]) -> dict[str, int]:
    """Variant id per SKU.  Refuses: unknown SKUs."""
    wanted = list(dict.fromkeys(skus))
    found = catalog.find_variants(ctx, skus=wanted)
    missing = [sku for sku in wanted if sku not in found]
    if missing:
        raise Refused(UNKNOWN_SKU, {"sku": ", ".join(missing)[:200]})
    return {sku: row.id for sku, row in found.items()}


def arrived(receipts: Sequence[InboundReceiptIn]) -> list[Arrived]:
    """Receipts as the stock takes them.  Refuses: every mistake at once."""
    wrong = Mistakes()
    found = [_one(wrong, f"/receipts/{n}", given) for n, given in enumerate(receipts)]
    wrong.refuse()
    return found


def _one(wrong: Mistakes, pointer: str, given: InboundReceiptIn) -> Arrived:
    return Arrived(
        given.client_id, given.qty, wrong.text(f"{pointer}/code", given.code, longest=120, required=True), None,
        Condition(given.condition), wrong.text(f"{pointer}/reason", given.reason, longest=200),
        wrong.text(f"{pointer}/lot", given.lot, longest=60), day(wrong, f"{pointer}/expires_on", given.expires_on),
        serials(wrong, f"{pointer}/serials", given.serials),
    )  # fmt: skip


def serials(wrong: Mistakes, pointer: str, given: Sequence[str]) -> tuple[str, ...]:
    """Serial numbers without their margins."""
    return tuple(wrong.text(f"{pointer}/{n}", code, longest=60, required=True) for n, code in enumerate(given))


def answer(found: Answer) -> dict[str, Any]:
    """What became of one receipt."""
    return asdict(found)


def receipt(row: ReceiptRow) -> dict[str, Any]:
    """One receipt of a delivery or a transfer."""
    return {name: value for name, value in asdict(row).items() if name not in ("id", "variant_id")}
