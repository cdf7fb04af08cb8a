"""A browser as a printer: its station page takes one job after the other, prints it, and says what became of it."""

from __future__ import annotations

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import printing
from doorstep.fulfilment import actions, queries
from doorstep.fulfilment.values import PrinterRow, PrintJobRow, PrintState
from doorstep.shipping.labels import pdf, sheets
from doorstep.shipping.labels.fonts import FontsMissing

LEFT_OPEN = gettext_noop("The printing page was closed before it said whether it printed.")
ASK = gettext_noop("The browser does not tell whether it was printed or cancelled.")


def printer_of(ctx: Ctx, *, printer_id: int) -> PrinterRow:
    """A printer that is a browser.  Refuses: unknown ids, other printers, those out of use."""
    found = next((row for row in queries.list_printers(ctx) if row.id == printer_id), None)
    if found is None or found.kind != printing.BROWSER or not found.active:
        raise Refused(NOT_FOUND, {"what": "printer", "key": printer_id})
    return found


def open_station(ctx: Ctx, *, printer_id: int) -> PrinterRow:
    """Opens the page of a browser printer: of what an earlier page had begun nobody knows, so a person looks.

    Emits: PrintUnknown.  Refuses: as `printer_of`.
    """
    row = printer_of(ctx, printer_id=printer_id)
    for job in queries.jobs_of_printer(ctx, printer_id=row.id, states=[PrintState.PRINTING]):
        actions.move_print(ctx, print_job_id=job.id, to=PrintState.UNKNOWN, problem=LEFT_OPEN)
    return row


def take(ctx: Ctx, *, printer_id: int) -> PrintJobRow | None:
    """The oldest job that waits for this browser, which no other page gets; None where none waits.

    What cannot be drawn has failed at once, with the reason.  Refuses: as `printer_of`.
    """
    row = printer_of(ctx, printer_id=printer_id)
    for job in queries.jobs_of_printer(ctx, printer_id=row.id, states=[PrintState.QUEUED]):
        if printing.waits(ctx, job=job, language="pdf"):
            continue
        if not actions.move_print(ctx, print_job_id=job.id, to=PrintState.PRINTING):
            continue  # another page took it
        try:
            pages(ctx, job=job)
        except (Refused, ValueError) as trouble:
            actions.move_print(ctx, print_job_id=job.id, to=PrintState.FAILED, problem=printing.problem_of(trouble))
            continue
        return job
    return None


def job_of(ctx: Ctx, *, printer_id: int, print_job_id: int) -> PrintJobRow:
    """One job of a browser printer.  Refuses: unknown ids, jobs of other printers."""
    job = queries.get_print_job(ctx, id=print_job_id)
    if job.printer_id != printer_of(ctx, printer_id=printer_id).id:
        raise Refused(NOT_FOUND, {"what": "print job", "key": print_job_id})
    return job


def pages(ctx: Ctx, *, job: PrintJobRow) -> list[bytes]:
    """The pages of a job as SVG.  Refuses: parcels without a label, a house whose fonts are not set up."""
    printing.require_its_label(ctx, job=job)
    subject_id = int(job.subject.partition(":")[2])
    try:
        if job.document == "label":
            theirs = printing.own_file(ctx, parcel_id=subject_id, language="pdf")
            if theirs is not None:
                return sheets.render_pages(sheets.fit(theirs))
            return pdf.render_pages(printing.label_fields(ctx, parcel_id=subject_id), paper="4x6")
        if job.document == "slip":
            return pdf.render_pages(printing.slip_fields(ctx, parcel_id=subject_id), paper="4x6")
        return pdf.render_pages(printing.pick_list_fields(ctx, pick_list_id=subject_id), paper="a4")
    except FontsMissing as missing:
        raise Refused(printing.NO_FONTS) from missing


def settle(ctx: Ctx, *, printer_id: int, print_job_id: int, is_certain: bool) -> None:
    """Notes that the browser went through its print dialog; saying it twice changes nothing.

    `is_certain`: it prints without asking.  Else somebody may have cancelled, and says so.
    Emits: Printed or PrintUnknown.  Refuses: as `job_of`.
    """
    job = job_of(ctx, printer_id=printer_id, print_job_id=print_job_id)
    to = PrintState.PRINTED if is_certain else PrintState.UNKNOWN
    actions.move_print(ctx, print_job_id=job.id, to=to, problem="" if is_certain else ASK)
