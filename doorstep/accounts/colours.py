"""A brand's colour as it can be read: on white and on near-black, and what is read upon it.

Source: WCAG 2.2, 1.4.3 (4.5 : 1 for text) and 1.4.11 (3 : 1 for what shows a state), relative luminance as defined there.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 4.5
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
# The cards of the customers' pages, by day and by night (tracking.css, --card).
DAY, NIGHT = WHITE, (27, 28, 32)
STEPS = 64
Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Readable:
    """`day` and `night`: the colour as text and lines, on a light and on a dark card; `on_day`, `on_night`: text upon those."""

    day: str
    on_day: str
    night: str
    on_night: str


def readable(accent: str) -> Readable:
    """A colour such as #2f6f5e in forms that can be read, each as near to it as can be."""
    by_day, by_night = moved(accent, on=DAY), moved(accent, on=NIGHT)
    return Readable(by_day, upon(by_day), by_night, upon(by_night))


def moved(accent: str, *, on: Rgb) -> str:
    """The colour, darker or lighter by as little as makes it 4.5 : 1 against another."""
    own = _read(accent)
    to = BLACK if luminance(on) > 0.18 else WHITE
    for step in range(STEPS + 1):
        mixed = _mix(own, to, step / STEPS)
        if contrast(mixed, on) >= LEAST:
            return _write(mixed)
    return _write(to)


def upon(colour: str) -> str:
    """Black or white, whichever is read better upon a colour: one of them always is, at 4.5 : 1."""
    own = _read(colour)
    return "#ffffff" if contrast(own, WHITE) >= contrast(own, BLACK) else "#000000"


def contrast(one: Rgb, other: Rgb) -> float:
    """How far apart two colours are, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: Rgb) -> float:
    """How light a colour is, from 0 to 1."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _read(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _write(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
