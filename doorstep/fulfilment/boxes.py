"""The brand's boxes: which there are, and which of them a location has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import IntegrityError, transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import events
from doorstep.fulfilment.values import BOX_NAME_TAKEN, BOX_RETIRED, HEAVIEST_G, LONGEST_MM, BoxDraft, BoxRow

_BOX = """
SELECT id, name, length_mm, width_mm, height_mm, empty_g, most_g, cost_minor, currency, flat, location_id, active FROM fulfilment_box
"""
DEAREST_MINOR = 10**12


def list_boxes(ctx: Ctx) -> list[BoxRow]:
    """Every box, those in use first, then the smallest."""
    return db.rows(
        BoxRow,
        _BOX + " WHERE organisation_id = %s ORDER BY active DESC, length_mm::bigint * width_mm * height_mm, id",
        [ctx.organisation_id],
    )


def boxes_at(ctx: Ctx, *, location_id: int) -> list[BoxRow]:
    """The boxes in use that a location has, the smallest first."""
    return [box for box in list_boxes(ctx) if box.active and box.location_id in (None, location_id)]


def get(ctx: Ctx, *, box_id: int) -> BoxRow:
    """One box that is in use.  Refuses: unknown ids, boxes out of use."""
    box = _find(ctx, box_id)
    if not box.active:
        raise Refused(BOX_RETIRED, {"name": box.name})
    return box


def _find(ctx: Ctx, box_id: int) -> BoxRow:
    found = db.one(BoxRow, _BOX + " WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, box_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "box", "key": box_id})
    return found


@transaction.atomic
def add(ctx: Ctx, *, box: BoxDraft, currency: str) -> int:
    """Adds a box.  Emits: BoxAdded.  Refuses: a name that is taken, dimensions and weights that cannot be."""
    draft = check(box)
    try:
        with transaction.atomic():
            made: int = db.scalar(
                """INSERT INTO fulfilment_box (organisation_id, name, length_mm, width_mm, height_mm, empty_g, most_g, cost_minor,
                                               currency, flat, location_id, active, created_at)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, TRUE, %s) RETURNING id""",
                [ctx.organisation_id, *_columns(draft, currency), ctx.now],
            )
    except IntegrityError as taken:
        raise Refused(BOX_NAME_TAKEN, {"name": draft.name}) from taken
    _tell(ctx, events.BOX_ADDED, made, draft.name)
    return made


@transaction.atomic
def edit(ctx: Ctx, *, box_id: int, box: BoxDraft, currency: str) -> None:
    """Writes a box anew; parcels keep what theirs was.  Emits: BoxChanged.  Refuses: as `add`, unknown ids."""
    draft = check(box)
    _find(ctx, box_id)
    try:
        with transaction.atomic():
            db.execute(
                """UPDATE fulfilment_box SET name = %s, length_mm = %s, width_mm = %s, height_mm = %s, empty_g = %s, most_g = %s,
                          cost_minor = %s, currency = %s, flat = %s, location_id = %s WHERE organisation_id = %s AND id = %s""",
                [*_columns(draft, currency), ctx.organisation_id, box_id],
            )
    except IntegrityError as taken:
        raise Refused(BOX_NAME_TAKEN, {"name": draft.name}) from taken
    _tell(ctx, events.BOX_CHANGED, box_id, draft.name)


@transaction.atomic
def set_active(ctx: Ctx, *, box_id: int, active: bool) -> None:
    """Takes a box out of use, or back; saying it twice changes nothing.  Emits: BoxChanged.  Refuses: unknown ids."""
    box = _find(ctx, box_id)
    if box.active != active:
        db.execute(
            "UPDATE fulfilment_box SET active = %s WHERE organisation_id = %s AND id = %s", [active, ctx.organisation_id, box_id]
        )
        _tell(ctx, events.BOX_CHANGED, box_id, box.name)


def _tell(ctx: Ctx, type_: str, box_id: int, name: str) -> None:
    outbox.record(ctx, [Happened(type_, f"box:{box_id}", f"box:{box_id}", {"name": name})])


def _columns(draft: BoxDraft, currency: str) -> Sequence[object]:
    return (
        draft.name, draft.length_mm, draft.width_mm, draft.height_mm, draft.empty_g, draft.most_g, draft.cost_minor, currency,
        draft.flat, draft.location_id,
    )  # fmt: skip


def check(draft: BoxDraft) -> BoxDraft:
    """The draft, tidied.  Refuses: no name, dimensions and weights that cannot be."""
    name = " ".join(draft.name.replace("\x00", "").split())[:80]
    if not name:
        raise Refused(INVALID, {"field": "name", "problem": gettext_noop("must not be empty")})
    for field in ("length_mm", "width_mm", "height_mm"):
        if not 1 <= getattr(draft, field) <= LONGEST_MM:
            raise Refused(INVALID, {"field": field, "problem": gettext_noop("must be between 1 mm and 10 m")})
    for field, most in (("empty_g", HEAVIEST_G), ("most_g", HEAVIEST_G), ("cost_minor", DEAREST_MINOR)):
        if not 0 <= getattr(draft, field) <= most:
            raise Refused(INVALID, {"field": field, "problem": gettext_noop("must not be negative, nor absurdly large")})
    if draft.most_g and draft.most_g <= draft.empty_g:
        raise Refused(INVALID, {"field": "most_g", "problem": gettext_noop("must be more than the empty box weighs")})
    return replace(draft, name=name)
