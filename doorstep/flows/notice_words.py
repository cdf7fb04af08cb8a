"""What notices say: the brand's words, filled with what is known of the order at the moment they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from doorstep.accounts import branding
from doorstep.accounts import queries as accounts
from doorstep.accounts.values import Organisation
from doorstep.base import tokens
from doorstep.base.ctx import Ctx
from doorstep.flows import estimate_words, estimates, tracking
from doorstep.flows.order_facts import again_of, promised_words, told_lines, tracking_link
from doorstep.messaging.notices import desk
from doorstep.messaging.notices.defaults import BUTTONS
from doorstep.messaging.notices.rules import text
from doorstep.messaging.notices.values import NOTICES, NoticeKind, NoticeRow, Way, Words
from doorstep.messaging.values import Draft
from doorstep.orders import promised
from doorstep.orders import queries as orders
from doorstep.orders.promised import Promised
from doorstep.orders.queries import Destination
from doorstep.orders.values import LineRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Direction, ParcelRow, ParcelState

CHOICES = "notices"
LONGEST_SMS = 1600  # https://www.twilio.com/docs/sms/api/message-resource


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in words.  `html` is "" for a text message."""

    subject: str
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the orders that a batch of notices is about, read once.

    `places`: where a parcel stands among those of its order, and how many there are.  `said`: what its carrier said last, and
    where, by parcel and language.
    """

    brand: Organisation
    to: Mapping[int, Destination]
    lines: Mapping[int, Sequence[LineRow]]
    again: Mapping[int, str]
    waits: Mapping[int, Sequence[Promised]]
    parcels: Mapping[int, ParcelRow]
    places: Mapping[int, tuple[int, int]]
    logo: Mapping[str, object] | None = None


def choices_link(ctx: Ctx, *, order_id: int) -> str:
    """The address of the page on which a customer chooses what to be told; nobody can guess it."""
    return f"{settings.PUBLIC_URL}/t/choices/{tokens.make(CHOICES, [ctx.organisation_id, order_id])}/"


def stop_link(ctx: Ctx, *, order_id: int) -> str:
    """Where one click ends the mails beyond the necessary (RFC 8058)."""
    return f"{settings.PUBLIC_URL}/t/stop/{tokens.make(CHOICES, [ctx.organisation_id, order_id])}/"


def drafts(ctx: Ctx, *, rows: Sequence[NoticeRow]) -> dict[int, Draft]:
    """A message for each notice, by notice; those of which nothing can be said are left out."""
    known = known_of(ctx, order_ids=sorted({row.order_id for row in rows}))
    words = desk.words_of(ctx, languages=sorted({known.to[row.order_id].language for row in rows}))
    found = {}
    for row in rows:
        draft = _draft(ctx, row, known, words[NoticeKind(row.kind), known.to[row.order_id].language])
        if draft is not None:
            found[row.id] = draft
    return found


def _draft(ctx: Ctx, row: NoticeRow, known: Known, words: Words) -> Draft | None:
    kind, whom = NoticeKind(row.kind), known.to[row.order_id]
    facts = facts_of(ctx, kind=kind, order_id=row.order_id, parcel_id=row.parcel_id, known=known) | row.facts
    if row.way == Way.SMS:
        told = as_text(words, facts)
        return Draft(
            key=f"sms:{row.key}"[:100], timeline=f"order:{row.order_id}", to_address=row.address, to_name=whom.customer_name,
            template=kind.value, language=whom.language, subject="", text=told.text, way=Way.SMS,
        ) if told.text else None  # fmt: skip
    lines = told_lines(known.lines.get(row.order_id, []))
    said = as_mail(words, facts, brand=known.brand, lines=lines, logo=known.logo)
    return Draft(
        key=row.key, timeline=f"order:{row.order_id}", to_address=row.address, to_name=whom.customer_name, template=kind.value,
        language=whom.language, subject=said.subject, text=said.text, html=said.html,
        opt_out_url="" if NOTICES[kind].is_necessary else stop_link(ctx, order_id=row.order_id),
    )  # fmt: skip


def as_mail(
    words: Words, facts: Mapping[str, str], *, brand: Organisation, lines: Sequence[Mapping[str, object]],
    logo: Mapping[str, object] | None = None,
) -> Said:
    """A notice as a mail, in the face of the brand.  `logo`: as `logo_of` gives it."""
    with override(words.language):
        label = gettext(BUTTONS[words.kind])
        # The mail that is owed cannot be ended; of the others the foot says where.
        choices = "" if NOTICES[words.kind].is_necessary else facts.get("choices.link", "")
        shown = {
            "brand": brand.name, "accent": brand.readable.day, "logo": logo, "language": words.language, "label": label,
            "lines": lines, "choices": choices, "pieces": text.blocks_of(words.body, facts),
        }  # fmt: skip
        html = render_to_string("mail/notice.html", shown)
        told = text.fill(words.body, facts, label=label)
        foot = gettext("Choose which messages you get") + f":\n{choices}\n" if choices else ""
    plain = "\n\n".join(filter(None, (told, brand.name, foot.strip()))) + "\n"
    return Said(text.one_line(words.subject, facts), plain, html)


def logo_of(brand: Organisation) -> dict[str, object] | None:
    """Where mails find a brand's logo, and how large it is shown; None where it has none."""
    found = branding.logos_of([brand.id]).get(brand.id)
    if found is None:
        return None
    width, height = found.shown
    return {"url": f"{settings.PUBLIC_URL}/t/logo/{brand.slug}/{found.digest}.png", "width": width, "height": height}


def as_text(words: Words, facts: Mapping[str, str]) -> Said:
    """A notice as a text message."""
    return Said("", text.fill(words.sms, facts)[:LONGEST_SMS])


def known_of(ctx: Ctx, *, order_ids: Sequence[int]) -> Known:
    """What notices about these orders can say."""
    lines: dict[int, list[LineRow]] = {}
    for line in orders.lines_of(ctx, order_ids=order_ids):
        lines.setdefault(line.order_id, []).append(line)
    out: dict[int, list[ParcelRow]] = {}
    for parcel in shipping.parcels_of(ctx, order_ids=order_ids):
        if parcel.direction == Direction.OUT and parcel.state != ParcelState.CANCELLED:
            out.setdefault(parcel.order_id, []).append(parcel)
    places = {
        parcel.id: (n, len(mine))
        for mine in out.values() for n, parcel in enumerate(sorted(mine, key=lambda one: one.id), start=1)
    }  # fmt: skip
    brand = accounts.organisation(ctx)
    return Known(
        brand, orders.destinations(ctx, order_ids=order_ids), lines, again_of(ctx, order_ids=order_ids),
        promised.promised_of(ctx, order_ids=order_ids), {one.id: one for mine in out.values() for one in mine}, places,
        logo_of(brand),
    )  # fmt: skip


def facts_of(ctx: Ctx, *, kind: NoticeKind, order_id: int, parcel_id: int, known: Known) -> dict[str, str]:
    """What the variables of a notice stand for, in the language of the order; "" where nothing is known."""
    whom, parcel = known.to[order_id], known.parcels.get(parcel_id)
    lines = told_lines(known.lines.get(order_id, []))
    facts = {
        "customer.name": whom.customer_name, "order.name": whom.name, "brand.name": known.brand.name,
        "brand.email": known.brand.support_email, "tracking.link": tracking_link(ctx, order_id=order_id),
        "choices.link": choices_link(ctx, order_id=order_id), "order.items": items_text(lines),
        "order.notes": _notes(kind, known, order_id, whom), "order.again": known.again.get(order_id, ""),
    }  # fmt: skip
    return facts | (_parcel_facts(ctx, parcel, whom, known) if parcel else {})


def items_text(lines: Sequence[Mapping[str, object]]) -> str:
    """The lines of an order, one below the other."""
    said = []
    for line in lines:
        said.append(f"- {line['title']} × {line['qty']}")
        inside = line.get("inside", ())
        said += [f"    {one['title']} × {one['qty']}" for one in inside]  # type: ignore[attr-defined]
    return "\n".join(said)


def _parcel_facts(ctx: Ctx, parcel: ParcelRow, whom: Destination, known: Known) -> dict[str, str]:
    n, count = known.places.get(parcel.id, (1, 1))
    told = tracking.told_of(ctx, parcels=[parcel], language=whom.language)[parcel.id]
    newest = told[0] if told else None
    is_readable = newest is not None and newest.said.language in ("", whom.language)
    today = estimates.today_at(ctx, parcel=parcel, otherwise=known.brand.timezone)
    with override(whom.language):
        coming = estimate_words.coming(parcel, today=today)
        estimated = date_format(coming.on, "DATE_FORMAT") if coming and coming.on else ""
        expected = estimate_words.for_letter(parcel, language=whom.language, today=today)
    return {
        "tracking.carrier": parcel.carrier_name, "tracking.number": parcel.tracking_number, "tracking.estimated": estimated,
        "tracking.expected": expected,
        "tracking.place": newest.row.place if newest else "", "tracking.said": newest.said.text if newest and is_readable else "",
        "parcel.number": str(n) if count > 1 else "", "parcel.count": str(count) if count > 1 else "",
    }  # fmt: skip


def _notes(kind: NoticeKind, known: Known, order_id: int, whom: Destination) -> str:
    """What has to be said of an order beside the matter itself: what waits, and what is sent again."""
    with override(whom.language):
        if kind is NoticeKind.CONFIRMED:
            return promised_words(known.waits.get(order_id, ()))
        again = known.again.get(order_id, "")
        if kind is NoticeKind.SHIPPED and again:
            return gettext("It brings items of your order %(again)s again, at no charge.") % {"again": again}
    return ""
