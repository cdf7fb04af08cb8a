"""Commands by scan: what their sheet shows is what a scanner reads and what a button bears."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
import zxingcpp

from doorstep.web.fulfilment import commands
from tests.factories import make_brand, signed_in

TEMPLATES = Path(commands.__file__).resolve().parent.parent / "templates"
OF_DIALOGS = {"OK", "CLOSE"}


def test_every_command_is_read_back_and_stands_on_a_button() -> None:
    pages = "".join(path.read_text() for folder in ("fulfilment", "stock") for path in (TEMPLATES / folder).glob("*.html"))
    for one in commands.COMMANDS:
        picture = numpy.full((60, one.wide * 3), 255, dtype=numpy.uint8)
        for at, wide in one.bars:
            picture[:, at * 3 : (at + wide) * 3] = 0
        assert [read.text for read in zxingcpp.read_barcodes(picture)] == [one.payload]
        assert one.code in OF_DIALOGS or f'data-code="{one.code}"' in pages
        assert one.code in OF_DIALOGS or f'data-key="{one.key}"' in pages


@pytest.mark.django_db
def test_the_sheet_of_commands_is_for_all_who_work_on_the_floor() -> None:
    page = signed_in(make_brand().ctx, role="warehouse").get("/fulfilment/commands/").content.decode()
    assert page.count("<svg viewBox") == len(commands.COMMANDS)
