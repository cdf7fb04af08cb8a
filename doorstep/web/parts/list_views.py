"""What people keep of lists: views under a name, and the columns they see."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.base.refusals import FORBIDDEN, Refused
from doorstep.web.parts import listing as lists
from doorstep.web.parts.listing import Listing
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to


@page(None, methods=("POST",))
def choose_columns(request: StaffRequest, listing: str) -> HttpResponse:
    """Keeps the columns that somebody ticked; `usual` goes back to what everybody sees."""
    found = _listing(request, listing)
    known = [column.name for column in found.columns(request.ctx) if not column.file_only]
    chosen = None if request.POST.get("usual") else [n for n in known if n in request.POST.getlist("column")]
    accounts.choose_columns(request.ctx, listing=found.name, columns=chosen)
    return _go(request, back_to(request, found.url))


@page(None, methods=("POST",))
def save_view(request: StaffRequest, listing: str) -> HttpResponse:
    """Keeps the filters of the address under a name."""
    found = _listing(request, listing)
    view = accounts.save_view(
        request.ctx, listing=found.name, name=request.POST.get("name", ""), query=request.POST.get("query", ""),
        parameters=found.parameters, is_shared=bool(request.POST.get("shared")),
    )  # fmt: skip
    messages.success(request, gettext("The view “%(name)s” is saved.") % {"name": view.name})
    return _go(request, f"{found.url}?{view.query}" if view.query else found.url)


@page(None, methods=("POST",))
def change_view(request: StaffRequest, id: int) -> HttpResponse:
    """Renames a view, or shares it."""
    found = _listing(request, queries.get_view(request.ctx, id=id).listing)
    accounts.change_view(
        request.ctx, id=id, name=request.POST.get("name", ""), is_shared=bool(request.POST.get("shared")),
        role=request.staff.role,
    )  # fmt: skip
    return _go(request, back_to(request, found.url))


@page(None, methods=("POST",))
def remove_view(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a view away; the rows that it showed stay as they are."""
    found = _listing(request, queries.get_view(request.ctx, id=id).listing)
    view = accounts.remove_view(request.ctx, id=id, role=request.staff.role)
    messages.success(request, gettext("The view “%(name)s” is removed.") % {"name": view.name})
    return _go(request, back_to(request, found.url))


def _listing(request: StaffRequest, name: str) -> Listing:
    """A list that this person may open.  Refuses: unknown lists, and those that the role does not allow."""
    found = lists.get(name)
    if not request.may(found.permission):
        raise Refused(FORBIDDEN)
    return found


def _go(request: StaffRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)
