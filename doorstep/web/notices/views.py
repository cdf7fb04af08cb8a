"""Settings, Notices: the kinds and their ways, their words with a preview beside them, quiet hours, and who wants none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.accounts.values import LANGUAGES
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import notice_preview
from doorstep.messaging import queries
from doorstep.messaging.notices import book, desk, opt_outs
from doorstep.messaging.notices.rules import text
from doorstep.messaging.notices.values import NOTICES, NoticeKind, NoticeRow, Way, Words
from doorstep.orders import queries as orders
from doorstep.web.notices.telling import kind_word
from doorstep.web.notices.words import KINDS, SOURCES, VARIABLES, WAYS, WHY
from doorstep.web.parts import timeline
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.settings.views import LANGUAGE_WORDS, errors_of, language_of, show

LATELY = timedelta(days=30)
TEXTS = ("subject", "body", "sms")
PAGE = 50


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every kind: by which ways it goes, in which languages it is worded, and what became of it lately."""
    ctx, switched = request.ctx, desk.switches(request.ctx)
    words = desk.words_of(ctx, languages=list(LANGUAGES))
    told = {(row.kind, row.way): row for row in book.told(ctx, since=ctx.now - LATELY)}
    kinds = [
        {
            "kind": kind.value, "word": KINDS[kind][0], "due": KINDS[kind][1], "notice": NOTICES[kind],
            "ways": [(way.value, WAYS[way], switched[kind, way]) for way in Way],
            "languages": [(language, words[kind, language].is_own) for language in LANGUAGES],
            "sent": sum(told[kind.value, way.value].sent for way in Way if (kind.value, way.value) in told),
            "failed": sum(_failed(told.get((kind.value, way.value))) for way in Way),
        }
        for kind in NOTICES
    ]  # fmt: skip
    facts = {
        "kinds": kinds, "hours": [(way.value, WAYS[way], one) for way, one in desk.hours(ctx).items()],
        "silent": opt_outs.count(ctx), "sms": queries.find_default_sms_account(ctx),
        "newest": _shown(request, book.list_notices(ctx, limit=8)),
    }  # fmt: skip
    return show(request, "notices", facts)


def _failed(row: Any) -> int:
    return row.failed + row.unknown if row else 0


def _shown(request: StaffRequest, rows: Sequence[NoticeRow]) -> list[dict[str, Any]]:
    """Notices as lists show them."""
    sent = queries.by_id(request.ctx, ids=[row.message_id for row in rows if row.message_id])
    named = orders.orders_by_id(request.ctx, ids=sorted({row.order_id for row in rows}))
    return [
        {
            "row": row, "word": kind_word(row.kind), "way": WAYS[Way(row.way)], "order": named.get(row.order_id),
            "message": sent.get(row.message_id or 0), "why": next((word for why, word in WHY.items() if why == row.why), ""),
        }
        for row in rows
    ]  # fmt: skip


@page("settings:write", methods=("POST",))
def switch(request: StaffRequest, kind: str) -> HttpResponse:
    """Says whether a kind goes by a way."""
    way = _way(request.POST.get("way", ""))
    desk.switch(request.ctx, kind=desk.get_kind(kind), way=way, is_on=request.POST.get("on") == "1")
    return redirect(reverse("notices:index") + f"#{kind}")


def _way(name: str) -> Way:
    if name not in set(Way):
        raise Refused(INVALID, {"field": "way", "problem": gettext_noop("Choose one of the list.")})
    return Way(name)


@page("settings:write", methods=("POST",))
def set_hours(request: StaffRequest) -> HttpResponse:
    """Says when a way keeps quiet."""
    way = _way(request.POST.get("way", ""))
    starts, ends = (desk.read_time(request.POST.get(name, "")) for name in ("starts", "ends"))
    desk.set_hours(request.ctx, way=way, starts=starts, ends=ends)
    messages.success(request, gettext("The quiet hours are saved."))
    return redirect(reverse("notices:index") + "#hours")


@page("settings:read", methods=("GET", "HEAD", "POST"))
def notice(request: StaffRequest, kind: str) -> HttpResponse:
    """The words of a notice in a language, and beside them what a customer would get."""
    what, language = desk.get_kind(kind), language_of(request)
    now = desk.words(request.ctx, kind=what, language=language)
    form: dict[str, Any] = {name: getattr(now, name) for name in TEXTS} | {"version": now.version}
    errors: dict[str, str] = {}
    if request.method == "POST" and request.may("settings:write"):
        form = {name: keepable(request.POST.get(name, "")) for name in TEXTS} | {"version": id_of(request.POST.get("version", "0"))}
        try:
            desk.write(request.ctx, kind=what, language=language, **form)
        except Refused as refused:
            errors = _errors(refused)
        else:
            messages.success(request, gettext("The text is saved. It counts from the next notice on."))
            return redirect(f"{request.path}?language={language}")
    words = Words(what, language, form["subject"], form["body"], form["sms"], now.version, now.is_own)
    facts = {
        "kind": what.value, "word": KINDS[what][0], "due": KINDS[what][1], "language": language, "languages": LANGUAGE_WORDS,
        "form": form, "errors": errors, "is_own": now.is_own, "sms": queries.find_default_sms_account(request.ctx),
        "variables": [(name, VARIABLES[name], name in text.always(what)) for name in text.known(what)],
        "orders": notice_preview.recent_orders(request.ctx), "items": timeline.told(desk.history(request.ctx, kind=what, limit=20)),
        "switches": {way.value: on for (one, way), on in desk.switches(request.ctx).items() if one is what},
        "ways": [(way.value, WAYS[way]) for way in Way], "notice": NOTICES[what], **_preview(request, words),
    }  # fmt: skip
    return show(request, "notice", facts, status=422 if errors else 200)


def _errors(refused: Refused) -> dict[str, str]:
    if refused.code == "bad_notice":
        return {str(refused.facts["field"]): gettext(str(refused.facts["problem"]))}
    if refused.code == "unknown_variable":
        return {str(refused.facts["field"]): " ".join(words_of(refused))}
    return errors_of(refused)


def _preview(request: StaffRequest, words: Words) -> dict[str, Any]:
    """What a customer would get, and of which order."""
    order_id = id_of(request.POST.get("order") or request.GET.get("order", "0"))
    shown = notice_preview.preview(request.ctx, words=words, order_id=order_id)
    return {"preview": shown, "order_id": order_id}


@page("settings:read", methods=("POST",))
def preview(request: StaffRequest, kind: str) -> HttpResponse:
    """What a customer would get by the words that are typed; an unknown variable is said, nothing is kept."""
    what, language = desk.get_kind(kind), language_of(request)
    typed = {name: keepable(request.POST.get(name, "")) for name in TEXTS}
    problem = ""
    try:
        typed["subject"], typed["body"], typed["sms"] = text.check(what, **typed)
    except Refused as refused:
        problem = next(iter(_errors(refused).values()))
        typed = {name: text.VARIABLE.sub(lambda found: found[0] if found[1] in text.known(what) else "…", said)
                 for name, said in typed.items()}  # fmt: skip
    words = Words(what, language, typed["subject"], typed["body"], typed["sms"])
    facts = {"problem": problem, "language": language, **_preview(request, words)}
    return render(request, "settings/notice_preview.html", facts)


@page("settings:write", methods=("POST",))
def reset(request: StaffRequest, kind: str) -> HttpResponse:
    """Takes the standard text again."""
    language = language_of(request)
    desk.reset(request.ctx, kind=desk.get_kind(kind), language=language)
    messages.success(request, gettext("The standard text is back. The one before stands in the history."))
    return redirect(reverse("notices:notice", args=[kind]) + f"?language={language}")


@page("settings:write", methods=("POST",))
def test(request: StaffRequest, kind: str) -> HttpResponse:
    """Sends a notice as it is saved to whoever asks."""
    what, language, way = desk.get_kind(kind), language_of(request), _way(request.POST.get("way", "mail"))
    to = request.staff.email if way is Way.MAIL else notice_preview.own_number(request.ctx, request.POST.get("number", ""))
    if not to:
        messages.error(request, gettext("This is no number that a text message could reach."))
    else:
        notice_preview.send_test(
            request.ctx, kind=what, language=language, way=way, to=to, name=request.staff.name,
            order_id=id_of(request.POST.get("order", "0")), wish=request.ctx.trace,
        )  # fmt: skip
        messages.success(request, gettext("A test is on its way to %(to)s.") % {"to": to})
    return redirect(reverse("notices:notice", args=[kind]) + f"?language={language}")


@page("settings:read")
def sent(request: StaffRequest) -> HttpResponse:
    """What was told, newest first, and what was not, with why."""
    kind, before = request.GET.get("kind", ""), id_of(request.GET.get("before", "0")) or None
    state = request.GET.get("state", "") if request.GET.get("state", "") in ("waiting", "queued", "dropped") else ""
    rows = book.list_notices(request.ctx, kind=kind if kind in set(NoticeKind) else "", state=state, before=before, limit=PAGE + 1)
    facts = {
        "notices": _shown(request, rows[:PAGE]), "next": rows[PAGE - 1].id if len(rows) > PAGE else 0, "kind": kind, "state": state,
        "kinds": [("", gettext("All kinds")), *((one.value, KINDS[one][0]) for one in NOTICES)],
    }  # fmt: skip
    return show(request, "notices_sent", facts)


@page("settings:read")
def opt_outs_page(request: StaffRequest) -> HttpResponse:
    """Who wants no notices, and how they said so."""
    before = id_of(request.GET.get("before", "0")) or None
    rows = opt_outs.list_opt_outs(request.ctx, before=before, limit=PAGE + 1)
    shown = [{"row": row, "way": WAYS[Way(row.way)], "source": SOURCES.get(row.source, row.source)} for row in rows[:PAGE]]
    return show(request, "notice_opt_outs", {"rows": shown, "next": rows[PAGE - 1].id if len(rows) > PAGE else 0})


@page("settings:write", methods=("POST",))
def end_opt_out(request: StaffRequest) -> HttpResponse:
    """A customer asked to be told again."""
    way, address = _way(request.POST.get("way", "")), keepable(request.POST.get("address", ""))[:254]
    opt_outs.opt_in(request.ctx, way=way, address=address, source="staff", timeline=f"organisation:{request.ctx.organisation_id}")
    messages.success(request, gettext("%(address)s gets notices again.") % {"address": address})
    return redirect("notices:opt_outs")
