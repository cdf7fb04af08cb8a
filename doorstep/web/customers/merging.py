"""Pages on which two customers become one, and two again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.customers import merges, queries
from doorstep.flows import merge_customers
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page

MOST_FOUND = 20
FIELD_WORDS = {
    "name": _("Name"), "email": _("E-mail"), "phone": _("Phone"), "country": _("Country"),
    "accepts_marketing": _("Marketing"), "note": _("Note"),
}  # fmt: skip
MOVED_WORDS = {
    "identities": _("Recognised by"), "orders": _("Orders"), "cancelled_lines": _("Cancelled lines"),
    "credits": _("Store credit"), "returns": _("Returns"), "conversations": _("Conversations"),
}  # fmt: skip


def facts_of(ctx: Ctx, id: int) -> dict[str, Any]:
    """What the page of a customer shows of merges: those that stand, and who is perhaps the same person."""
    rows = merges.list_of(ctx, customer_id=id)
    gone = queries.by_id(ctx, ids=[row.gone_id for row in rows])
    return {
        "merges": [(row, gone[row.gone_id], merge_customers.orders_since(ctx, merge_id=row.id)) for row in rows],
        "alike": merge_customers.suggest(ctx, customer_id=id),
    }


def said(name: str, value: str | bool) -> str:
    """A field's value as people say it."""
    if name == "accepts_marketing":
        return gettext("accepts") if value else gettext("no consent")
    return str(value) or "–"


@page("customers:write")
def choose(request: StaffRequest, id: int) -> HttpResponse:
    """Finds the other customer."""
    row = queries.get(request.ctx, customer_id=id)
    query = keepable(request.GET.get("q", ""))[:100].strip()
    found = queries.list_customers(request.ctx, query=query, limit=MOST_FOUND) if query else []
    facts = {
        "row": row, "query": query, "found": [one for one in found if one.id != id],
        "alike": merge_customers.suggest(request.ctx, customer_id=id),
    }  # fmt: skip
    return render(request, "customers/choose.html", facts)


@page("customers:write")
def look(request: StaffRequest, id: int, other: int) -> HttpResponse:
    """What a merge does, before it does."""
    seen = merge_customers.preview(request.ctx, keep_id=id, gone_id=other)
    facts = {
        "seen": seen, "row": seen.keep, "gone": seen.gone,
        "fields": [
            (FIELD_WORDS[name], *(said(name, value) for value in (getattr(seen.keep, name), getattr(seen.gone, name), after)),
             any(conflict.field == name for conflict in seen.conflicts))
            for name, after in seen.after.items()
        ],
        "moves": [(MOVED_WORDS.get(name, name), n) for name, n in seen.moves.items() if n],
        "consent": any(conflict.field == "accepts_marketing" for conflict in seen.conflicts),
    }  # fmt: skip
    return render(request, "customers/merge.html", facts)


@page("customers:write", methods=("POST",))
def merge(request: StaffRequest, id: int) -> HttpResponse:
    """Makes one customer of two."""
    merge_customers.merge(
        request.ctx, keep_id=id, gone_id=id_of(request.POST.get("other", "")),
        keep_version=_number(request.POST, "version"), gone_version=_number(request.POST, "other_version"),
    )  # fmt: skip
    messages.success(request, gettext("The two customers are one now. The merge can be undone on this page."))
    return redirect("customers:customer", id)


@page("customers:write", methods=("POST",))
def undo(request: StaffRequest, id: int, merge: int) -> HttpResponse:
    """Makes two customers of one again."""
    if merges.get(request.ctx, id=merge).keep_id != id:
        raise Refused(NOT_FOUND, {"what": "merge", "key": merge})
    done = merge_customers.undo(request.ctx, merge_id=merge)
    messages.success(request, gettext("There are two customers again."))
    if done.since:
        says = ngettext(
            "%(n)s order came meanwhile and stays here.", "%(n)s orders came meanwhile and stay here.", done.since
        ) % {"n": done.since}  # fmt: skip
        messages.info(request, says)
    return redirect("customers:customer", done.keep_id)


def _number(post: QueryDict, name: str) -> int:
    text = post.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
