"""What stands on the receipt of a sale in a shop: one content for the printer, the mail and the page that sold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from doorstep.accounts import queries as accounts
from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.orders import over_the_counter
from doorstep.orders import queries as orders
from doorstep.orders.opening import SoldLine, as_sold
from doorstep.orders.values import OrderDetail
from doorstep.payments.till import paper
from doorstep.payments.till import queries as drawers
from doorstep.payments.till import vouchers as credit
from doorstep.payments.till.paper import DocumentRow
from doorstep.payments.till.values import TakingRow, TillKind, VoucherRow

KINDS: Mapping[TillKind, Promise] = {
    TillKind.CASH: _("Cash"), TillKind.CARD: _("Card"), TillKind.OWN_TERMINAL: _("Card, on own terminal"),
    TillKind.VOUCHER: _("Store credit"),
}  # fmt: skip
# What a receipt says by itself; a till that has no connection says it with the very same words.
WORDS: Mapping[str, Promise] = {
    "total": _("Total"), "discount": _("Discount"), "change": _("Change given"), "given_back": _("Given back"),
    "tax": _("Tax"), "tax_free": _("Tax-free"), "net": _("Net"), "gross": _("Gross"),
    "registration": _("Registration number"), "receipt": _("Till receipt"), "refund_receipt": _("Refund receipt"),
    "came_back": _("What came back"), "left_of_it": _("Left of it now:"), "thanks": _("Thank you"),
    "number_later": _("Its number in the books follows when there is a connection."),
    **{kind.value: word for kind, word in KINDS.items()},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its amount; `under` is said below in small print."""

    word: str
    amount: str
    under: str = ""
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What the law wants to be read: the number, when, the tax per rate, what the shop says besides.

    Shapes: each of `taxes` is rate, net, tax, gross; the first of them are the headings.
    """

    number: str
    at: str = ""
    taxes: tuple[tuple[str, str, str, str], ...] = ()
    foot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slip:
    """A receipt in its reader's language, from top to bottom; whoever shows it adds and leaves out nothing.

    `head`: who sells and where; `meta`: when, its number in the shop, who sold; `code`: what its bars say; `backs`: the
    documents of what was given back since.
    """

    brand: str
    head: tuple[str, ...]
    meta: tuple[str, ...]
    rows: tuple[Row, ...]
    document: Document | None
    foot: tuple[str, ...]
    backs: tuple[Document, ...]
    code: str
    thanks: str


@dataclass(frozen=True, slots=True)
class Sold:
    """What a receipt is made of."""

    brand: str
    shop: LocationRow
    detail: OrderDetail
    lines: Sequence[SoldLine]
    takings: Sequence[TakingRow]
    documents: Sequence[DocumentRow]
    vouchers: Sequence[VoucherRow]


def slip_of(ctx: Ctx, *, order_id: int, language: str) -> Slip:
    """The receipt of a sale, with what was given back of it since.  Refuses: orders of which no shop took money."""
    takings = drawers.takings_of(ctx, order_ids=[order_id])
    detail = orders.get(ctx, id=order_id)
    return compose(
        Sold(
            accounts.organisation(ctx).name, locations.get(ctx, location_id=shop_of(ctx, order_id=order_id, takings=takings)),
            detail, as_sold(detail.lines), takings, paper.documents_of(ctx, order_ids=[order_id]),
            credit.spent_on(ctx, order_id=order_id),
        ),
        language=language,
    )  # fmt: skip


def shop_of(ctx: Ctx, *, order_id: int, takings: Sequence[TakingRow]) -> int:
    """The shop that sold an order, else the first that took or gave money for it.  Refuses: orders that no shop knows."""
    there = over_the_counter.handed_over_in(ctx, order_ids=[order_id]).get(order_id)
    if there is None and not takings:
        raise Refused(NOT_FOUND, {"what": "receipt", "key": order_id})
    return there or drawers.get_shift(ctx, shift_id=takings[0].shift_id).location_id


def compose(sold: Sold, *, language: str) -> Slip:
    """The receipt of what was sold, in a language."""
    with override(language):
        order, zone = sold.detail.order, ZoneInfo(sold.shop.timezone)
        issued = next((row for row in sold.documents if row.kind == "sale"), None)
        by = sold.takings[0].by if sold.takings else ""
        name, registration = (issued.name, issued.registration) if issued else ("", "")
        return Slip(
            brand=sold.brand,
            head=head_of(sold.brand, sold.shop, name=name, registration=registration),
            meta=(moment(order.placed_at, zone), f"{order.name} · {by}" if by else order.name),
            rows=tuple(_rows(sold, issued.reasons if issued else (), language)),
            document=_document(issued, zone, language) if issued else None,
            foot=tuple(_credit(row, language) for row in sold.vouchers),
            backs=tuple(_document(row, zone, language) for row in sold.documents if row.kind == "refund"),
            code=order.name,
            thanks=str(WORDS["thanks"]),
        )


def head_of(brand: str, shop: LocationRow, *, name: str, registration: str) -> tuple[str, ...]:
    """Who sells, by law where that is another name than the brand's, where, and under which number."""
    lines = [name if name != brand else "", shop.name, *shop.lines, f"{shop.postal_code} {shop.city}"]
    if registration:
        lines.append(f"{WORDS['registration']} {registration}")
    return tuple(line.strip() for line in lines if line.strip())


def documents_in(rows: Sequence[DocumentRow], *, shop: LocationRow, language: str) -> tuple[Document, ...]:
    """What the law wants to be read of receipts, in a language and by the shop's clock."""
    with override(language):
        return tuple(_document(row, ZoneInfo(shop.timezone), language) for row in rows)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """When something was, by the clock on the shop's wall; the same in every language."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _shown(minor: int, currency: str, language: str) -> str:
    return f"{'−' if minor < 0 else ''}{money.show(Money(abs(minor), currency), language)}"


def _rows(sold: Sold, reasons: Sequence[str], language: str) -> list[Row]:
    def shown(minor: int) -> str:
        return _shown(minor, sold.detail.order.currency, language)

    rows = []
    for line in sold.lines:
        less = f" − {shown(line.discount_minor)}" if line.discount_minor else ""
        rows.append(Row(line.title or line.sku, shown(line.total_minor), f"{line.qty} × {shown(line.unit_price_minor)}{less}"))
    off = sold.detail.discount_minor
    if off or any(line.discount_minor for line in sold.lines):
        rows.append(Row(str(WORDS["discount"]), shown(-off) if off else "", "; ".join(reasons)))
    rows.append(Row(str(WORDS["total"]), shown(sold.detail.order.total_minor), is_sum=True))
    for taking in sold.takings:
        word = str(WORDS[taking.kind if taking.amount_minor < 0 or taking.call_id is None else "came_back"])  # goods that pay
        if taking.amount_minor < 0:
            word = f"{WORDS['given_back']} · {word}"
        rows.append(Row(word, shown(taking.handed_minor if taking.change_minor else taking.amount_minor)))
        if taking.change_minor:
            rows.append(Row(str(WORDS["change"]), shown(-taking.change_minor)))
    return rows


def _document(row: DocumentRow, zone: ZoneInfo, language: str) -> Document:
    def shown(minor: int) -> str:
        return _shown(minor, row.currency, language)

    taxes = [
        ("–" if one.rate_bp is None else f"{one.percent} %" if one.rate_bp else str(WORDS["tax_free"]),
         shown(one.net_minor), shown(one.tax_minor), shown(one.gross_minor))
        for one in row.taxes
    ]  # fmt: skip
    heads = (str(WORDS["tax"]), str(WORDS["net"]), str(WORDS["tax"]), str(WORDS["gross"]))
    is_sale = row.kind == "sale"
    return Document(
        f"{WORDS['receipt' if is_sale else 'refund_receipt']} {row.called}", "" if is_sale else moment(row.at, zone),
        (heads, *taxes) if taxes else (), (row.footer,) if row.footer else (),
    )  # fmt: skip


def _credit(row: VoucherRow, language: str) -> str:
    left = money.show(Money(row.balance_minor, row.currency), language)
    return f"{WORDS[TillKind.VOUCHER]} …{row.code[-4:]} · {WORDS['left_of_it']} {left}"
