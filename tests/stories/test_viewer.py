"""Somebody who may only look, at every page that writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.api.conftest import rows_everywhere
from tests.factories import draft, make_brand, packed, place, signed_in

pytestmark = pytest.mark.django_db
# A person's own matters, and the door of files, which asks first what a file is; here they find nothing in what was sent.
OPEN_TO_ALL = {"/parts/theme/", "/settings/profile/", "/settings/profile/password/", "/setup/import/"}


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """The address of every staff page, with a 1 for each number and name."""
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if getattr(pattern.callback, "staff_page", False):
                yield re.sub(r"<[^>]+>", "1", path)
        else:
            yield from addresses(pattern, path)


def test_a_viewer_changes_nothing_by_any_page() -> None:
    brand = make_brand()
    place(brand.ctx, draft())
    packed(brand.ctx, draft([("B", 1)]))
    viewer = signed_in(brand.ctx, role="viewer")
    before = rows_everywhere()
    pages = sorted(set(addresses(get_resolver())))
    said = {path: viewer.post(path, {"name": "mine", "ids": "1"}).status_code for path in pages}
    odd = {path: status for path, status in said.items() if status not in (403, 404, 405)}
    assert rows_everywhere() == before
    assert odd == dict.fromkeys(OPEN_TO_ALL, 422)
    assert sum(status == 403 for status in said.values()) > 20
