"""Customers: take back consent to marketing.  Giving it is the customer's own act, so no verb does that for many."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base.ctx import Ctx
from doorstep.customers import actions as customers
from doorstep.customers import queries
from doorstep.customers.values import CustomerDraft
from doorstep.flows.bulk.values import Verb, Wished


def _names(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: row.shown or f"#{id}" for id, row in queries.by_id(ctx, ids=ids).items()}


def _consenting(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return sum(row.accepts_marketing for row in queries.by_id(ctx, ids=ids).values()), 0


def _withdraw(ctx: Ctx, wished: Wished, id: int) -> None:  # noqa: ARG001
    row = queries.get(ctx, customer_id=id)
    if row.accepts_marketing:
        draft = CustomerDraft(row.name, row.email, row.phone, row.language, row.country, accepts_marketing=False)
        customers.edit_customer(ctx, customer_id=id, version=row.version, customer=draft)


VERBS = (Verb("customers.withdraw", "customers:write", _names, _consenting, _withdraw),)
