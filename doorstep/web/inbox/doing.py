"""What people do to a conversation: each names the version that it was decided about."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from doorstep.accounts import queries as accounts
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.channels.port import About
from doorstep.flows import answer, fill_macro, shop_mail
from doorstep.inbox import actions as inbox
from doorstep.inbox import desk, queries
from doorstep.inbox.values import MOVED_ON, ConversationState, Upload
from doorstep.orders import queries as orders
from doorstep.web.inbox import sentences, showing
from doorstep.web.inbox.views import facts_of
from doorstep.web.parts.given import id_of, ids_of, keepable, wish_of
from doorstep.web.parts.pages import StaffRequest, page, words_of

ABOUTS = {
    About.ORDER: _("A question about the order before it is shipped"),
    About.DELIVERY: _("How and when it is delivered"),
    About.PROBLEM: _("An unexpected problem with the order"),
    About.CUSTOMISATION: _("Details of a customisation"),
}
AFTERWARDS = {"resolved": ConversationState.RESOLVED, "open": ConversationState.OPEN}


def _version(request: StaffRequest) -> int:
    return id_of(request.POST.get("version", ""))


def _text(request: StaffRequest) -> str:
    return keepable(request.POST.get("text", "")).replace("\r\n", "\n")


def _back(request: StaffRequest, id: int) -> HttpResponse:
    url = reverse("inbox:conversation", args=[id])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@page("inbox:write", methods=("POST",))
def reply(request: StaffRequest, id: int) -> HttpResponse:
    """Answers; what was typed is kept before anything else, so that no refusal loses it."""
    text, state = _text(request), AFTERWARDS.get(request.POST.get("then", ""), ConversationState.PENDING)
    desk.keep_draft(request.ctx, conversation_id=id, kind="reply", text=text)
    waiting = {u.id for u in queries.uploads_of(request.ctx, conversation_id=id, person_id=request.ctx.actor.id)}
    try:
        answer.reply(
            request.ctx, conversation_id=id, version=_version(request), text=text, wish=wish_of(request.POST), state=state,
            upload_ids=[n for n in ids_of(request.POST.getlist("upload")) if n in waiting],
        )  # fmt: skip
    except Refused as refused:
        return _kept(request, id, refused)
    messages.success(request, gettext("Your answer is on its way."))
    return _back(request, id)


@page("inbox:write", methods=("POST",))
def note(request: StaffRequest, id: int) -> HttpResponse:
    """Writes what only colleagues see."""
    text = _text(request)
    desk.keep_draft(request.ctx, conversation_id=id, kind="note", text=text)
    try:
        inbox.note(request.ctx, conversation_id=id, version=_version(request), text=text)
    except Refused as refused:
        return _kept(request, id, refused)
    return _back(request, id)


def _kept(request: StaffRequest, id: int, refused: Refused) -> HttpResponse:
    """A refusal beside the text that was typed: what happened meanwhile is shown, and nothing is lost."""
    row = queries.get(request.ctx, conversation_id=id)
    says, next_step = words_of(refused)
    meanwhile = []
    if refused.refusal is MOVED_ON:
        since = queries.messages_since(request.ctx, conversation_id=id, version=_version(request))
        meanwhile = [line for line in showing.lines(request.ctx, since) if not line.is_mine]
    facts = {"says": says, "next_step": next_step, "meanwhile": meanwhile}
    status = refused.refusal.status
    if request.htmx:
        response = render(request, "inbox/collision.html", facts | {"row": row}, status=status)
        response.headers["HX-Retarget"] = "#collision"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "inbox/conversation.html", facts_of(request, row, **facts), status=status)


@page("inbox:write", methods=("POST",))
def draft(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps what was typed so far."""
    kind = "note" if request.POST.get("kind") == "note" else "reply"
    desk.keep_draft(request.ctx, conversation_id=id, kind=kind, text=_text(request))
    return HttpResponse(status=204)


@page("inbox:write", methods=("POST",))
def move(request: StaffRequest, id: int) -> HttpResponse:
    """Moves a conversation to another state."""
    wanted = request.POST.get("to", "")
    if wanted not in set(ConversationState):
        raise Refused(NOT_FOUND, {"what": "state", "key": wanted[:20]})
    until = None
    if wanted == ConversationState.SNOOZED:
        local = request.ctx.now.astimezone(ZoneInfo(request.organisation.timezone))
        until = next(
            (at for value, _, at in showing.sleeps(request.ctx.now, local) if value == request.POST.get("until")), None
        )
    inbox.move(request.ctx, conversation_id=id, version=_version(request), to=ConversationState(wanted), until=until)
    return _back(request, id)


@page("inbox:write", methods=("POST",))
def assign(request: StaffRequest, id: int) -> HttpResponse:
    """Gives a conversation to somebody, or to nobody."""
    wanted = id_of(request.POST.get("assignee", ""))
    person = accounts.get_member(request.ctx, user_id=wanted) if wanted else None
    inbox.assign(
        request.ctx, conversation_id=id, version=_version(request), assignee_id=person.user_id if person else None,
        name=person.called if person else "",
    )  # fmt: skip
    return _back(request, id)


@page("inbox:write", methods=("POST",))
def tag(request: StaffRequest, id: int) -> HttpResponse:
    """Sets the tags."""
    wanted = [t for t in re.split(r"[,\n]", keepable(request.POST.get("tags", ""))) if t.strip()]
    inbox.tag(request.ctx, conversation_id=id, version=_version(request), tags=wanted)
    return _back(request, id)


@page("inbox:write", methods=("POST",))
def spam(request: StaffRequest, id: int) -> HttpResponse:
    """Puts a conversation among the spam, or takes it out."""
    inbox.mark_spam(request.ctx, conversation_id=id, version=_version(request), is_spam=bool(request.POST.get("spam")))
    return _back(request, id)


@page("inbox:write", methods=("POST",))
def link(request: StaffRequest, id: int) -> HttpResponse:
    """Puts an order beside a conversation, by its id or its number; none takes it away."""
    row = queries.get(request.ctx, conversation_id=id)
    order_id = id_of(request.POST.get("order", "")) or None
    number = keepable(request.POST.get("number", "")).strip()
    if number:
        named = orders.find_named(request.ctx, customer_id=row.customer_id, numbers=[number])
        if not named:
            raise Refused(NOT_FOUND, {"what": "order", "key": number[:40]})
        order_id = named[0].id
    inbox.link_order(request.ctx, conversation_id=id, version=_version(request), order_id=order_id)
    return _back(request, id)


@page("inbox:write", methods=("POST",))
def upload(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps files that go with the next answer; the page lists them anew."""
    for file in request.FILES.getlist("file"):
        desk.upload(
            request.ctx, conversation_id=id,
            file=Upload(keepable(file.name or ""), file.content_type or "application/octet-stream", file.read()),
        )  # fmt: skip
    return _uploads(request, id)


@page("inbox:write", methods=("POST",))
def drop(request: StaffRequest, id: int, upload_id: int) -> HttpResponse:
    """Takes a file away that was not sent."""
    desk.drop_upload(request.ctx, upload_id=upload_id)
    return _uploads(request, id)


def _uploads(request: StaffRequest, id: int) -> HttpResponse:
    uploads = queries.uploads_of(request.ctx, conversation_id=id, person_id=request.ctx.actor.id)
    return render(
        request, "inbox/uploads.html", {"uploads": uploads, "row": queries.get(request.ctx, conversation_id=id)}
    )


@page("inbox:read")
def macro(request: StaffRequest, id: int, macro_id: int) -> HttpResponse:
    """A macro filled for this conversation, in the customer's language; what is not known stays as a hole to fill by hand."""
    filled = fill_macro.fill(request.ctx, conversation_id=id, macro_id=macro_id)
    says = ""
    if filled.hole:
        words = gettext("%(hole)s is not known here."), gettext("Write that part by hand: until then nothing is sent.")
        says = render_to_string(
            "parts/notice.html", {"says": words[0] % {"hole": filled.hole}, "next_step": words[1], "tone": "refused"}
        )
    return JsonResponse({"text": filled.text, "hole": filled.hole, "says": says})


@page("inbox:read")
def sentence(request: StaffRequest, id: int, done: str) -> HttpResponse:
    """What to tell the customer after something was done to the order, in their language."""
    row = queries.get(request.ctx, conversation_id=id)
    text = (
        sentences.sentence(request.ctx, order_id=row.order_id, done=done, language=row.language) if row.order_id else ""
    )
    if not text:
        raise Refused(NOT_FOUND, {"what": "sentence", "key": done[:20]})
    return JsonResponse({"text": text})


@page("inbox:read", methods=("POST",))
def looking(request: StaffRequest, id: int) -> HttpResponse:
    """Says that somebody looks, and learns who else does."""
    queries.get(request.ctx, conversation_id=id)
    others = showing.look(request, id, is_writing=request.POST.get("writing") == "1")
    return render(request, "inbox/looking.html", {"others": others})


def _about(text: str) -> About:
    return About(text) if text in set(About) else About.ORDER


@page("inbox:write", methods=("GET", "HEAD", "POST"))
def write(request: StaffRequest, order_id: int) -> HttpResponse:
    """Writes to the customer of an order without having been asked."""
    order = orders.get(request.ctx, id=order_id)
    writer = None if order.order.email else shop_mail.find_writer(request.ctx, connection_id=order.order.connection_id)
    given, problem = request.POST, ""
    if request.method == "POST":
        try:
            id = answer.write_first(
                request.ctx,
                order_id=order_id,
                subject=keepable(given.get("subject", "")),
                text=_text(request),
                wish=wish_of(given),
                about=_about(given.get("about", "")) if writer is not None else None,
            )
            return redirect("inbox:conversation", id)
        except Refused as refused:
            problem = " ".join(words_of(refused))
    facts: dict[str, object] = {"order": order, "given": given, "problem": problem, "wish": given.get("wish") or request.trace}
    if writer is not None:
        facts |= {"abouts": [(about.value, word) for about, word in ABOUTS.items()], "most": writer.longest_message}
    return render(request, "inbox/write.html", facts, status=422 if problem else 200)
