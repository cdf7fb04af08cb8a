"""How stock speaks: kinds, reasons and conditions in people's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.stock import queries
from doorstep.stock.counting import PROMISED_FROM_THERE
from doorstep.stock.values import NOT_ENOUGH, DocumentRow, MovementRow, Reason
from doorstep.web.stock import inbound, inbound_words

KINDS = {
    "receipt": _("Receipt"), "sale": _("Sale"), "adjustment": _("Adjustment"), "transfer": _("Transfer"),
    "count": _("Count"), "return": _("Return"), "write_off": _("Write-off"), "reservation": _("Reservation"),
    "allocation": _("Allocation"),
}  # fmt: skip
BY_HAND = {
    Reason.FOUND: _("Found in store"), Reason.LOST: _("Lost"), Reason.DAMAGED: _("Damaged in store"), Reason.STOLEN: _("Stolen"),
    Reason.EXPIRED: _("Expired"), Reason.SAMPLE: _("Sample or given away"), Reason.DATA_CORRECTION: _("Data correction"),
    Reason.SUPPLIER_ERROR: _("Supplier error"), Reason.TO_CHECK: _("To be checked"), Reason.PASSED: _("Passed the check"),
    Reason.FAILED: _("Failed the check"), Reason.REPAIRED: _("Repaired"), Reason.OTHER: _("Other"),
}  # fmt: skip
REASONS = {
    "order": _("promised to an order"), "routed": _("pinned to this place"), "unpinned": _("pinned elsewhere"),
    "shipped": _("shipped"), "order_cancelled": _("order cancelled"), "counted": _("counted"),
    "delivered": _("goods received"), "received": _("goods received"),
    "no_location_can_serve": _("no place could serve the order"), "opening_balance": _("opening balance"),
    "past_sale": _("sold before Doorstep"), "short_pick": _("a picker found too few"), "rejected": _("its place did not send it"),
    "safety_stock": _("safety stock"),
    "set_aside": _("set aside for a channel"),
    "cart": _("held for a cart"), "cart_changed": _("cart holds fewer"), "checked_out": _("cart became an order"),
    "cart_released": _("cart gave it back"), "cart_expired": _("time of the cart over"),
    **{reason.value: word for reason, word in BY_HAND.items()}, **inbound_words.REASONS,
}  # fmt: skip
CONDITIONS = {"sellable": _("Sellable"), "damaged": _("Damaged"), "quality_control": _("Quality control")}


@dataclass(frozen=True, slots=True)
class Move:
    """A movement as pages tell it, with what its reference leads to.  `source`: a delivery, transfer or lot."""

    row: MovementRow
    kind: str
    reason: str
    place: str
    order: OrderRow | None
    pick_list: str
    sheet: str
    document: DocumentRow | None
    source: dict[str, str]
    cart: str


def told(ctx: Ctx, rows: Sequence[MovementRow], names: dict[int, str]) -> list[Move]:
    """Movements as pages tell them.  Shapes: `names` are those of the locations, by id."""
    lines = {m.reference: int(m.reference.partition(":")[2]) for m in rows if m.reference.startswith("order_line:")}
    owners = orders.orders_of_lines(ctx, line_ids=sorted(set(lines.values())))
    coming = inbound.documents_of(ctx, [m.reference for m in rows])
    papers = queries.documents_by_reference(ctx, references=[m.reference for m in rows])
    return [
        Move(
            m, str(KINDS.get(m.kind, m.kind)), reason_word(m.reason), names.get(m.location_id or 0, ""),
            owners.get(lines.get(m.reference, 0)), _after("pick_list:", m.reference), _after("count_sheet:", m.reference),
            papers.get(m.reference), inbound.source_of(m.reference, coming), _after("cart:", m.reference),
        )
        for m in rows
    ]  # fmt: skip


def reason_word(reason: str) -> str:
    """A reason of the ledger in the reader's language, with the words that somebody wrote behind it."""
    code, _colon, words = reason.partition(": ")
    if code not in REASONS:
        return reason
    return f"{REASONS[code]}: {words}" if words else str(REASONS[code])


def _after(start: str, reference: str) -> str:
    return reference.removeprefix(start) if reference.startswith(start) else ""


def named(ctx: Ctx, refused: Refused) -> Refused:
    """A refusal of stock with the SKU in the place of the variant's id, which no person knows."""
    id = refused.facts.get("sku")
    if refused.refusal not in (NOT_ENOUGH, PROMISED_FROM_THERE) or not isinstance(id, int):
        return refused
    found = catalog.variants_by_id(ctx, ids=[id]).get(id)
    facts: dict[str, Any] = {**refused.facts, "sku": found.sku if found else id}
    return Refused(refused.refusal, facts)


def is_moment(text: str) -> bool:
    """Whether a text says a date and a time."""
    return moment_of(text, "UTC", latest=datetime(9000, 1, 1, tzinfo=UTC)) is not None


def moment_of(text: str, timezone: str, *, latest: datetime) -> datetime | None:
    """The moment that a date and time say in a time zone; None for anything else, and for the future."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(timezone))
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if datetime(1970, 1, 2, tzinfo=UTC) <= at <= latest else None
