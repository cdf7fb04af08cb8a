"""What channels offer, what each shows, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, In, Limit, Out
from doorstep.channels import exposure_rules, exposures, listings
from doorstep.channels.exposure import Rule
from doorstep.channels.values import ExposureRow, ListingFilter, ListingRow
from doorstep.flows import expose

router = Router(tags=["Channels"])
State = Literal["", "unmapped", "behind", "failing", "ignored", "ended"]


class ListingOut(Out):
    """`should_show`: what we told or are about to tell; `shows`: what it shows, as far as we know.

    `unseen`: units sold there whose orders have not come. `accepted`: the last number that the channel took.
    """

    id: int
    connection_id: int
    external_id: str
    item: str
    sku: str
    barcode: str
    title: str
    variant_id: int | None
    linked_by: Literal["", "sku", "barcode", "person"]
    ignored: bool
    read_at: datetime
    ended_at: datetime | None
    should_show: int | None
    shows: int | None
    unseen: int
    accepted: int | None
    accepted_at: datetime | None
    problem: str


class ListingsOut(Out):
    listings: list[ListingOut]
    next: str | None


class StepOut(Out):
    """`number`: after this step."""

    step: str
    number: int
    facts: dict[str, float]


class RuleShape(Out):
    """What was decided; null leaves it to the channel, then to everything that can be sold."""

    buffer: int | None
    share_pct: int | None
    most: int | None
    excluded: bool | None
    places: list[int] | None
    sized_by_sales: bool | None
    apart: bool | None


class ListingDetailOut(ListingOut):
    steps: list[StepOut]
    rule: RuleShape


class ListingVariantIn(In):
    """The product that a listing is; null where it is none."""

    variant_id: int | None


class RuleIn(In):
    """What is to hold; null leaves it to the channel, then to everything that can be sold."""

    buffer: int | None = None
    share_pct: int | None = None
    most: int | None = None
    excluded: bool | None = None
    places: list[int] | None = None
    sized_by_sales: bool | None = None
    apart: bool | None = None

    def rule(self) -> Rule:
        places = None if self.places is None else tuple(sorted(set(self.places)))
        return Rule(self.buffer, self.share_pct, self.most, self.excluded, places, self.sized_by_sales, self.apart)


def _shown(row: ListingRow, exposure: ExposureRow | None) -> dict[str, Any]:
    return {
        "id": row.id, "connection_id": row.connection_id, "external_id": row.external_id, "item": row.item, "sku": row.sku,
        "barcode": row.barcode, "title": row.title, "variant_id": row.variant_id, "linked_by": row.linked_by,
        "ignored": row.ignored, "read_at": row.read_at, "ended_at": row.ended_at,
        "should_show": exposure.number if exposure else None,
        "shows": exposure.shows if exposure and exposure.shows is not None else row.number,
        "unseen": exposure.unseen if exposure else 0, "accepted": exposure.accepted if exposure else None,
        "accepted_at": exposure.accepted_at if exposure else None, "problem": exposure.problem if exposure else "",
    }  # fmt: skip


def _detail(request: Asked, listing_id: int) -> dict[str, Any]:
    row = listings.get(request.ctx, listing_id=listing_id)
    why = expose.explain(request.ctx, rows=[row]).get(listing_id)
    rules = exposure_rules.rules_of(request.ctx, connection_ids=[row.connection_id])
    rule = rules.get((row.connection_id, listing_id), Rule())
    steps = [{"step": s.step.value, "number": s.number, "facts": dict(s.facts)} for s in why.steps] if why else []
    shown = exposures.find(request.ctx, listing_ids=[listing_id]).get(listing_id)
    return _shown(row, shown) | {"steps": steps, "rule": _rule(rule)}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "buffer": rule.buffer, "share_pct": rule.share_pct, "most": rule.most, "excluded": rule.excluded,
        "places": None if rule.places is None else list(rule.places), "sized_by_sales": rule.sized_by_sales, "apart": rule.apart,
    }  # fmt: skip


@operation(router, "GET", "/listings", scope="channels:read", answers={200: ListingsOut})
def list_listings(
    request: Asked, connection_id: int = 0, variant_id: int = 0, state: State = "", q: str = "", cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:  # fmt: skip
    """What channels offer, ascending by id.  `state`: unmapped ones are no product of ours yet, behind ones are being told."""
    after = paging.by_id(cursor, "listings") or 0
    where = ListingFilter(connection_id=connection_id, variant_id=variant_id, state=state, query=q.strip()[:100])
    rows = listings.list_page(request.ctx, where=where, after=after, limit=limit + 1)
    page, following = paging.cut(rows, limit=limit, kind="listings", key=lambda row: (row.id,))
    shown = exposures.find(request.ctx, listing_ids=[row.id for row in page])
    return {"listings": [_shown(row, shown.get(row.id)) for row in page], "next": following}


@operation(router, "GET", "/listings/{listing_id}", scope="channels:read", answers={200: ListingDetailOut})
def get_listing(request: Asked, listing_id: Id) -> dict[str, Any]:
    """One listing, with the way from what can be sold to the number that it is to show."""
    return _detail(request, listing_id)


@operation(router, "PUT", "/listings/{listing_id}/variant", scope="channels:write", answers={200: ListingDetailOut})
def link_listing(request: Asked, listing_id: Id, body: ListingVariantIn) -> dict[str, Any]:
    """Says which product a listing is, or that it is none of ours; nothing maps it otherwise from then on."""
    expose.link(request.ctx, listing_id=listing_id, variant_id=body.variant_id)
    return _detail(request, listing_id)


@operation(router, "PUT", "/listings/{listing_id}/rule", scope="channels:write", answers={200: ListingDetailOut})
def set_listing_rule(request: Asked, listing_id: Id, body: RuleIn) -> dict[str, Any]:
    """Decides how much of the stock a listing is shown."""
    row = listings.get(request.ctx, listing_id=listing_id)
    expose.set_rule(request.ctx, connection_id=row.connection_id, listing_id=listing_id, rule=body.rule())
    return _detail(request, listing_id)


@operation(router, "GET", "/connections/{connection_id}/rule", scope="channels:read", answers={200: RuleShape})
def get_connection_rule(request: Asked, connection_id: Id) -> dict[str, Any]:
    """How much of the stock a channel is shown where its listings say nothing."""
    return _rule(exposure_rules.rule_of_connection(request.ctx, connection_id=connection_id))


@operation(router, "PUT", "/connections/{connection_id}/rule", scope="channels:write", answers={200: RuleShape})
def set_connection_rule(request: Asked, connection_id: Id, body: RuleIn) -> dict[str, Any]:
    """Decides how much of the stock a channel is shown where its listings say nothing."""
    expose.set_rule(request.ctx, connection_id=connection_id, rule=body.rule())
    return _rule(exposure_rules.rule_of_connection(request.ctx, connection_id=connection_id))
