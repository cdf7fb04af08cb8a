"""The carriers' own labels: fetched once they are bought, and given out byte for byte wherever a label is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import httpx

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.offers import carrier_of
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment.values import PrintState
from doorstep.shipping import events, label_files, queries
from doorstep.shipping.values import (
    LABEL_AWAITED,
    LABEL_NOT_FETCHED,
    NO_LABEL,
    Direction,
    FileState,
    LabelRow,
    LabelState,
    ParcelRow,
)

WAS_ERASED = gettext_noop("It was erased with the address that stood on it.")


def paper_for(ctx: Ctx, *, parcel: ParcelRow) -> str:
    """What a parcel's label is to be printed from: what the printer of its place speaks; customers print PDF."""
    printer = None if parcel.direction == Direction.BACK else floor.find_printer(ctx, location_id=parcel.location_id)
    return "zpl" if printer is not None and printer.language == "zpl" else "pdf"


def fetch(ctx: Ctx, *, file_id: int) -> None:
    """Fetches one file; runs for one file never overlap.  Nothing is bought, however often it is asked for.

    What does not come this time is noted and asked for again by the timer, later each time.
    """
    row = label_files.get(ctx, file_id=file_id)
    if row.state != FileState.WANTED:
        return
    label = queries.get_label(ctx, label_id=row.label_id)
    if label.state != LabelState.BOUGHT:
        label_files.erase(ctx, label_ids=[label.id])
        return
    try:
        answer = carrier_of(ctx, label.carrier_id).fetch_label(label.vendor_id, row.language)
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        problem = f"{type(trouble).__name__}: {trouble}"
        label_files.settle(ctx, file_id=row.id, answer=None, problem=problem)
    else:
        label_files.settle(ctx, file_id=row.id, answer=answer)


def fetch_again(ctx: Ctx, *, parcel_id: int, language: str) -> None:
    """Somebody wants the carrier's own label now, in this language: what waits is asked for at once, what failed once more.

    Refuses: parcels without such a label (`NO_LABEL`), other languages.
    """
    label = queries.live_labels_of(ctx, parcel_ids=[parcel_id]).get(parcel_id)
    if label is None:
        raise Refused(NO_LABEL, {"parcel": parcel_id})
    known = label_files.find(ctx, label_id=label.id, language=language)
    file_id = label_files.want(ctx, label_id=label.id, language=language, by=known.wanted_by if known else ctx.actor.name)
    if known is not None and known.state == FileState.WANTED:
        label_files.ask_for(ctx.organisation_id, file_id)


def sweep(now: datetime) -> None:
    """Asks for the files that are due."""
    for organisation_id, file_id in label_files.find_unfetched(now=now):
        label_files.ask_for(organisation_id, file_id, again=True)


def may_print(ctx: Ctx, event: Event) -> bool:
    """Whether what an event tells of can be printed now: labels that we draw once bought, others once their file came by itself.

    A file that somebody asked for since is printed by whatever they asked it for.
    """
    if event.type == events.LABEL_FILE_KEPT:
        return not event.data.get("wanted_by")
    label = queries.get_label(ctx, label_id=int(event.data["label_id"]))
    if not label_files.is_drawn_by(ctx, label=label):
        return True
    own = label_files.find(ctx, label_id=label.id, language=label.paper or "pdf")
    return own is not None and own.state == FileState.KEPT


def go_on(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Has what waited for a file, or for the end of a void, printed, or failed with what the carrier said."""
    subjects = sorted({event.subject for event in happened})
    for job in floor.print_jobs_of(ctx, subjects=subjects):
        if job.state == PrintState.QUEUED and job.document == "label" and job.printer_id:
            fulfilment.print_soon(ctx, print_job_id=job.id, printer_id=job.printer_id)


def bytes_of(ctx: Ctx, *, label: LabelRow, language: str) -> bytes:
    """The carrier's own label as it came.  One that is not here in this language is wished for.

    Refuses: what is on its way (`LABEL_AWAITED`), and what does not come (`LABEL_NOT_FETCHED`).
    """
    row = label_files.find(ctx, label_id=label.id, language=language)
    if row is not None and row.state == FileState.KEPT:
        return label_files.data_of(ctx, file_id=row.id)
    if row is not None and row.state in (FileState.FAILED, FileState.ERASED):
        problem = WAS_ERASED if row.state == FileState.ERASED else row.problem
        facts = {"parcel": label.parcel_id, "language": language.upper(), "problem": problem}
        raise Refused(LABEL_NOT_FETCHED, facts)
    if row is None:
        label_files.want(ctx, label_id=label.id, language=language, by=ctx.actor.name)
    raise Refused(LABEL_AWAITED, {"parcel": label.parcel_id, "language": language.upper()})


def is_awaited(ctx: Ctx, *, parcel_id: int, language: str) -> bool:
    """Whether a parcel's label is the carrier's own and still on its way in a language; it is wished for where nobody did."""
    label = queries.live_labels_of(ctx, parcel_ids=[parcel_id]).get(parcel_id)
    if label is None or label.state != LabelState.BOUGHT or not label_files.is_drawn_by(ctx, label=label):
        return False
    row = label_files.find(ctx, label_id=label.id, language=language)
    if row is None:
        label_files.want(ctx, label_id=label.id, language=language, by=ctx.actor.name)
    return row is None or row.state == FileState.WANTED
