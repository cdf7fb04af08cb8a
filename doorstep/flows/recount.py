"""Shelves on which too little was found are counted again: on one sheet per place, with a task for whoever works there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import events as floor
from doorstep.fulfilment import queries as lists
from doorstep.locations import queries as locations
from doorstep.stock import count_queries, counts
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

KIND = "recount"
COUNTED = gettext_noop("The sheet is counted.")
DUE_AFTER = timedelta(hours=24)  # until then the books of the shelf are a guess


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Asks for a recount where pickers found too few, and where places rejected units for want of stock."""
    for location_id in sorted(_places(ctx, happened)):
        ask(ctx, location_id=location_id)


def _places(ctx: Ctx, happened: Sequence[Event]) -> set[int]:
    found = set()
    for event in happened:
        if event.type == floor.SHORT:
            found.add(lists.get_pick_list(ctx, pick_list_id=event.data["pick_list_id"]).location_id)
        elif event.data.get("of_stock"):
            found.add(int(event.data["location_id"]))
    return found


@transaction.atomic
def ask(ctx: Ctx, *, location_id: int) -> int | None:
    """Has the marked shelves of a place on a count sheet, and a person told of it, once per sheet.

    Returns: the sheet; None where nothing is marked any more.  Locks: the sheet.  Emits: CountOpened or RecountAsked, TaskCreated.
    """
    sheet_id = counts.want_recount(ctx, location_id=location_id)
    if sheet_id is None:
        return None
    place = locations.get(ctx, location_id=location_id)
    sheet = count_queries.get_sheet(ctx, sheet_id=sheet_id)
    facts = {"place": place.name, "sheet_id": sheet_id, "lines": sheet.lines}
    subject = f"count_sheet:{sheet_id}"
    draft = TaskDraft(
        key=f"{KIND}:{sheet_id}", kind=KIND, subject=subject, timeline=subject, due_at=ctx.now + DUE_AFTER, facts=facts
    )
    tasks.create(ctx, tasks=[draft])
    return sheet_id


def settle(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Ends the tasks about sheets that are over."""
    for event in happened:
        tasks.settle(ctx, subject=f"count_sheet:{event.subject_id}", kind=KIND, outcome=COUNTED)
