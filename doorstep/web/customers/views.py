"""Customers: the list, and one person with everything they bought."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel import Locale
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import outbox
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.customers import actions as customers
from doorstep.customers import queries
from doorstep.customers.values import CustomerDraft, CustomerRow
from doorstep.inbox import queries as inbox
from doorstep.inbox.values import ConversationRow
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.payments import queries as payments
from doorstep.returns import queries as returns
from doorstep.returns.values import ReturnFilter
from doorstep.web.customers import choices, merging
from doorstep.web.customers import listing as people
from doorstep.web.parts import cursor, listing, timeline
from doorstep.web.parts.pages import StaffRequest, page, words_of

LIMIT = 50
MOST_RETURNS, MOST_TALKS = 10, 10
ORDER_KEY = (datetime, int)
NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
CONSENT_WORDS = [("", _("With or without consent")), ("yes", _("Accepts marketing")), ("no", _("No marketing"))]
LANGUAGE_WORDS = [("en", "English"), ("ko", "한국어")]


@page("customers:read")
def index(request: StaffRequest) -> HttpResponse:
    """Customers, newest first, with what they bought."""
    where = people.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = people.find(request.ctx, where, before=after[0] if after else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    facts = {
        "page": listed, "totals": orders.totals_of_customers(request.ctx, ids=[row.id for row in listed.rows]),
        "bar": listing.bar(request, people.LISTING), "languages": dict(LANGUAGE_WORDS),
        "consent": request.GET.get("consent", ""), "consent_words": CONSENT_WORDS, "country": where.country,
        "countries": [("", _("Every country")), *country_words(queries.list_countries(request.ctx))],
        "is_empty": not found and not request.GET, "can_write": request.may("customers:write"),
    }  # fmt: skip
    return render(request, "customers/index.html", facts)


@page("customers:write", methods=("GET", "HEAD", "POST"))
def new(request: StaffRequest) -> HttpResponse:
    """A customer whom somebody writes down by hand."""
    if request.method != "POST":
        return _form(request, CustomerDraft("", language=request.organisation.default_language))
    draft = _draft(request.POST)
    if not (draft.name.strip() or draft.email.strip() or draft.phone.strip()):
        return _form(request, draft, problem=gettext("Write at least a name, an e-mail address or a phone number."))
    id = customers.create_customer(request.ctx, customer=draft)
    return redirect("customers:customer", id)


@page("customers:read")
def customer(request: StaffRequest, id: int) -> HttpResponse:
    """One customer: contact, consent, orders, value, timeline."""
    row = queries.get(request.ctx, customer_id=id)
    if row.merged_into_id is not None:
        messages.info(request, gettext("That customer was merged into this one."))
        return redirect("customers:customer", row.merged_into_id)
    merged = merging.facts_of(request.ctx, id)
    told = [f"customer:{one}" for one in (id, *(line[0].gone_id for line in merged["merges"]))]
    after = cursor.unpack(request.GET.get("after", ""), *ORDER_KEY)
    bought = orders.list_orders(request.ctx, where=OrderFilter(customer_id=id), after=after, limit=LIMIT + 1)
    facts = {
        "row": row, "identities": queries.identities(request.ctx, customer_id=id),
        "totals": orders.totals_of_customers(request.ctx, ids=[id])[id],
        "page": cursor.paged(request, bought, limit=LIMIT, key=lambda order: (order.placed_at, order.id)),
        "items": timeline.told(outbox.timeline(request.ctx, of=told, limit=100)),
        "can_write": request.may("customers:write"), **merged, "history": returns.history_of(request.ctx, customer_id=id),
        "returns": returns.list_returns(request.ctx, where=ReturnFilter(customer_id=id), limit=MOST_RETURNS + 1),
        "talks": _talks(request, id), "most_talks": MOST_TALKS, "most_returns": MOST_RETURNS,
        "can_return": request.may("returns:write"), "credit": _credit(request, id), **choices.facts_of(request.ctx, id),
    }  # fmt: skip
    return render(request, "customers/customer.html", facts)


def _credit(request: StaffRequest, id: int) -> list[Money]:
    """Store credit that the customer has, one amount per currency."""
    if not request.may("payments:read"):
        return []
    return [Money(minor, currency) for currency, minor in payments.credit_balance(request.ctx, customer_id=id).items()]


def _talks(request: StaffRequest, id: int) -> list[ConversationRow]:
    """The conversations of a customer, last spoken in first; none for those who may not read them."""
    if not request.may("inbox:read"):
        return []
    where = inbox.ConversationFilter(customer_id=id)
    return inbox.list_conversations(request.ctx, where=where, limit=MOST_TALKS + 1)


@page("customers:write", methods=("GET", "HEAD", "POST"))
def edit(request: StaffRequest, id: int) -> HttpResponse:
    """Changes who a customer is and how they are reached."""
    row = queries.get(request.ctx, customer_id=id)
    if request.method != "POST":
        draft = CustomerDraft(row.name, row.email, row.phone, row.language, row.country, row.accepts_marketing)
        return _form(request, draft, row=row, version=row.version)
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 10 else 0
    try:
        customers.edit_customer(request.ctx, customer_id=id, version=number, customer=_draft(request.POST))
    except Refused as refused:
        problem = " ".join(words_of(refused))
        return _form(request, _draft(request.POST), row=row, version=number, problem=problem)
    messages.success(request, gettext("The customer is saved."))
    return redirect("customers:customer", id)


@page("customers:write", methods=("POST",))
def note(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps what colleagues should know."""
    customers.note(request.ctx, customer_id=id, note=request.POST.get("note", ""))
    messages.success(request, gettext("The note is saved."))
    return redirect("customers:customer", id)


def country_words(codes: list[str] | None = None) -> list[tuple[str, str]]:
    """Countries by name in the reader's language; all of them unless some are given."""
    territories = Locale("ko" if get_language() == "ko" else "en").territories
    names = {str(code): str(name) for code, name in territories.items()}
    every = [code for code in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY]
    known = every if codes is None else codes
    return sorted(((code, names.get(code, code)) for code in known), key=lambda pair: pair[1])


def _draft(post: QueryDict) -> CustomerDraft:
    return CustomerDraft(
        post.get("name", ""), post.get("email", ""), post.get("phone", ""), post.get("language", "en"),
        post.get("country", ""), "accepts_marketing" in post,
    )  # fmt: skip


def _form(
    request: StaffRequest, draft: CustomerDraft, *, row: CustomerRow | None = None, version: int = 0, problem: str = ""
) -> HttpResponse:
    facts: dict[str, Any] = {
        "form": draft, "row": row, "version": version, "problem": problem, "language_words": LANGUAGE_WORDS,
        "countries": [("", "–"), *country_words()],
    }  # fmt: skip
    return render(request, "customers/edit.html", facts, status=422 if problem else 200)
