"""Customers, as they are known from their orders."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import StrictBool

from doorstep.api.refusals import not_together
from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.order_shapes import Version
from doorstep.api.v1.shapes import Cursor, Id, IdField, In, Limit, Out, Search, Since
from doorstep.api.v1.translate import read_since
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.customers import merges, queries
from doorstep.flows import merge_customers

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
    version: int
    created_at: datetime
    updated_at: datetime
    merged_into_id: int | None


class IdentityOut(Out):
    kind: str
    value: str


class CustomerDetailOut(CustomerOut):
    identities: list[IdentityOut]


class CustomersOut(Out):
    customers: list[CustomerOut]
    next: str | None


class MergeIn(In):
    """`gone_id` is merged into the customer of the address. With `preview` nothing is changed, whatever the versions."""

    gone_id: IdField
    version: Version
    gone_version: Version
    preview: StrictBool = False


class ConflictOut(Out):
    """A field in which both say something else. Of consent to marketing the stricter wins."""

    field: str
    keep: str | bool
    gone: str | bool
    taken: str | bool


class MergeOut(Out):
    """`merge_id` is null for a preview. `moves`: how many rows move, by kind."""

    merge_id: int | None
    keep_id: int
    gone_id: int
    conflicts: list[ConflictOut]
    moves: dict[str, int]


class StandingMergeOut(Out):
    """`orders_since` came under an address that an undo gives back; they would stay."""

    merge_id: int
    gone_id: int
    by: str
    at: datetime
    orders_since: int


class MergesOut(Out):
    merges: list[StandingMergeOut]
    next: str | None


class UndoneOut(Out):
    keep_id: int
    gone_id: int
    orders_since: int


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


@operation(router, "POST", "/customers/{customer_id}/merges", scope="customers:write", answers={200: MergeOut})
def merge_customers_into_one(request: Asked, customer_id: Id, given: MergeIn) -> dict[str, Any]:
    """Makes one customer of two who are one person: orders and identities of `gone_id` come to this customer, and what is
    kept of it lets the merge be undone."""
    seen = merge_customers.preview(request.ctx, keep_id=customer_id, gone_id=given.gone_id)
    told: dict[str, Any] = {
        "merge_id": None, "keep_id": customer_id, "gone_id": given.gone_id,
        "conflicts": [asdict(one) for one in seen.conflicts], "moves": dict(seen.moves),
    }  # fmt: skip
    if given.preview:
        return told
    row = merge_customers.merge(
        request.ctx, keep_id=customer_id, gone_id=given.gone_id, keep_version=given.version, gone_version=given.gone_version
    )
    return told | {"merge_id": row.id, "moves": {name: len(row.moved.get(name, [])) for name in seen.moves}}


@operation(router, "GET", "/customers/{customer_id}/merges", scope="customers:read", answers={200: MergesOut})
def list_merges(request: Asked, customer_id: Id) -> dict[str, Any]:
    """The merges of a customer that can be undone, newest first."""
    queries.get(request.ctx, customer_id=customer_id)
    rows = [
        {
            "merge_id": row.id, "gone_id": row.gone_id, "by": row.by, "at": row.at,
            "orders_since": merge_customers.orders_since(request.ctx, merge_id=row.id),
        }
        for row in merges.list_of(request.ctx, customer_id=customer_id)
    ]  # fmt: skip
    return {"merges": rows, "next": None}


@operation(
    router, "POST", "/customers/{customer_id}/merges/{merge_id}/undo", scope="customers:write", answers={200: UndoneOut}
)
def undo_merge(request: Asked, customer_id: Id, merge_id: Id) -> dict[str, Any]:
    """Makes two customers of one again. What moved goes back; what somebody changed since, and orders that came since, stay."""
    if merges.get(request.ctx, id=merge_id).keep_id != customer_id:
        raise Refused(NOT_FOUND, {"what": "merge", "key": merge_id})
    done = merge_customers.undo(request.ctx, merge_id=merge_id)
    return {"keep_id": done.keep_id, "gone_id": done.gone_id, "orders_since": done.since}
