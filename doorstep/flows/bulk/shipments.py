"""Shipments: print labels and slips again."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.bulk.values import Verb, Wished
from doorstep.flows.printing import reprint
from doorstep.shipping import queries

NO_LABEL = Refusal(
    "parcel_without_label",
    gettext_noop("Parcel %(parcel)s has no label."),
    gettext_noop("Open it: its page says why, and asks the carrier again."),
)
NO_PRINTER_HERE = Refusal(
    "no_printer_here",
    gettext_noop("Nothing was printed: the place of parcel %(parcel)s has no printer."),
    gettext_noop("Add one under Settings, Printers."),
)


def _names(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: row.tracking_number or f"#{id}" for id, row in queries.parcels_by_id(ctx, ids=ids).items()}


def _with_label(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    rows = queries.parcels_by_id(ctx, ids=ids).values()
    return sum(row.state in ("labelled", "handed_over") for row in rows), 0


def _all(ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    return sum(row.state != "cancelled" for row in queries.parcels_by_id(ctx, ids=ids).values()), 0


def _print(ctx: Ctx, id: int, document: str, wished: Wished) -> None:
    row = queries.parcels_by_id(ctx, ids=[id]).get(id)
    if row is None:
        raise Refused(NOT_FOUND, {"what": "parcel", "key": id})
    name = row.tracking_number or f"#{id}"
    if document == "label" and row.state not in ("labelled", "handed_over"):
        raise Refused(NO_LABEL, {"parcel": name})
    if not reprint(ctx, parcel_ids=[id], document=document, wish=f"bulk{wished.job_id}"):
        raise Refused(NO_PRINTER_HERE, {"parcel": name})


def _label(ctx: Ctx, wished: Wished, id: int) -> None:
    _print(ctx, id, "label", wished)


def _slip(ctx: Ctx, wished: Wished, id: int) -> None:
    _print(ctx, id, "slip", wished)


VERBS = (
    Verb("shipments.label", "fulfilment:write", _names, _with_label, _label),
    Verb("shipments.slip", "fulfilment:write", _names, _all, _slip),
)
