"""The label of a return, to print."""

from __future__ import annotations

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import printing
from doorstep.returns import queries, rules
from doorstep.shipping import queries as shipping


def draw(ctx: Ctx, *, return_id: int) -> bytes:
    """The label of a return as a PDF.  Refuses: unknown ids, returns without a label, a house whose fonts are not set up."""
    row = queries.get_return(ctx, return_id=return_id)
    parcel = shipping.parcels_by_id(ctx, ids=[row.parcel_id]).get(row.parcel_id) if row.parcel_id else None
    if parcel is None or not rules.has_label(row, parcel):
        raise Refused(NOT_FOUND, {"what": "label", "key": row.name})
    return printing.draw(ctx, document="label", subject_id=parcel.id, language="pdf")
