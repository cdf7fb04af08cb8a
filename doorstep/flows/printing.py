"""Paper: labels, packing slips and pick lists, rendered when they are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from doorstep.accounts import queries as accounts
from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import label_files
from doorstep.fulfilment import actions, gifts, queries
from doorstep.fulfilment.actions import PrintWish
from doorstep.fulfilment.port import PrinterPort, PrinterTrouble, PrintUncertain, printers
from doorstep.fulfilment.values import (
    NO_PDF_PRINTER,
    NO_PRINTER,
    PRINTER_RETIRED,
    PrinterRow,
    PrintJobRow,
    PrintState,
)
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.orders.opening import as_sold
from doorstep.orders.values import OrderDetail
from doorstep.shipping import packing
from doorstep.shipping import queries as shipping
from doorstep.shipping.label_files import is_drawn_by
from doorstep.shipping.labels import pdf, sheets, zpl
from doorstep.shipping.labels.fonts import FontsMissing
from doorstep.shipping.labels.values import LabelAddress, LabelFields, PickLine, PickListFields, SlipFields, SlipLine
from doorstep.shipping.values import LABEL_GOING_BACK, NO_LABEL, Direction, LabelState

BROWSER = "browser"
INTERRUPTED = gettext_noop("Doorstep was interrupted while the printer took it.")
LABEL_GIVEN_BACK = Refusal(
    "label_given_back",
    gettext_noop("The label that this came with was voided."),
    gettext_noop("Another label brings its own paper."),
)
NO_FONTS = Refusal(
    "no_fonts",
    gettext_noop("The fonts for labels and slips are not set up."),
    gettext_noop("Run bin/bootstrap, then try again."),
    status=503,
)


def printer_of(row: PrinterRow) -> PrinterPort:
    """The printer behind a row."""
    if row.kind == "folder":
        return printers.get("folder", {"folder": str(settings.HOME / "printed" / Path(row.target).name.lstrip("."))})
    if row.kind == "cups":
        return printers.get("cups", {"queue": row.target})
    host, _, port = row.target.partition(":")
    return printers.get("raw", {"host": host, "port": port or "9100"})


def print_now(ctx: Ctx, *, print_job_id: int) -> None:
    """Prints one job, at most once; runs for one printer never overlap.

    A job that was begun and interrupted, or whose printer broke off half-way, is `unknown` where the printer cannot be
    asked: it is not repeated by itself, a person looks.  It has failed only where nothing was printed for certain.
    """
    job = queries.find_print_job(ctx, id=print_job_id)
    row = next((p for p in queries.list_printers(ctx) if job and p.id == job.printer_id), None)
    if row is not None and row.kind == BROWSER:
        return  # its station page takes it, see `flows.station`
    if job is None or row is None or job.state not in (PrintState.QUEUED, PrintState.PRINTING):
        return
    port = printer_of(row)
    if job.state == PrintState.QUEUED and waits(ctx, job=job, language=row.language):
        return  # it goes on once its carrier has answered
    if job.state == PrintState.PRINTING:
        known = port.was_printed(job.key)
        if known is not False:
            to = PrintState.PRINTED if known else PrintState.UNKNOWN
            actions.move_print(ctx, print_job_id=job.id, to=to, problem="" if known else INTERRUPTED)
            return
    actions.move_print(ctx, print_job_id=job.id, to=PrintState.PRINTING)
    try:
        data, language = render(ctx, job=job, printer=row)
        port.print(key=job.key, data=data, language=language)
    except (PrinterTrouble, Refused, ValueError) as trouble:
        actions.move_print(ctx, print_job_id=job.id, to=PrintState.FAILED, problem=problem_of(trouble))
    except PrintUncertain as trouble:
        actions.move_print(ctx, print_job_id=job.id, to=PrintState.UNKNOWN, problem=str(trouble))
    else:
        actions.move_print(ctx, print_job_id=job.id, to=PrintState.PRINTED)


def waits(ctx: Ctx, *, job: PrintJobRow, language: str) -> bool:
    """Whether a job prints a label that its carrier draws and whose file is not here yet, or one that is being voided."""
    if job.document != "label":
        return False
    parcel_id = int(job.subject.partition(":")[2])
    label = shipping.live_labels_of(ctx, parcel_ids=[parcel_id]).get(parcel_id)
    is_going_back = label is not None and label.void_wanted_at is not None
    return is_going_back or label_files.is_awaited(ctx, parcel_id=parcel_id, language=language)


def require_its_label(ctx: Ctx, *, job: PrintJobRow) -> None:
    """Refuses paper that came with a label which its parcel bears no more: the next one brings its own (`LABEL_GIVEN_BACK`)."""
    _, _, label_id = job.key.partition(f"{job.document}:label-")
    if not label_id.isdecimal():
        return
    parcel_id = int(job.subject.partition(":")[2])
    label = shipping.live_labels_of(ctx, parcel_ids=[parcel_id]).get(parcel_id)
    if label is None or label.id != int(label_id):
        raise Refused(LABEL_GIVEN_BACK)


def problem_of(trouble: Exception) -> str:
    """Why nothing was printed, as a person reads it."""
    return trouble.refusal.says % trouble.facts if isinstance(trouble, Refused) else str(trouble)


def render(ctx: Ctx, *, job: PrintJobRow, printer: PrinterRow) -> tuple[bytes, str]:
    """The bytes of a job in the language of its printer.  Slips are PDF only, so a ZPL printer gets labels alone.

    A label that its carrier drew on a larger sheet is cut out of it; one of 4×6 inch is printed byte for byte.
    """
    require_its_label(ctx, job=job)
    subject_id = int(job.subject.partition(":")[2])
    language = printer.language if job.document == "label" else "pdf"
    theirs = own_file(ctx, parcel_id=subject_id, language=language) if job.document == "label" else None
    if theirs is not None:
        return (sheets.fit(theirs) if language == "pdf" else theirs), language
    return draw(ctx, document=job.document, subject_id=subject_id, language=language), language


def draw(ctx: Ctx, *, document: str, subject_id: int, language: str) -> bytes:
    """The bytes of a label or slip of a parcel, or of a pick list.  `language`: pdf, for labels also zpl.

    A label that its carrier draws is the carrier's own file, byte for byte.
    Refuses: parcels without a label, files that are not here, a house whose fonts are not set up.
    """
    try:
        if document == "label":
            theirs = own_file(ctx, parcel_id=subject_id, language="zpl" if language == "zpl" else "pdf")
            if theirs is not None:
                return theirs
            fields = label_fields(ctx, parcel_id=subject_id)
            return zpl.render_label(fields) if language == "zpl" else pdf.render_label_pdf(fields)
        if document == "slip":
            return pdf.render_slip_pdf(slip_fields(ctx, parcel_id=subject_id), paper="4x6")
        return pdf.render_pick_list_pdf(pick_list_fields(ctx, pick_list_id=subject_id))
    except FontsMissing as missing:
        raise Refused(NO_FONTS) from missing


def own_file(ctx: Ctx, *, parcel_id: int, language: str) -> bytes | None:
    """The carrier's own label of a parcel; None where it is ours to draw.  Refuses: as `label_files.bytes_of`."""
    label = shipping.live_labels_of(ctx, parcel_ids=[parcel_id]).get(parcel_id)
    if label is None or label.state != LabelState.BOUGHT or not is_drawn_by(ctx, label=label):
        return None
    return label_files.bytes_of(ctx, label=label, language=language)


def label_fields(ctx: Ctx, *, parcel_id: int) -> LabelFields:
    """What a parcel's label says.  Refuses: parcels without one."""
    parcel = shipping.get_parcel(ctx, parcel_id=parcel_id)
    label = shipping.live_labels_of(ctx, parcel_ids=[parcel_id]).get(parcel_id)
    if label is None or not label.tracking_number:
        raise Refused(NO_LABEL, {"parcel": parcel_id})
    at = locations.get(ctx, location_id=parcel.location_id)
    order = orders.destinations(ctx, order_ids=[parcel.order_id])[parcel.order_id]
    sender = LabelAddress(
        name=at.name, company=at.company, lines=tuple(at.lines), postal_code=at.postal_code, city=at.city,
        region=at.region, country=at.country, phone=at.phone,
    )  # fmt: skip
    back = parcel.direction == Direction.BACK
    number = packing.number_of(ctx, parcel=parcel)
    theirs = _address(recipients.shown(ctx, order_id=parcel.order_id, kept=(parcel.sender or {}) if back else parcel.ship_to))
    return LabelFields(
        carrier=shipping.get_carrier(ctx, carrier_id=label.carrier_id).name,
        service=label.service,
        tracking_number=label.tracking_number,
        sort_code=label.sort_code,
        sender=theirs if back else sender,
        recipient=_address(parcel.ship_to) if back else theirs,
        reference=order.name,
        weight_g=parcel.weight_g,
        parcel=number.number,
        parcels=number.of,
        language="ko" if at.country == "KR" else "en",
    )


def _address(kept: Mapping[str, Any]) -> LabelAddress:
    fields: dict[str, Any] = {k: tuple(v) if k == "lines" else v for k, v in kept.items()}
    return LabelAddress(**fields)


def slip_fields(ctx: Ctx, *, parcel_id: int) -> SlipFields:
    """What lies in a parcel, for its recipient, in the language of the order."""
    parcel = shipping.get_parcel(ctx, parcel_id=parcel_id)
    order = orders.get(ctx, id=parcel.order_id)
    held = {line.order_line_id: line.qty for line in shipping.parcel_lines_of(ctx, parcel_ids=[parcel_id])}
    language = "ko" if order.language == "ko" else "en"
    number = packing.number_of(ctx, parcel=parcel)
    gift = gifts.gifts_of(ctx, order_ids=[order.order.id]).get(order.order.id)
    brand = accounts.organisation(ctx)
    with override(language):
        placed_on = date_format(order.order.placed_at.astimezone(ZoneInfo(brand.timezone)), "DATE_FORMAT")
    return SlipFields(
        brand=brand.name,
        order_name=order.order.name,
        placed_on=placed_on,
        ship_to=_address(recipients.shown(ctx, order_id=parcel.order_id, kept=parcel.ship_to)),
        lines=tuple(_slip_lines(order, held, language)),
        home_country=locations.get(ctx, location_id=parcel.location_id).country,
        parcel=number.number,
        parcels=number.of,
        gift=gift is not None,
        note=gift.message if gift else "",
        language=language,  # type: ignore[arg-type]  # one of the two
    )  # fmt: skip


def _slip_lines(order: OrderDetail, held: Mapping[int, int], language: str) -> list[SlipLine]:
    """What lies in a parcel as it was sold: a bundle once, with what of it lies here.  Shapes: `held` is units by line."""

    def price(minor: int) -> str:
        return money.show(Money(minor, order.order.currency), language)

    lines: list[SlipLine] = []
    for sold in as_sold(order.lines):
        if not sold.inside:
            if qty := held.get(sold.line_id, 0):
                lines.append(SlipLine(sku=sold.sku, title=sold.title, qty=qty, price=price(sold.unit_price_minor)))
            continue
        here = [(line, held[line.id]) for line in sold.inside if held.get(line.id)]
        if not here:
            continue
        whole = here[0][1] // here[0][0].bundle_each
        title = sold.title or sold.sku
        if [qty for _, qty in here] != [line.bundle_each * whole for line in sold.inside]:
            with override(language):
                title, whole = gettext("Part of %(bundle)s") % {"bundle": title}, 0
        shown = price(sold.unit_price_minor) if whole else ""
        lines.append(SlipLine(sku=sold.sku, title=title, qty=whole, price=shown, is_bundle=True))
        lines += [SlipLine(sku=line.sku, title=line.title, qty=qty, inside=True) for line, qty in here]
    return lines


def pick_list_fields(ctx: Ctx, *, pick_list_id: int) -> PickListFields:
    """The walk of a pick list on paper."""
    row = queries.get_pick_list(ctx, pick_list_id=pick_list_id)
    at = locations.get(ctx, location_id=row.location_id)
    return PickListFields(
        title=f"#{row.id}",
        code=f"PL{row.id}",
        location=at.name,
        lines=tuple(
            PickLine(
                bin=t.bin, sku=t.sku, title=t.title, qty=t.qty,
                orders=(f"[{t.tote}] {t.order_name}" if t.tote else t.order_name,),
                part_of=_part_of(t.part_of, "ko" if at.country == "KR" else "en"),
            )
            for t in queries.tasks_of(ctx, pick_list_id=pick_list_id)
        ),
        language="ko" if at.country == "KR" else "en",
    )  # fmt: skip


def _part_of(bundle: str, language: str) -> str:
    """Which bundle units to fetch belong to, as a picker reads it."""
    with override(language):
        return gettext("Part of %(bundle)s") % {"bundle": bundle} if bundle else ""


@transaction.atomic
def print_again(ctx: Ctx, *, print_job_id: int, wish: str) -> list[int]:
    """Prints a document again of which nobody knows, or which has failed.  `wish`: one per click.

    One of which nobody knew counts as failed from now on.  Refuses: unknown ids, jobs that are printed or under way.
    Returns: ids of new print jobs, none for a wish that was there already.
    """
    job = queries.get_print_job(ctx, id=print_job_id)
    printer = next((row for row in queries.list_printers(ctx) if row.active and row.id == job.printer_id), None)
    if printer is None:
        raise Refused(PRINTER_RETIRED)
    actions.judge_print(ctx, print_job_id=print_job_id, printed=False)
    key = f"again:{job.id}:{wish}"[:80]
    return actions.want_print(ctx, wishes=[PrintWish(key, job.document, job.subject, job.timeline, printer.id)])


def erase_papers(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Erases the labels and slips of these orders that lie in folders: who gets them stands on them.  Raises: OSError."""
    kept = {row.id: row for row in queries.list_printers(ctx) if row.kind == "folder"}
    boxes = [f"parcel:{parcel.id}" for parcel in shipping.parcels_of(ctx, order_ids=order_ids)] if kept else []
    for job in queries.print_jobs_of(ctx, subjects=boxes) if boxes else []:
        if job.printer_id in kept:
            printer_of(kept[job.printer_id]).forget(job.key)


def reprint(ctx: Ctx, *, parcel_ids: Sequence[int], document: str, wish: str) -> list[int]:
    """Prints labels or slips again, said so by its own key.  `wish`: one per click, so that a double click prints once.

    Refuses: labels of parcels that have none or whose label is being voided, locations without a printer for them.
    """
    wishes = []
    labels = shipping.live_labels_of(ctx, parcel_ids=parcel_ids)
    for parcel in shipping.parcels_by_id(ctx, ids=parcel_ids).values():
        if document == "label" and (parcel.id not in labels or not labels[parcel.id].tracking_number):
            raise Refused(NO_LABEL, {"parcel": parcel.id})
        if document == "label" and labels[parcel.id].void_wanted_at is not None:
            raise Refused(LABEL_GOING_BACK, {"parcel": parcel.id})
        printer = _printer_for(ctx, document, location_id=parcel.location_id)
        subject = f"parcel:{parcel.id}"
        key = f"{document}:{subject}:again:{wish}"[:80]
        wishes.append(PrintWish(key, document, subject, f"order:{parcel.order_id}", printer.id))
    return actions.want_print(ctx, wishes=wishes)


@transaction.atomic
def print_pick_list(ctx: Ctx, *, pick_list_id: int, wish: str) -> PrinterRow:
    """Prints a pick list at the printer of its location.  `wish`: one per click, so that a double click prints once.

    Refuses: unknown ids, locations without a printer for PDF.  Returns: the printer that it goes to.
    """
    row = queries.get_pick_list(ctx, pick_list_id=pick_list_id)
    printer = _printer_for(ctx, "pick_list", location_id=row.location_id)
    subject = f"pick_list:{row.id}"
    actions.want_print(ctx, wishes=[PrintWish(f"{subject}:{wish}", "pick_list", subject, subject, printer.id)])
    return printer


def _printer_for(ctx: Ctx, document: str, *, location_id: int) -> PrinterRow:
    """The printer of a location that can print a document: any for labels, one that takes PDF for all else."""
    language = "" if document == "label" else "pdf"
    found = queries.find_printer(ctx, location_id=location_id, language=language)
    if found is None:
        has_any = queries.find_printer(ctx, location_id=location_id) is not None
        place = locations.get(ctx, location_id=location_id)
        raise Refused(NO_PDF_PRINTER if has_any else NO_PRINTER, {"location": place.name})
    return found
