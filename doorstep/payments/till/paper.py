"""What stands on the receipts of a shop: who sells, which tax its prices contain, and numbers without a gap."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money, split
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.payments import events
from doorstep.payments.till import tax
from doorstep.payments.till.tax import Taxed
from doorstep.payments.till.values import ShiftRow

MOST_RATES, MOST_DAYS = 20, 3650
PRINTED = re.compile(r"(.{1,20})-(\d{6,9})")  # the shop's code and the number of the receipt
REASONS = "reasons"  # beside the lines, which are numbers, in what is kept of a receipt


@dataclass(frozen=True, slots=True)
class Paper:
    """How the receipts of a shop are headed.  `rates`: basis points by category of products, "" for all others; none: nothing
    is said of tax.  `footer`: what the law wants said besides, such as why no tax is charged.  `voucher_days`: for how long
    store credit may be spent, 0 for ever."""

    name: str = ""
    registration: str = ""
    footer: str = ""
    rates: Mapping[str, int] | None = None
    voucher_days: int = 0

    def rate_of(self, category: str) -> int | None:
        return tax.rate_of(self.rates or {}, category)


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A receipt.  `kind`: sale or refund; a refund is below zero.  `name`, `registration`, `footer`: as they stood then;
    `reasons`: why there were discounts."""

    id: int
    order_id: int
    kind: str
    location_id: int
    number: int
    code: str
    currency: str
    total_minor: int
    taxes: tuple[Taxed, ...]
    parts: dict[str, list[int]]
    name: str
    registration: str
    footer: str
    by: str
    at: datetime
    call_id: int | None
    reasons: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """Its number as it is printed."""
        return f"{self.code}-{self.number:06}"

    @property
    def tax_minor(self) -> int:
        return sum(one.tax_minor for one in self.taxes)


def paper_of(ctx: Ctx, *, location_id: int) -> Paper:
    """How the receipts of a shop are headed; an empty one where nobody has said."""
    found = db.dicts(
        """SELECT name, registration, footer, rates, voucher_days FROM payments_tillpaper
            WHERE organisation_id = %s AND location_id = %s""",
        [ctx.organisation_id, location_id],
    )
    return Paper(**found[0]) if found else Paper(rates={})


@transaction.atomic
def set_paper(ctx: Ctx, *, location_id: int, paper: Paper) -> Paper:
    """Says how receipts are headed from now on; those that were issued stay as they are.

    Emits: TillPaperChanged.  Refuses: texts that are too long, rates that are none, too many of them.
    """
    rates = {" ".join(category.split()).casefold()[:80]: rate for category, rate in (paper.rates or {}).items()}
    beyond = any(not 0 <= rate <= tax.HIGHEST for rate in rates.values())
    if len(rates) > MOST_RATES or beyond or (rates and "" not in rates):
        problem = gettext_noop("A rate is a percentage up to 50; without one for all products no other can be set.")
        raise Refused(INVALID, {"field": "rates", "problem": problem})
    texts = (("name", paper.name, 120), ("registration", paper.registration, 40), ("footer", paper.footer, 300))
    for field, text, longest in texts:
        if len(text) > longest or any(ord(c) < 32 for c in text):
            raise Refused(INVALID, {"field": field, "problem": gettext_noop("This is too long, or not plain text.")})
    if not 0 <= paper.voucher_days <= MOST_DAYS:
        problem = gettext_noop("Store credit is valid for at most 3,650 days, or without an end.")
        raise Refused(INVALID, {"field": "voucher_days", "problem": problem})
    now = Paper(paper.name.strip(), paper.registration.strip(), paper.footer.strip(), rates, paper.voucher_days)
    db.execute(
        """INSERT INTO payments_tillpaper AS p (organisation_id, location_id, name, registration, footer, rates, voucher_days)
           VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (organisation_id, location_id) DO UPDATE
             SET name = EXCLUDED.name, registration = EXCLUDED.registration, footer = EXCLUDED.footer, rates = EXCLUDED.rates,
                 voucher_days = EXCLUDED.voucher_days""",
        [ctx.organisation_id, location_id, now.name, now.registration, now.footer, json.dumps(rates), now.voucher_days],
    )
    subject = f"location:{location_id}"
    fact = {"name": now.name, "registration": now.registration, "footer": now.footer, "rates": rates}
    outbox.record(ctx, [Happened(events.TILL_PAPER_CHANGED, subject, subject, fact)])
    return now


def issue_sale(
    ctx: Ctx, *, shift: ShiftRow, order_id: int, code: str, total_minor: int, parts: Mapping[int, tuple[int | None, int]],
    reasons: Sequence[str] = (),
) -> DocumentRow:  # fmt: skip
    """Issues the receipt of a sale.  `parts`: rate and price, after all discounts, by line of the order; `reasons`: why there
    were discounts.

    Call it last in the transaction that books the sale: a number that is taken is used, or nothing was sold.
    Locks: the numbers of the shop.
    """
    taxes = tax.by_rate(list(parts.values()))
    known: dict[str, Any] = {
        str(line_id): [rate, gross] for line_id, (rate, gross) in parts.items() if rate is not None and taxes
    }
    if reasons:
        known[REASONS] = list(reasons)
    return _issue(ctx, shift, order_id, "sale", code, total_minor, taxes, known, None)


def issue_refund(
    ctx: Ctx, *, shift: ShiftRow, order_id: int, code: str, call_id: int, amount_minor: int, back: Mapping[int, int],
    included: Taxed | None,
) -> DocumentRow:  # fmt: skip
    """Issues the receipt of what is given back, with the tax that goes back with it; call it last, as `issue_sale`.

    `back`: what came back by line of the order, as it was paid for.  `included`: the order's own total and tax, for one whose
    receipt no till of ours wrote.
    """
    earlier = documents_of(ctx, order_ids=[order_id])
    sold = next((row for row in earlier if row.kind == "sale"), None)
    before = [one for row in earlier if row.kind == "refund" for one in row.taxes]
    taxes: tuple[Taxed, ...] = ()
    if sold is not None and sold.taxes:
        weights: dict[int | None, int] = {}
        for line_id, gross in back.items():
            rate = sold.parts.get(str(line_id), [sold.taxes[0].rate_bp or 0])[0]
            weights[rate] = weights.get(rate, 0) + gross
        spread = split(Money(amount_minor, sold.currency), list(weights.values())) if weights else []
        taxes = tax.given_back(sold.taxes, before, {rate: one.minor for rate, one in zip(weights, spread, strict=True)})
    elif sold is None and included is not None and included.tax_minor:
        taxes = tax.given_back([included], before, {None: amount_minor})
    return _issue(ctx, shift, order_id, "refund", code, -amount_minor, taxes, {}, call_id)


def documents_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[DocumentRow]:
    """The receipts of orders, in turn."""
    return [_row(found) for found in db.dicts(
        """SELECT id, order_id, kind, location_id, number, code, currency, total_minor, taxes, parts, name, registration, footer,
                  by, at, call_id
             FROM payments_tilldocument WHERE organisation_id = %s AND order_id = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, list(order_ids)],
    )]  # fmt: skip


def find_orders(ctx: Ctx, *, called: str, location_ids: Sequence[int]) -> list[int]:
    """The orders whose receipts are called so in these shops, as `DocumentRow.called` prints it; capitals do not matter."""
    found = PRINTED.fullmatch(called.strip().upper())
    if found is None:
        return []
    return db.column(
        """SELECT order_id FROM payments_tilldocument
            WHERE organisation_id = %s AND location_id = ANY(%s) AND number = %s AND upper(code) = %s ORDER BY id""",
        [ctx.organisation_id, list(location_ids), int(found[2]), found[1]],
    )


def _row(found: dict[str, Any]) -> DocumentRow:
    parts = dict(found["parts"])
    reasons = tuple(parts.pop(REASONS, ()))
    return DocumentRow(**{**found, "taxes": tuple(Taxed(**one) for one in found["taxes"]), "parts": parts, "reasons": reasons})


def _issue(
    ctx: Ctx, shift: ShiftRow, order_id: int, kind: str, code: str, total_minor: int, taxes: Sequence[Taxed],
    parts: Mapping[str, Any], call_id: int | None,
) -> DocumentRow:  # fmt: skip
    head = db.dicts(
        """INSERT INTO payments_tillpaper AS p (organisation_id, location_id, last_number) VALUES (%s, %s, 1)
           ON CONFLICT (organisation_id, location_id) DO UPDATE SET last_number = p.last_number + 1
           RETURNING last_number AS number, name, registration, footer""",
        [ctx.organisation_id, shift.location_id],
    )[0]
    db.execute(
        """INSERT INTO payments_tilldocument (organisation_id, location_id, shift_id, order_id, call_id, kind, number, code,
                                              currency, total_minor, taxes, parts, name, registration, footer, by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            ctx.organisation_id, shift.location_id, shift.id, order_id, call_id, kind, head["number"], code, shift.currency,
            total_minor, json.dumps([asdict(one) for one in taxes]), json.dumps(parts), head["name"], head["registration"],
            head["footer"], ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip
    return documents_of(ctx, order_ids=[order_id])[-1]
