"""Text, addresses, codes and fonts before anything is drawn."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doorstep.shipping.labels import codes
from doorstep.shipping.labels.addresses import format_address
from doorstep.shipping.labels.fonts import find_directory, find_fonts, is_resident, measure_resident
from doorstep.shipping.labels.scene import group_digits
from doorstep.shipping.labels.tests import samples
from doorstep.shipping.labels.text import Item, clean, fit
from doorstep.shipping.labels.values import LabelAddress, LabelFields


def test_invisible_characters_are_dropped_and_blanks_collapse() -> None:
    assert clean(" a\u202eb\x00\n\tc\u200b\ud800  d ") == "ab c d"
    assert len(clean("x" * 5000)) == 160


@example(["--"], 30, 200)
@given(st.lists(st.text("ab -가", max_size=80), max_size=6), st.integers(30, 400), st.integers(20, 300))
def test_fitted_text_never_leaves_its_space(texts: list[str], wide: int, high: int) -> None:
    lines = fit([Item(text) for text in texts], width=lambda _: measure_resident, wide=wide, high=high, sizes=(8, 40))
    assert all(measure_resident(line.text, line.size) <= wide for line in lines)
    assert all(line.top + line.size <= high for line in lines)


def test_what_is_cut_says_so() -> None:
    lines = fit([Item("word " * 30)], width=lambda _: measure_resident, wide=200, high=30, sizes=(12, 40))
    assert [line.size for line in lines] == [12, 12]
    assert lines[-1].text.endswith("...")


def test_a_korean_address_runs_from_big_to_small() -> None:
    printed = format_address(samples.korean().recipient, home="KR")
    assert printed.street == ("[03925] 서울특별시 마포구 월드컵북로 396",)
    assert printed.locality == ()


def test_a_foreign_address_ends_with_its_country() -> None:
    assert format_address(samples.american().recipient).locality == ("SAN FRANCISCO, CA 94103", "UNITED STATES")
    assert format_address(samples.german().recipient, home="DE").locality == ("40212 DÜSSELDORF",)


def test_an_unknown_country_still_prints() -> None:
    address = LabelAddress(city="%C", region="R", postal_code="1", country="XX")
    assert format_address(address).locality == ("%C R 1", "XX")


@pytest.mark.parametrize("number", ["", "한글", "A^B", "A" * 61, "AB" * 25, " 1", "1~2", "\x00"])
def test_a_number_that_no_scanner_could_read_is_refused(number: str) -> None:
    with pytest.raises(ValueError):
        LabelFields(carrier="x", tracking_number="1", barcode=number or "\t", recipient=LabelAddress())


def test_a_qr_text_that_would_not_fit_is_refused() -> None:
    with pytest.raises(ValueError):
        LabelFields(carrier="x", tracking_number="1", matrix="가" * 61, recipient=LabelAddress())


def test_runs_of_a_row_are_its_bars() -> None:
    assert codes.list_runs((True, True, False, True)) == [(0, 2), (3, 1)]


def test_numbers_are_grouped_as_they_are_read_aloud() -> None:
    assert group_digits("1Z999AA10123456784") == "1Z 999 AA1 01 2345 6784"
    assert group_digits("EE123456789KR") == "EE 123 456 789 KR"
    assert group_digits("5123456789012") == "5123 4567 89012"
    assert group_digits("12-34-567890") == "12-34-567890"


def test_what_the_printer_cannot_set_is_drawn() -> None:
    assert is_resident("Größe 12 £")
    assert not any(map(is_resident, ("김", "Ł", "€", "😀", "a\\&b")))


def test_ornaments_vanish_and_unknown_letters_become_squares() -> None:
    fonts = find_fonts(samples.fonts_folder())
    assert fonts.printable("김민서 😀") == "김민서"
    assert fonts.printable("東a") == "□a"


def test_the_assets_folder_may_be_moved_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOORSTEP_ASSETS", str(tmp_path))
    assert find_directory() == tmp_path / "fonts"
    monkeypatch.delenv("DOORSTEP_ASSETS")
    assert find_directory() == samples.REPOSITORY / ".assets" / "fonts"
