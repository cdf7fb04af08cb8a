"""A notice as a customer would get it: of an order of the brand's, or of one that is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.customers.rules import mobile_number
from doorstep.flows import estimate_words, notice_words
from doorstep.flows.order_facts import told_lines, tracking_link
from doorstep.messaging import actions, queries
from doorstep.messaging.notices import desk
from doorstep.messaging.notices.rules import sms, text
from doorstep.messaging.notices.rules.sms import Size
from doorstep.messaging.notices.values import NoticeKind, Way, Words
from doorstep.messaging.values import NO_SMS, Draft
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow

NOBODYS_ORDER = -1042  # links of it are as long as real ones, for what a text costs goes by its length, and open nothing
SAMPLE_REASON = gettext_noop("An item came late from its maker.")
SAMPLE_SAID = gettext_noop("Nobody was there to take it.")
SAMPLE_PLACE = gettext_noop("Parcel shop at the station, 12 High Street")
SAMPLE_ITEM = gettext_noop("Linen shirt, white, M")
SAMPLE_NEXT = gettext_noop("A colleague looks after it.")
SAMPLE_NAME = gettext_noop("Kim Minseo")
SAMPLE_AGAIN = "#1040"
RECENT = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """`left_out`: the variables of which nothing is known here, whose lines are not told."""

    subject: str
    text: str
    html: str
    sms: str
    size: Size
    left_out: tuple[str, ...]


def recent_orders(ctx: Ctx) -> list[OrderRow]:
    """Orders that a notice can be tried on, newest first."""
    return orders.list_orders(ctx, where=OrderFilter(), limit=RECENT)


def preview(ctx: Ctx, *, words: Words, order_id: int = 0) -> Preview:
    """A notice in these words; of a made-up order where none is named.  Refuses: unknown ids."""
    brand, words = accounts.organisation(ctx), text.clipped(words)
    with override(words.language):
        facts, lines = _of_order(ctx, words, order_id) if order_id else (_sample(ctx, words.language), [])
        lines = lines or [{"title": gettext(SAMPLE_ITEM), "qty": 2}]
    mail = notice_words.as_mail(words, facts, brand=brand, lines=lines, logo=notice_words.logo_of(brand))
    plain = notice_words.as_text(words, facts)
    named = text.VARIABLE.findall("\n".join((words.subject, words.body, words.sms)))
    left_out = tuple(dict.fromkeys(name for name in named if not facts.get(name)))
    return Preview(mail.subject, mail.text, mail.html, plain.text, sms.size_of(plain.text), left_out)


def _of_order(ctx: Ctx, words: Words, order_id: int) -> tuple[dict[str, str], list[Mapping[str, object]]]:
    known = notice_words.known_of(ctx, order_ids=[order_id])
    if order_id not in known.to:
        raise Refused(NOT_FOUND, {"what": "order", "key": order_id})
    known = replace(known, to={order_id: replace(known.to[order_id], language=words.language)})
    newest = max((id for id, row in known.parcels.items() if row.order_id == order_id), default=0)
    facts = notice_words.facts_of(ctx, kind=words.kind, order_id=order_id, parcel_id=newest, known=known)
    facts |= {"order.again": facts["order.again"] or SAMPLE_AGAIN} if words.kind is NoticeKind.SENT_AGAIN else {}
    return _delays(ctx, words.language) | facts, list(told_lines(known.lines.get(order_id, [])))


def _delays(ctx: Ctx, language: str) -> dict[str, str]:
    with override(language):
        day = date_format((ctx.now + timedelta(days=2)).date(), "DATE_FORMAT")
        item = f"- {gettext(SAMPLE_ITEM)} × 2"
        return {"delay.reason": gettext(SAMPLE_REASON), "delay.until": day, "delay.next": gettext(SAMPLE_NEXT), "delay.items": item}


def _sample(ctx: Ctx, language: str) -> dict[str, str]:
    """What the variables stand for in an order that is made up."""
    brand = accounts.organisation(ctx)
    lines = [{"title": gettext(SAMPLE_ITEM), "qty": 2}]
    on = (ctx.now + timedelta(days=1)).date()
    until = on + timedelta(days=1)
    coming = estimate_words.Coming(on, on, until, on, is_late=False, is_today=False, is_sure=True, seen=100, basis=0)
    return _delays(ctx, language) | {
        "customer.name": gettext(SAMPLE_NAME), "order.name": "#1042", "brand.name": brand.name,
        "brand.email": brand.support_email or settings.MAIL_FROM, "tracking.link": tracking_link(ctx, order_id=NOBODYS_ORDER),
        "choices.link": notice_words.choices_link(ctx, order_id=NOBODYS_ORDER),
        "order.items": notice_words.items_text(lines), "order.notes": "", "tracking.carrier": "CJ",
        "tracking.number": "6012 3456 7890", "tracking.estimated": date_format(on, "DATE_FORMAT"), "order.again": SAMPLE_AGAIN,
        "tracking.place": gettext(SAMPLE_PLACE),
        "tracking.expected": estimate_words.in_letter(coming, language=language),
        "tracking.said": gettext(SAMPLE_SAID), "parcel.number": "1", "parcel.count": "2",
    }  # fmt: skip


def send_test(ctx: Ctx, *, kind: NoticeKind, language: str, way: Way, to: str, name: str, order_id: int = 0, wish: str) -> int:
    """Sends a notice to a person of the house, as a customer would get it; the same wish twice sends it once.

    Returns: the message's id, 0 where it was sent before.  Emits: MessageQueued.  Refuses: no number that texts leave from.
    """
    words = desk.words(ctx, kind=kind, language=language)
    shown = preview(ctx, words=words, order_id=order_id)
    key = f"test:{kind.value}:{language}:{way.value}:{wish}"[:100]
    timeline = f"notice:{desk.number_of(kind)}"
    if way is Way.SMS:
        if queries.find_default_sms_account(ctx) is None:
            raise Refused(NO_SMS)
        draft = Draft(key, timeline, to, name, kind.value, language, "", shown.sms, way=way)
    else:
        draft = Draft(key, timeline, to, name, kind.value, language, shown.subject, shown.text, shown.html)
    made = actions.queue(ctx, drafts=[draft], domain=settings.MAIL_FROM.partition("@")[2])
    return made[0] if made else 0


def own_number(ctx: Ctx, typed: str) -> str:
    """A number that a test can go to, in E.164; "" where it is none."""
    country = {"ko": "KR"}.get(accounts.organisation(ctx).default_language, "")
    return mobile_number(typed, country)
