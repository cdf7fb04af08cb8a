"""Bookings by hand: adjustments and changes of condition, each with a reason and the paper behind it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.stock import actions, locks, queries
from doorstep.stock.rules import DOCUMENT, change_of
from doorstep.stock.values import (
    MOST_PAPER_BYTES,
    PAPER_TOO_LARGE,
    Change,
    Effect,
    MovementKind,
    Paper,
    Reason,
    Turn,
    Why,
)

NO_PAPER = Paper()


@transaction.atomic
def adjust(ctx: Ctx, *, changes: Sequence[Change], why: Why, paper: Paper = NO_PAPER) -> str:
    """Books what was found, lost or corrected.  Returns: the reference that the movements name.

    Units: signed whole units.  Locks: pool rows, then levels.  Emits: as `actions.change`.  Refuses: taking units that are
    not there or are promised, `other` without words, too large a file.
    """
    return _book(ctx, changes, MovementKind.ADJUSTMENT, why, paper)


@transaction.atomic
def turn(ctx: Ctx, *, turns: Sequence[Turn], why: Why, paper: Paper = NO_PAPER) -> str:
    """Moves units between sellable, damaged and quality control within their place, or writes them off.

    Returns: the reference that the movements name.  Units: whole units, positive.  Locks: pool rows, then levels.
    Emits: as `actions.change`.  Refuses: units that are not in that condition there, or are promised.
    """
    locks.pool_rows(ctx, {t.variant_id for t in turns})  # all of them, before the one kind's and then the other's
    reference = ""
    for kind in (MovementKind.ADJUSTMENT, MovementKind.WRITE_OFF):
        some = [change_of(t) for t in turns if (t.to is None) == (kind is MovementKind.WRITE_OFF)]
        if some and reference:
            actions.change(ctx, changes=some, kind=kind, reason=why.text, reference=reference)
        elif some:
            reference = _book(ctx, some, kind, why, paper)
    return reference


def preview(ctx: Ctx, *, changes: Sequence[Change]) -> list[Effect]:
    """What a booking would do to the pools, found by booking it and taking it back.

    Shapes: one effect per variant, by id.  Locks: pool rows, then levels, until it is taken back.
    Refuses: what the booking itself would refuse.
    """
    ids = sorted({change.variant_id for change in changes})
    was = queries.pool_of(ctx, variant_ids=ids)
    with transaction.atomic():
        actions.change(ctx, changes=changes, kind=MovementKind.ADJUSTMENT, reason="preview", reference="")
        will_be = queries.pool_of(ctx, variant_ids=ids)
        transaction.set_rollback(True)
    return [Effect(was[id], will_be[id]) for id in ids]


def _book(ctx: Ctx, changes: Sequence[Change], kind: MovementKind, why: Why, paper: Paper) -> str:
    if why.reason is Reason.OTHER and not why.words:
        raise Refused(INVALID, {"field": gettext_noop("Reason"), "problem": gettext_noop("Write something here.")})
    reference = _keep(ctx, paper)
    actions.change(ctx, changes=changes, kind=kind, reason=why.text, reference=reference)
    return reference


def _keep(ctx: Ctx, paper: Paper) -> str:
    """Keeps the document behind a booking, and gives the reference to it; without one, who booked."""
    if not paper.number and paper.content is None:
        return f"{ctx.actor.kind}:{ctx.actor.id}"
    if len(paper.content or b"") > MOST_PAPER_BYTES:
        raise Refused(PAPER_TOO_LARGE, {"name": paper.name[:80], "most": MOST_PAPER_BYTES // 1_000_000})
    name = " ".join(paper.name.replace("/", " ").replace("\\", " ").split())[:200]
    id = db.scalar(
        """INSERT INTO stock_document (organisation_id, number, name, content_type, size, content, by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
        [
            ctx.organisation_id, paper.number[:60], name or ("file" if paper.content is not None else ""),
            paper.content_type[:100], len(paper.content or b""), paper.content, ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip
    return f"{DOCUMENT}{id}"
