"""Product pictures: sent up by a form, handed out to staff of the same organisation."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.base.refusals import Refused
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import BAD_PICTURE, MAX_PICTURE_BYTES
from doorstep.web.parts.pages import StaffRequest, page

_NAME = re.compile(r"products/(\d+)/[0-9a-f]{40}(-small)?\.webp")


@page("catalog:write", methods=("POST",))
def upload(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps the picture that was chosen."""
    file = request.FILES.get("picture")
    if file is None or (file.size or 0) > MAX_PICTURE_BYTES:
        raise Refused(BAD_PICTURE)
    catalog.set_picture(request.ctx, product_id=id, data=file.read())
    messages.success(request, gettext("The picture is saved."))
    return redirect("products:product", id)


@page(("catalog:read", "till:read"))  # a till shows what it sells, also to who sees no other page of products
def _picture(request: StaffRequest, name: str) -> HttpResponse:
    return handed_out(name, organisation_id=request.ctx.organisation_id)


def handed_out(name: str, *, organisation_id: int) -> HttpResponse:
    """The file of a picture.  Raises: Http404 where it is none of this organisation's."""
    found = _NAME.fullmatch(name)
    target = Path(settings.MEDIA_ROOT) / name
    if not found or int(found[1]) != organisation_id or not target.is_file():
        raise Http404
    return HttpResponse(target.read_bytes(), content_type="image/webp")


def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of one's own organisation.  Its name is made of its contents, so browsers keep it."""
    response = _picture(request, name)
    if response.status_code == 200:
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


picture.staff_page = True  # type: ignore[attr-defined]
