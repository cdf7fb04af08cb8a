"""Faces: the printer's resident one by its table of widths, Pretendard by its files."""

import os
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

BASELINE = 0.77
MISSING = "\N{WHITE SQUARE}"

_REGULAR = "Pretendard-Regular.otf"
_BOLD = "Pretendard-Bold.otf"
_SUFFIXES = (".otf", ".ttf", ".ttc")
_RESIDENT_MARGIN = 1.04

# Advance of font 0 (CG Triumvirate Bold Condensed) in thousandths of its height, by width class.
_RESIDENT_WIDTHS = {
    250: " '\\|¦{}",
    280: "/:;Ifijlt`ÌÍÎÏìíîï",
    335: '!"(),.[]r¡¨¯´·¸ª²³¹º',
    445: "Jckscvxyzçýÿ°",
    500: "0123456789#$*+<=>?^_~EFLTZabdeghnopqu¢£¤¥§«»¬±µ×÷ßÈÉÊËàáâãäåèéêëðñòóôõöøùúûüþ¿",
    560: "ABCKPSVXYÀÁÂÃÄÅÇÝÞ¶",
    612: "DGHNOQRUÐÑÒÓÔÕÖØÙÚÛÜ",
    670: "&w",
    835: "-Mm%@W©®ÆæĲ¼½¾",
}
_RESIDENT = {character: width / 1000 for width, characters in _RESIDENT_WIDTHS.items() for character in characters}


class FontsMissing(FileNotFoundError):
    """No Pretendard where the assets step should have put it; run it, or pass the folder."""


def is_resident(text: str) -> bool:
    """Whether every printer can set this text by itself: visible Latin-1 but the backslash, which some obey."""
    return "\\" not in text and all(" " <= character <= "~" or "\xa1" <= character <= "\xff" for character in text)


def measure_resident(text: str, size: int) -> float:
    """Width in dots of a text in font 0 at that height, 4 % to the safe side."""
    return sum(_RESIDENT.get(character, 0.835) for character in text) * size * _RESIDENT_MARGIN


@lru_cache(maxsize=256)
def _load(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=16384)
def _draws(path: Path, character: str) -> bool:
    font = _load(path, 64)
    mask, absent = font.getmask(character), font.getmask("\uffff")
    return mask.size != absent.size or bytes(mask) != bytes(absent)


@lru_cache(maxsize=65536)
def _advance(path: Path, character: str, size: int) -> float:
    return _load(path, size).getlength(character)


class _Widths(dict[str, float]):
    """Advance by character at one size.  A text is measured at size after size until it fits: nothing is looked for twice."""

    def __init__(self, fonts: "Fonts", size: int, bold: bool) -> None:
        self._fonts, self._size, self._bold = fonts, size, bold

    def __missing__(self, character: str) -> float:
        found = self[character] = _advance(self._fonts._pick(character, self._bold), character, self._size)
        return found


@lru_cache(maxsize=256)
def _widths(fonts: "Fonts", size: int, bold: bool) -> _Widths:
    return _Widths(fonts, size, bold)


@dataclass(frozen=True, slots=True)
class Fonts:
    """Pretendard regular and bold, and any further font files of the same folder for scripts that it lacks."""

    directory: Path
    regular: Path
    bold: Path
    others: tuple[Path, ...] = ()

    def printable(self, text: str) -> str:
        """The text without ornaments that no font can draw; a letter that none can draw becomes a visible square."""
        return "".join(filter(None, map(self._print_one, text))).strip()

    def measure(self, text: str, size: int, *, bold: bool) -> float:
        """Width of a text in dots at that size, as `draw` will set it."""
        return sum(map(_widths(self, size, bold).__getitem__, text))

    def draw(self, text: str, size: int, *, bold: bool) -> Image.Image:
        """One line as a 1-bit picture, True is ink, its baseline at 77 % of the size and 1.1 times the size high."""
        wide = max(1, round(self.measure(text, size, bold=bold)))
        image = Image.new("L", (wide, round(size * 1.1)))
        pen = ImageDraw.Draw(image)
        at = 0.0
        for character in text:
            path = self._pick(character, bold)
            pen.text((round(at), round(size * BASELINE)), character, fill=255, font=_load(path, size), anchor="ls")
            at += _advance(path, character, size)
        return image.point(lambda value: 255 * (value >= 120)).convert("1")

    def _print_one(self, character: str) -> str:
        if self._knows(character):
            return character
        return MISSING if unicodedata.category(character)[0] in "LN" else ""

    def _knows(self, character: str) -> bool:
        return character == " " or any(_draws(path, character) for path in (self.regular, *self.others))

    def _pick(self, character: str, bold: bool) -> Path:
        own = self.bold if bold else self.regular
        if not self.others or _draws(own, character):
            return own
        return next((path for path in self.others if _draws(path, character)), own)


def find_directory() -> Path:
    """The fonts folder of the assets step: `$DOORSTEP_ASSETS/fonts`, else `.assets/fonts` beside the package."""
    assets = os.environ.get("DOORSTEP_ASSETS")
    return (Path(assets) if assets else Path(__file__).resolve().parents[3] / ".assets") / "fonts"


def find_fonts(directory: Path | None = None) -> Fonts:
    """The fonts of a folder, by default that of the assets step.

    Refuses: with `FontsMissing` where the folder holds no Pretendard Regular and Bold.
    """
    return _find((directory or find_directory()).resolve())


@lru_cache(maxsize=8)
def _find(directory: Path) -> Fonts:
    regular, bold = directory / _REGULAR, directory / _BOLD
    if not (regular.is_file() and bold.is_file()):
        raise FontsMissing(f"{directory} holds no {_REGULAR} and {_BOLD}")
    others = sorted(path for path in directory.iterdir() if path.suffix.lower() in _SUFFIXES)
    return Fonts(directory, regular, bold, tuple(path for path in others if not path.name.startswith("Pretendard-")))
