"""Store credit of customers: what they have, what it came from, and more of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Router, Status
from pydantic import Field

from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, IdField, In, Limit, MoneyIn, MoneyOut, Out
from doorstep.api.v1.translate import Mistakes
from doorstep.api.v1.wishes import named_wish_of
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.customers import queries as customers
from doorstep.customers.values import ONE_PERSON
from doorstep.orders import queries as orders
from doorstep.payments import actions, queries
from doorstep.payments.values import CreditRow

router = Router(tags=["Customers"])


class CreditIn(In):
    """With `order_id` it counts as given back of what was paid for that order, never more than is left of it."""

    amount: MoneyIn
    order_id: Annotated[IdField | None, Field(description="An order of this customer.")] = None


class CreditOut(Out):
    """`about`: what it was granted for, such as `return:12`."""

    id: int
    order_id: int | None
    amount: MoneyOut
    about: str
    by: str
    at: datetime


class CreditsOut(Out):
    """`balance`: what the customer has, one amount per currency."""

    balance: list[MoneyOut]
    entries: list[CreditOut]
    next: str | None


def _shown(row: CreditRow) -> dict[str, Any]:
    return {
        "id": row.id, "order_id": row.order_id, "amount": show.money(row.amount_minor, row.currency), "about": row.subject,
        "by": row.by, "at": row.at,
    }  # fmt: skip


@operation(router, "GET", "/customers/{customer_id}/credit", scope="payments:read", answers={200: CreditsOut})
def get_store_credit(request: Asked, customer_id: Id, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """The store credit of a customer: the balance, and what was granted, newest first."""
    customers.get(request.ctx, customer_id=customer_id)
    balance = queries.credit_balance(request.ctx, customer_id=customer_id)
    rows = queries.credits_of(
        request.ctx, customer_id=customer_id, before=paging.by_id(cursor, "credits"), limit=limit + 1
    )
    shown, following = paging.cut(rows, limit=limit, kind="credits", key=lambda row: (row.id,))
    return {
        "balance": [show.money(minor, currency) for currency, minor in balance.items()],
        "entries": [_shown(row) for row in shown], "next": following,
    }  # fmt: skip


@operation(router, "POST", "/customers/{customer_id}/credit", scope="payments:write", answers={201: CreditOut})
def grant_store_credit(request: Asked, customer_id: Id, given: CreditIn) -> Status[dict[str, Any]]:
    """Grants store credit without a return. The `Idempotency-Key` must be given: under the same key it is granted once, for
    ever. More than is left of the order, where one is given, is refused with `above_refundable`."""
    key = named_wish_of(request)
    if customers.get(request.ctx, customer_id=customer_id).merged_into_id is not None:
        raise Refused(ONE_PERSON, {"id": customer_id})
    wrong = Mistakes()
    currency = wrong.currency("/amount/currency", _currency(request, customer_id, given))
    amount = wrong.money("/amount", given.amount, currency)
    wrong.refuse()
    row = actions.grant_credit(
        request.ctx, customer_id=customer_id, order_id=given.order_id, amount_minor=amount.minor, currency=currency, key=key,
        subject=f"order:{given.order_id}" if given.order_id else f"customer:{customer_id}",
    )  # fmt: skip
    return Status(201, _shown(row))


def _currency(request: Asked, customer_id: int, given: CreditIn) -> str:
    """That of the order, where one is given.  Refuses: orders of others."""
    if given.order_id is None:
        return given.amount.currency
    order = orders.orders_by_id(request.ctx, ids=[given.order_id]).get(given.order_id)
    if order is None or order.customer_id != customer_id:
        raise Refused(NOT_FOUND, {"what": "order", "key": given.order_id})
    return order.currency
