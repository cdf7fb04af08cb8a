"""Customers, as they are known from their orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router

from doorstep.api.refusals import not_together
from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, Limit, Out, Search, Since
from doorstep.api.v1.translate import read_since
from doorstep.customers import queries

router = Router(tags=["Customers"])


class CustomerOut(Out):
    id: int
    name: str
    email: str
    phone: str
    language: str
    country: str
    accepts_marketing: bool
    note: str
    created_at: datetime
    updated_at: datetime


class IdentityOut(Out):
    kind: str
    value: str


class CustomerDetailOut(CustomerOut):
    identities: list[IdentityOut]


class CustomersOut(Out):
    customers: list[CustomerOut]
    next: str | None


@operation(router, "GET", "/customers", scope="customers:read", answers={200: CustomersOut})
def list_customers(
    request: Asked, q: Search = "", updated_since: Since = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Customers, newest first; or those that changed since a moment, oldest change first."""
    ctx = request.ctx
    if updated_since:
        if q:
            raise not_together("updated_since")
        since, after = read_since(updated_since, ctx.now), paging.by_moment(cursor, "customers.updated")
        rows = queries.list_updated(ctx, since=since, after=after, limit=limit + 1)
        shown, following = paging.cut(rows, limit=limit, kind="customers.updated", key=lambda r: (r.updated_at, r.id))
    else:
        before = paging.by_id(cursor, "customers.newest")
        rows = queries.list_customers(ctx, query=q, before=before, limit=limit + 1)
        shown, following = paging.cut(rows, limit=limit, kind="customers.newest", key=lambda r: (r.id,))
    return {"customers": [show.customer(row) for row in shown], "next": following}


@operation(router, "GET", "/customers/{customer_id}", scope="customers:read", answers={200: CustomerDetailOut})
def get_customer(request: Asked, customer_id: Id) -> dict[str, Any]:
    """One customer and how they are recognised."""
    row = queries.get(request.ctx, customer_id=customer_id)
    known = queries.identities(request.ctx, customer_id=customer_id)
    return show.customer(row) | {"identities": [{"kind": one.kind, "value": one.value} for one in known]}
