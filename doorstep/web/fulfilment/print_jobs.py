"""What a person may say of a print job: it did print, or print it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from doorstep.flows import printing
from doorstep.fulfilment import actions as fulfilment
from doorstep.web.parts.given import wish_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to


@page("fulfilment:write", methods=("POST",))
def again(request: StaffRequest, id: int) -> HttpResponse:
    """Prints a document again that has failed, or of which nobody knows, once per wish."""
    if printing.print_again(request.ctx, print_job_id=id, wish=wish_of(request.POST)):
        messages.success(request, gettext("It is being printed again."))
    return HttpResponseRedirect(back_to(request, "/fulfilment/"))


@page("fulfilment:write", methods=("POST",))
def done(request: StaffRequest, id: int) -> HttpResponse:
    """Notes that the paper is there."""
    fulfilment.judge_print(request.ctx, print_job_id=id, printed=True)
    messages.success(request, gettext("Noted: it was printed."))
    return HttpResponseRedirect(back_to(request, "/fulfilment/"))
