"""How a file writes dates and amounts is told by what stands in it."""

from __future__ import annotations

import pytest

from doorstep.flows.order_import import columns


@pytest.mark.parametrize(
    ("said", "wished", "form"),
    [
        (["2026.11.27 09:13"], "iso", "%Y.%m.%d %H:%M"),
        (["27.11.2026", "01.12.2026"], "iso", "%d.%m.%Y"),
        (["03/04/2026", "13/04/2026"], "iso", "%d/%m/%Y"),
        (["03/04/2026", "04/13/2026"], "%d/%m/%Y", "%m/%d/%Y"),
        (["03/04/2026"], "%m/%d/%Y", "%m/%d/%Y"),
        (["2026-11-27T09:13:00+09:00"], "%d.%m.%Y", "%d.%m.%Y"),  # what is ISO is read whatever the form
        (["yesterday"], "%d.%m.%Y", "%d.%m.%Y"),
        ([""], "iso", "iso"),
        (["27.11.2026"], "%Q", "%d.%m.%Y"),
    ],
)
def test_dates(said: list[str], wished: str, form: str) -> None:
    assert columns.fitting_dates([[text] for text in said], {"placed_at": 0}, wished=wished) == form


@pytest.mark.parametrize(
    ("said", "wished", "signs"),
    [
        (["24,000", "3,000"], "point", "point_comma"),
        (["17,90", "4,9"], "point", "comma"),
        (["17,90", "1.029,90"], "point", "comma_point"),
        (["17.90"], "comma", "point"),
        (["1.029"], "comma_point", "comma_point"),
        (["x"], "comma", "comma"),
        ([""], "point", "point"),
    ],
)
def test_amounts(said: list[str], wished: str, signs: str) -> None:
    rows = [["", text] for text in said]
    assert columns.fitting_signs(rows, {"unit_price": 1}, wished=wished) == signs
