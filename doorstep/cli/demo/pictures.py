"""Plain pictures of the range, drawn in the colours of its series."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

SIDE = 640
Colour = tuple[int, int, int]


def draw(shape: str, colour: Colour) -> bytes:
    """One thing on a tinted ground, as PNG."""
    canvas = Image.new("RGB", (SIDE, SIDE), _mix(colour, (250, 247, 242), 0.82))
    pen = ImageDraw.Draw(canvas)
    dark, light = _mix(colour, (30, 30, 34), 0.25), _mix(colour, (255, 255, 255), 0.45)
    pen.ellipse((150, 500, 490, 545), fill=_mix(colour, (250, 247, 242), 0.62))
    _SHAPES[shape](pen, colour, dark, light)
    out = io.BytesIO()
    canvas.resize((SIDE // 2, SIDE // 2), Image.Resampling.BOX).save(out, "PNG", compress_level=1)
    return out.getvalue()


@cache
def broken(shape: str, colour: Colour) -> bytes:
    """One thing with a crack, as a customer's telephone would show it, as PNG."""
    canvas = Image.open(io.BytesIO(draw(shape, colour)))
    pen = ImageDraw.Draw(canvas)
    pen.line([(132, 118), (150, 152), (138, 184), (162, 226), (154, 256)], fill=(58, 52, 50), width=3)
    pen.line([(150, 152), (172, 164)], fill=(58, 52, 50), width=2)
    out = io.BytesIO()
    canvas.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def _book(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((190, 120, 450, 520), 18, fill=main)
    pen.rectangle((190, 120, 226, 520), fill=dark)
    pen.rounded_rectangle((270, 200, 410, 270), 8, fill=light)


def _sheet(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.polygon([(180, 190), (420, 140), (480, 460), (240, 510)], fill=light)
    pen.polygon([(160, 240), (410, 240), (410, 520), (160, 520)], fill=main)
    pen.line([(160, 240), (285, 390), (410, 240)], fill=dark, width=8)


def _pen(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    for left, colour in ((230, main), (300, dark), (370, light)):
        pen.rounded_rectangle((left, 130, left + 38, 480), 16, fill=colour)
        pen.polygon([(left + 4, 480), (left + 34, 480), (left + 19, 522)], fill=dark)


def _bottle(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((270, 140, 370, 240), 12, fill=dark)
    pen.rounded_rectangle((210, 220, 430, 520), 40, fill=main)
    pen.rounded_rectangle((245, 320, 395, 430), 8, fill=light)


def _pouch(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((130, 230, 510, 510), 44, fill=main)
    pen.rectangle((150, 268, 490, 282), fill=dark)
    pen.ellipse((470, 262, 496, 288), fill=light)


def _box(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.polygon([(120, 330), (320, 250), (520, 330), (320, 410)], fill=light)
    pen.polygon([(120, 330), (320, 410), (320, 520), (120, 440)], fill=main)
    pen.polygon([(520, 330), (320, 410), (320, 520), (520, 440)], fill=dark)


def _round(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.ellipse((130, 130, 510, 510), fill=dark)
    pen.ellipse((142, 142, 498, 498), fill=main)
    pen.ellipse((212, 212, 428, 428), fill=light)


def _cup(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.arc((380, 270, 510, 430), 270, 90, fill=dark, width=30)
    pen.rounded_rectangle((180, 210, 430, 520), 46, fill=main)
    pen.ellipse((180, 185, 430, 245), fill=light)


def _pot(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.polygon([(420, 340), (540, 240), (560, 262), (430, 440)], fill=dark)
    pen.ellipse((160, 220, 460, 520), fill=main)
    pen.ellipse((230, 205, 390, 255), fill=light)
    pen.ellipse((292, 175, 328, 211), fill=dark)


def _bowl(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.pieslice((130, 100, 510, 520), 0, 180, fill=main)
    pen.ellipse((130, 275, 510, 345), fill=light)
    pen.rectangle((250, 505, 390, 525), fill=dark)


def _bag(pen: ImageDraw.ImageDraw, main: Colour, dark: Colour, light: Colour) -> None:
    pen.arc((230, 110, 410, 340), 180, 360, fill=dark, width=18)
    pen.polygon([(170, 240), (470, 240), (500, 520), (140, 520)], fill=main)
    pen.ellipse((280, 340, 360, 420), fill=light)


_SHAPES = {
    "book": _book, "sheet": _sheet, "pen": _pen, "bottle": _bottle, "pouch": _pouch, "box": _box, "round": _round,
    "cup": _cup, "pot": _pot, "bowl": _bowl, "bag": _bag,
}  # fmt: skip
