"""What EasyPost sends as an address is one of the web, or none: a page links to it."""

from __future__ import annotations

import pytest

from doorstep.providers.easypost import translate


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://easypost-files.example/form.pdf", "https://easypost-files.example/form.pdf"),
        ("javascript:alert(1)", ""),
        (None, ""),
    ],
)
def test_a_form_is_linked_where_it_is_a_page(told: str | None, kept: str) -> None:
    made = translate.read_scan_form({"id": "sf_1", "status": "created", "form_url": told})
    assert made is not None
    assert made.url == kept
