"""Scripts at an address of their own: for pages of any shop, or since they may reach no further than their folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_GET

from doorstep.web.parts.pages import public

FOR_ANY_PAGE = {"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
ASKED_EACH_TIME = {"Cache-Control": "no-cache"}


def of(file: Path, headers: dict[str, str]) -> Callable[[HttpRequest], HttpResponse]:
    """A view of a script, which a browser that has it fetches again only once it changed."""

    @public
    @require_GET
    @condition(etag_func=lambda _request: f'"{file.stat().st_mtime_ns:x}"')
    def script(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(file.read_bytes(), content_type="text/javascript; charset=utf-8", headers=headers)

    return script
