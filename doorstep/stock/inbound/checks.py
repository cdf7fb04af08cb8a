"""What deliveries and transfers check alike, and how they tell of incoming units; verbs hide it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.stock import bundles, events
from doorstep.stock.inbound.values import LINE_TWICE, MOST_LINES, NO_LINES, LineDraft


def lines(ctx: Ctx, given: Sequence[LineDraft]) -> None:
    """Refuses no lines, far too many, unknown variants, a variant that stands on two lines, and bundles."""
    if not 1 <= len(given) <= MOST_LINES:
        raise Refused(NO_LINES)
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in given])
    for variant_id, times in Counter(line.variant_id for line in given).items():
        if variant_id not in variants:
            raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
        if times > 1:
            raise Refused(LINE_TWICE, {"sku": variants[variant_id].sku})
    bundles.refuse(ctx, list(variants))


def place(ctx: Ctx, location_id: int) -> None:
    """Refuses locations that are not there."""
    locations.get(ctx, location_id=location_id)


def tell_incoming(ctx: Ctx, variants: Collection[int], reference: str) -> None:
    """Records that more, fewer or other units shall come of these variants, or on another day."""
    outbox.record(
        ctx,
        [
            Happened(events.INCOMING_CHANGED, f"variant:{v}", f"variant:{v}", {"reference": reference})
            for v in sorted(variants)
        ],
    )
