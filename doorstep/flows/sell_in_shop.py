"""A sale over the counter: what the customer holds leaves the books of the shop at once, and the order is over when placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.channels import actions as channels
from doorstep.channels import queries as till_connections
from doorstep.customers import actions as customers
from doorstep.customers.rules import normalise_email
from doorstep.customers.values import WALK_IN, Person
from doorstep.flows import bundles, languages, mail_receipt, make_room, return_in_shop
from doorstep.flows.return_in_shop import Towards
from doorstep.locations.values import LocationRow
from doorstep.orders import actions as orders
from doorstep.orders import over_the_counter, queries
from doorstep.orders.opening import as_sold
from doorstep.orders.placing import Placed, Placement
from doorstep.orders.values import (
    TOO_MANY_UNITS,
    UNKNOWN_SKU,
    Address,
    Buyer,
    LineDraft,
    OrderDraft,
    OrderRow,
    PaymentState,
)
from doorstep.payments import actions as payments
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper, tax
from doorstep.payments.till.paper import DocumentRow
from doorstep.payments.till.values import NOT_PAID, Given, ShiftRow, TillKind
from doorstep.payments.values import Opening, PayState
from doorstep.stock import counter
from doorstep.stock.values import Want

NUMBER_USED = Refusal(
    "till_number_used",
    gettext_noop("Another sale was booked as %(number)s before: this one is not booked yet."),
    gettext_noop("It needs a number of its own: the till gives it one when you try again."),
)
MOST_LINES, MOST_UNITS, MOST_MINOR = 200, 10_000, 10**15


@dataclass(frozen=True, slots=True)
class SaleLine:
    """What was sold of one SKU.  `discount_minor` is for the whole line, and has a reason."""

    sku: str
    qty: int
    unit_price_minor: int
    discount_minor: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as the till tells it.  `client_id`: its own number, made in the browser before it is sent, so that it counts once;
    `towards`: returns that are paid out for it, besides what is `given`."""

    client_id: str
    location_id: int
    lines: tuple[SaleLine, ...]
    given: tuple[Given, ...]
    sold_at: datetime
    discount_minor: int = 0
    reason: str = ""
    name: str = ""
    email: str = ""
    towards: tuple[Towards, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why there are discounts, of the whole first."""
        return tuple(reason for reason in dict.fromkeys([self.reason, *(line.reason for line in self.lines)]) if reason)

    @property
    def total_minor(self) -> int:
        """What the customer pays."""
        return sum(line.unit_price_minor * line.qty - line.discount_minor for line in self.lines) - self.discount_minor


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale that is booked.  `again`: it was booked before; `moved`: orders of others that gave units up, of which `waiting`
    could not be promised them from elsewhere; `found`: units of which the books knew nothing; `document`: its receipt."""

    order_id: int
    number: str
    again: bool = False
    moved: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    found: int = 0
    document: DocumentRow | None = None


def number_of(shop: LocationRow, client_id: str) -> str:
    """The number on the receipt.  It needs no server, so that a receipt printed without a connection bears it too."""
    return f"{shop.code}-{client_id.replace('-', '')[:10].upper()}"


@transaction.atomic
def sell(ctx: Ctx, *, sale: Sale) -> Sold:
    """Books a sale: an order of the shop, paid, handed over and closed, in one transaction; the same number twice is one sale.

    An item in the customer's hand is never refused for want of stock, see `make_room`.  A buyer who gives no name is the
    walk-in customer of that shop, and the goods go to the shop's own address, which is where they changed hands.
    Money on a card was taken before, see `charge_card`; what came back is paid out here, see `return_in_shop.pay_towards`.
    Who gives an address gets the receipt by mail.
    Units: minor units of the shift's currency.
    Locks: the shift, shared; the customer; the orders of returns that pay, and their payments; then as `make_room`; last the
    numbers of the shop's receipts.
    Emits: OrderPlaced, OrderFulfilled, OrderDelivered, StockChanged, MessageQueued, RefundSucceeded, and what those tell who
    give units up.
    Refuses: a till that is closed, unknown SKUs, a discount without a reason, money that is not the total, a number that was
    used for another sale, a return that was paid out before.
    """
    shop = till.shop_of(ctx, location_id=sale.location_id)
    _check(sale)
    if (known := _known(ctx, shop, sale)) is not None:  # even where the till was closed since
        return _again(ctx, known, sale)
    shift = till.lock_open(ctx, location_id=shop.id)
    connection = channels.ensure_till_connection(ctx, location_id=shop.id, shop=shop.name, currency=shift.currency)
    _check_paid(sale, shift)
    placed, rated = _place(ctx, sale, shop, shift, connection.id)
    if placed is None:  # the very same was booked by another request a moment ago
        known = _known(ctx, shop, sale)
        assert known is not None
        return _again(ctx, known, sale)
    exchanged = return_in_shop.pay_towards(ctx, shift=shift, towards=sale.towards)
    money = Opening(placed.order_id, shift.currency, sale.total_minor, PayState.CAPTURED)
    payments.open(ctx, openings=[money])
    wants = [Want(line.line_id, line.variant_id, line.qty) for line in placed.lines]
    room = _hand_over(ctx, placed, wants, shop.id)
    till.take(ctx, shift=shift, order_id=placed.order_id, given=[*(one.given for one in exchanged), *sale.given])
    waiting = make_room.promise_elsewhere(ctx, lost=room.lost, location_id=shop.id)
    parts = {line.line_id: part for line, part in zip(placed.lines, rated, strict=True)}
    return_in_shop.write_receipts(ctx, shift=shift, paid=exchanged)
    document = paper.issue_sale(
        ctx, shift=shift, order_id=placed.order_id, code=shop.code, total_minor=sale.total_minor, parts=parts,
        reasons=sale.reasons,
    )  # fmt: skip
    if sale.email:
        mail_receipt.send(ctx, order_id=placed.order_id)
    return Sold(
        placed.order_id, number_of(shop, sale.client_id), moved=tuple(sorted({one.order_id for one in room.lost})),
        waiting=tuple(waiting), found=sum(room.found.values()), document=document,
    )  # fmt: skip


def _hand_over(ctx: Ctx, placed: Placed, wants: Sequence[Want], location_id: int) -> make_room.Room:
    units: Counter[int] = Counter()
    for want in wants:
        units[want.variant_id] += want.qty
    room = make_room.make_room(ctx, units=units, location_id=location_id)
    counter.hand_over(ctx, wants=wants, location_id=location_id, found=room.found)
    over_the_counter.hand_over(
        ctx, order_id=placed.order_id, fulfilment_order_id=placed.fulfilment_order_id, location_id=location_id
    )
    return room


def _known(ctx: Ctx, shop: LocationRow, sale: Sale) -> OrderRow | None:
    connection = till_connections.find_till(ctx, location_id=shop.id)
    if connection is None:
        return None
    key = (connection.id, sale.client_id)
    here = queries.find_existing(ctx, keys=[key]).get(key)
    return queries.orders_by_id(ctx, ids=[here.id])[here.id] if here is not None else None


def _again(ctx: Ctx, known: OrderRow, sale: Sale) -> Sold:
    """The sale that was booked under this number.  Refuses: another one, by what was sold, what it comes to or which returns paid.

    What another return pays for is no repetition, be it the same goods: it would be given away, and still be paid out.
    """
    booked, told = Counter[str](), Counter[str]()
    for row in as_sold(queries.lines_of(ctx, order_ids=[known.id])):
        booked[row.sku] += row.qty
    for line in sale.lines:
        told[line.sku] += line.qty
    returned = {one.return_id for one in sale.towards}
    if known.total_minor != sale.total_minor or booked != told or returned != return_in_shop.that_paid(ctx, order_id=known.id):
        raise Refused(NUMBER_USED, {"number": known.name})
    issued = [row for row in paper.documents_of(ctx, order_ids=[known.id]) if row.kind == "sale"]
    return Sold(known.id, known.name, again=True, document=issued[0] if issued else None)


def _place(
    ctx: Ctx, sale: Sale, shop: LocationRow, shift: ShiftRow, connection_id: int
) -> tuple[Placed | None, list[tuple[int | None, int]]]:
    """The order, None where it was there already, and of each of its lines the rate of tax and what it costs in the end."""
    known = catalog.sold_later(ctx, skus=sorted({line.sku for line in sale.lines}))()
    missing = dict.fromkeys(line.sku for line in sale.lines if line.sku not in known)
    if missing:
        raise Refused(UNKNOWN_SKU, {"sku": ", ".join(missing)[:200]})
    language = languages.by_country(ctx, countries={shop.country})[shop.country]
    draft = _draft(ctx, sale, shop, shift, connection_id, language)
    [opened] = bundles.open_drafts(ctx, drafts=[draft], known=known)
    if opened.is_absurd:
        raise Refused(TOO_MANY_UNITS)
    [customer_id] = customers.match(ctx, people=[_person(draft, shop, language)])
    rated = _rated(ctx, shop.id, opened)
    taxed = replace(opened.draft, tax_minor=sum(one.tax_minor for one in tax.by_rate(rated)))
    placement = Placement(taxed, customer_id, opened.variants, opened.titles, language, opened.sent)
    return orders.place(ctx, placements=[placement])[0], rated


def _rated(ctx: Ctx, location_id: int, opened: bundles.Opened) -> list[tuple[int | None, int]]:
    traits = catalog.traits_of(ctx, variant_ids=sorted(set(opened.variants)))
    of = paper.paper_of(ctx, location_id=location_id)
    totals = [line.unit_price.minor * line.qty - line.discount_minor for line in opened.draft.lines]
    costs = tax.after_discount(totals, opened.draft.discount_minor)
    return [(of.rate_of(traits[id].category), cost) for id, cost in zip(opened.variants, costs, strict=True)]


def _draft(
    ctx: Ctx, sale: Sale, shop: LocationRow, shift: ShiftRow, connection_id: int, language: str
) -> OrderDraft:
    return OrderDraft(
        external_id=sale.client_id,
        name=number_of(shop, sale.client_id),
        currency=shift.currency,
        lines=[
            LineDraft(line.sku, line.qty, Money(line.unit_price_minor, shift.currency), discount_minor=line.discount_minor)
            for line in sale.lines
        ],
        buyer=Buyer(name=sale.name or ("" if sale.email else WALK_IN), email=sale.email, language=language),
        ship_to=Address(
            name=sale.name, company=shop.name, lines=tuple(shop.lines), city=shop.city, country=shop.country,
            postal_code=shop.postal_code, region=shop.region,
        ),
        placed_at=max(min(sale.sold_at, ctx.now), shift.opened_at),
        connection_id=connection_id,
        discount_minor=sale.discount_minor,
        payment_state=PaymentState.PAID,
        note="; ".join(sale.reasons),
    )  # fmt: skip


def _person(draft: OrderDraft, shop: LocationRow, language: str) -> Person:
    """The buyer who gave an address, else the one who stands for all that walk into this shop."""
    nobody = () if draft.buyer.email else (("till", f"location:{shop.id}"),)
    name = draft.buyer.name if draft.buyer.email else WALK_IN
    return Person(name=name, email=draft.buyer.email, language=language, country=shop.country, identities=nobody)


def _check(sale: Sale) -> None:
    """Refuses what is no sale."""
    if not 8 <= len(sale.client_id) <= 60 or not sale.client_id.replace("-", "").isalnum():
        raise Refused(INVALID, {"field": "client_id", "problem": gettext_noop("This is not a number that a till gives.")})
    if not 0 < len(sale.lines) <= MOST_LINES:
        raise Refused(INVALID, {"field": "lines", "problem": gettext_noop("A sale has from 1 to 200 lines.")})
    for line in sale.lines:
        if not 0 < line.qty <= MOST_UNITS:
            raise Refused(INVALID, {"field": "qty", "problem": gettext_noop("This is not a number of units.")})
        if not 0 <= line.unit_price_minor < MOST_MINOR // MOST_UNITS:
            raise Refused(INVALID, {"field": "price", "problem": gettext_noop("This is not an amount.")})
        _check_discount(line.discount_minor, line.unit_price_minor * line.qty, line.reason)
    whole = sum(line.unit_price_minor * line.qty - line.discount_minor for line in sale.lines)
    _check_discount(sale.discount_minor, whole, sale.reason)
    if sale.email and not normalise_email(sale.email):
        raise Refused(INVALID, {"field": "email", "problem": gettext_noop("This is not an e-mail address.")})


def _check_discount(minor: int, worth: int, reason: str) -> None:
    if not 0 <= minor <= worth:
        raise Refused(INVALID, {"field": "discount", "problem": gettext_noop("This is not an amount.")})
    if minor and not reason.strip():
        raise Refused(INVALID, {"field": "reason", "problem": gettext_noop("Say why there is a discount.")})


def _check_paid(sale: Sale, shift: ShiftRow) -> None:
    amounts = [*(one.amount_minor for one in sale.given), *(one.amount_minor for one in sale.towards)]
    given = sum(amounts)
    if given != sale.total_minor or any(amount <= 0 for amount in amounts):
        raise Refused(NOT_PAID, {"total": Money(sale.total_minor, shift.currency), "given": Money(given, shift.currency)})
    for one in sale.given:
        if one.handed_minor and (one.kind is not TillKind.CASH or one.handed_minor < one.amount_minor):
            raise Refused(INVALID, {"field": "handed", "problem": gettext_noop("This is not an amount.")})
    if any(one.worth_minor < one.amount_minor for one in sale.towards):
        raise Refused(INVALID, {"field": "handed", "problem": gettext_noop("This is not an amount.")})
