"""Small things that pages show: icons, states, money, times. Loaded in every template without asking."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from doorstep.accounts.values import LANGUAGES
from doorstep.base import money as amounts
from doorstep.base.money import Money
from doorstep.flows.chat import SUBJECT
from doorstep.flows.tracking import Told
from doorstep.web.parts import buyers, states

register = template.Library()
RECENT = timedelta(days=6)


@lru_cache(maxsize=512)
def asset_url(path: str) -> str:
    """The address of a static file with its fingerprint, so that browsers may keep it and never show an old one."""
    found = finders.find(path) or (staticfiles_storage.path(path) if staticfiles_storage.exists(path) else None)
    if not isinstance(found, str):
        return static(path)
    return f"{static(path)}?v={hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]}"


@register.simple_tag
def asset(path: str) -> str:
    """`{% asset "doorstep/live.js" %}`"""
    return asset_url(path)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """`{% icon "truck" %}`: decoration, hidden from screen readers; a button of only an icon needs an aria-label."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes, asset_url("vendor/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def badge(kind: str, state: str) -> SafeString:
    """`{% badge "order" row.state %}`: icon, word and colour of a state; kinds are the keys of `parts.states.LOOKS`."""
    return _badge(states.look_of(kind, str(state)))


@register.simple_tag
def parcel_badge(state: str, status: str) -> SafeString:
    """`{% parcel_badge parcel.state parcel.status %}`: one badge for a parcel, on its floor and on its way."""
    return _badge(states.of_parcel(str(state), str(status)))


def _badge(look: states.Look) -> SafeString:
    return format_html('<span class="state state-{}">{}{}</span>', look.tone, icon(look.icon), look.word)


@register.simple_tag
def carrier_words(told: Told) -> SafeString:
    """`{% carrier_words scan %}`: the carrier's own words beside ours, marked with their language; nothing where they are
    the same or only a code."""
    text, language = told.said.text, told.said.language
    ours = states.word_of("tracking", told.row.status) if told.row.status else ""
    if ours and text.casefold() in ("", ours.casefold()):
        return SafeString("")
    text = text or told.row.raw_code
    if language == _locale():
        return format_html('<span class="said">{}</span>', text)
    return format_html('<span class="said" lang="{}">{}</span>', language, text)


@register.simple_tag
def tone_badge(tone: str, icon_name: str, word: str) -> SafeString:
    """`{% tone_badge "waiting" "clock" _("Late") %}`: a badge for what is no state of a machine."""
    return format_html('<span class="state state-{}">{}{}</span>', tone, icon(icon_name), word)


@register.simple_tag
def money(amount: Money | int | None, currency: str = "") -> SafeString:
    """`{% money order.total %}` or `{% money line.total_minor order.currency %}`; nothing for None."""
    if amount is None:
        return SafeString("")
    whole = amount if isinstance(amount, Money) else Money(int(amount), currency)
    return format_html('<span class="money">{}</span>', amounts.show(whole, get_language() or "en"))


@register.simple_tag
def number(value: int | float | None) -> str:
    """`{% number row.units %}`: with the reader's separators."""
    return "" if value is None else str(format_decimal(value, locale=_locale()))


@register.simple_tag
def metres(mm: int | None, digits: int = 0) -> str:
    """`{% metres row.walk_mm %}`: a distance on the floor, in whole metres or with so many digits behind the point."""
    return "" if mm is None else f"{format_decimal(round(mm / 1000, digits or None), locale=_locale())} m"


@register.simple_tag
def minutes(seconds: int) -> str:
    """`{% minutes row.plan_s %}`: how long work takes, in whole minutes and never less than one."""
    return str(format_decimal(max(-(-seconds // 60), 1), locale=_locale()))


@register.simple_tag
def percent(share: float) -> str:
    """`{% percent row.rate %}`: a share of one as per cent, to a tenth."""
    return str(format_percent(share, format="#,##0.#%", locale=_locale()))


@register.simple_tag(takes_context=True)
def ago(context: Context, at: datetime | None) -> SafeString:
    """`{% ago row.placed_at %}`: how long since, the exact time on hover; keeps ticking on the open page."""
    if at is None:
        return SafeString('<span class="muted">—</span>')
    passed = timezone.now() - at
    local = at.astimezone(_zone(context))
    if abs(passed) < RECENT:
        style = "short" if _locale() == "en" else "long"
        words = format_timedelta(-passed, add_direction=True, locale=_locale(), format=style, threshold=0.9)  # type: ignore[arg-type]
        if abs(passed) < timedelta(minutes=1):
            words = gettext("just now")
    else:
        this_year = local.year == timezone.now().year
        words = format_date(
            local, {"en": "d MMM", "ko": "M월 d일"}[_locale()] if this_year else "medium", locale=_locale()
        )
    ticking = SafeString(" data-ago") if abs(passed) < RECENT else ""
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>', at.isoformat(timespec="seconds"), _exactly(local), ticking, words
    )


@register.simple_tag(takes_context=True)
def exact(context: Context, at: datetime | None) -> SafeString:
    """`{% exact event.at %}`: day and time in the zone of the page, else the organisation's, to the minute; the second on hover."""
    if at is None:
        return SafeString('<span class="muted">—</span>')
    local = at.astimezone(_zone(context))
    pattern = {"en": "d MMM y, HH:mm", "ko": "y년 M월 d일 HH:mm"}[_locale()]
    words = format_datetime(local, pattern, tzinfo=local.tzinfo, locale=_locale())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"), _exactly(local), words
    )


@register.filter
def subject_word(subject: str) -> str:
    """The subject of a conversation; that of a chat, which we chose in the customer's language, in the reader's."""
    if subject in _chats():
        return gettext(SUBJECT)
    return subject


@cache
def _chats() -> frozenset[str]:
    found = set()
    for language in LANGUAGES:
        with translation.override(language):
            found.add(gettext(SUBJECT))
    return frozenset(found)


@register.filter
def buyer(name: str) -> str:
    """`{{ row.customer_name|buyer }}`: a customer as they are called, who walked into a shop without a name too."""
    return buyers.called(name)


@register.filter
def day(on: date) -> str:
    """`{{ parcel.estimated_on|day }}`: a day without a time."""
    return str(format_date(on, {"en": "d MMM y", "ko": "y년 M월 d일"}[_locale()], locale=_locale()))


@register.simple_tag
def country(code: str, name: bool = True) -> SafeString:
    """`{% country order.country %}`: the code as a chip and the name in the reader's language."""
    if not code:
        return SafeString("")
    words = Locale(_locale()).territories.get(code.upper(), code)
    chip = format_html('<span class="chip" title="{}">{}</span>', words, code.upper())
    return format_html('<span class="country">{} {}</span>', chip, words) if name else chip


@register.simple_tag
def avatar(name: str) -> SafeString:
    """`{% avatar person.name %}`: initials in a circle; the second syllables of a Korean name."""
    words = (name or "?").split("@")[0].replace(".", " ").split() or ["?"]
    hangul = "가" <= words[0][0] <= "힣"
    letters = words[0][-2:] if hangul else (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
    return format_html('<span class="avatar" aria-hidden="true" data-letters="{}"></span>', letters)


@register.simple_tag
def spark(values: Sequence[float], label: str = "") -> SafeString:
    """`{% spark figure.trend _("14 days") %}`: a small line of a trend; the figure itself stands beside it as text."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 96 / (len(values) - 1)
    points = " ".join(f"{2 + i * step:.1f},{26 - 22 * (v - low) / span:.1f}" for i, v in enumerate(values))
    last = points.rsplit(" ", 1)[-1].split(",")
    return format_html(
        '<svg class="spark" viewBox="0 0 100 28" role="img" aria-label="{}"><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2"/></svg>', label, points, last[0], last[1],
    )  # fmt: skip


@register.filter
def state_word(state: str, kind: str) -> str:
    """`{{ order.state|state_word:"order" }}`: only the word of a state, for sentences and options."""
    return str(states.look_of(kind, str(state)).word)


@register.filter
def breakable(address: str) -> SafeString:
    """`{{ row.email|breakable }}`: an address that breaks before its @ where it does not fit in one line."""
    name, at, house = address.partition("@")
    return format_html("{}{}{}{}", name, SafeString("<wbr>") if at else "", at, house)


@register.filter
def entry(mapping: dict[Any, Any], key: Any) -> Any:
    """`{{ names|entry:row.location_id }}`: what a mapping holds under a key; empty when it holds nothing."""
    return mapping.get(key, "")


def _locale() -> str:
    return "ko" if (get_language() or "en").startswith("ko") else "en"


@register.filter
def in_every_language(words: object) -> str:
    """`{{ entry.label|in_every_language }}`: what people who read another of our languages call it."""
    told = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            told.append(str(words))
    return " ".join(dict.fromkeys(told))


def _zone(context: Context) -> ZoneInfo:
    """The zone of the page, where it has one of its own; else the organisation's."""
    if zone := context.get("zone"):
        return ZoneInfo(zone)
    organisation = context.get("organisation")
    return ZoneInfo(organisation.timezone if organisation is not None else "UTC")


def _exactly(local: datetime) -> str:
    pattern = {"en": "d MMM y, HH:mm:ss z", "ko": "y년 M월 d일 HH:mm:ss z"}[_locale()]
    return str(format_datetime(local, pattern, tzinfo=local.tzinfo, locale=_locale()))
