"""Text made safe to print: cleaned, wrapped and shrunk until it fits the space it has."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

FIELD_CHARS_MAX = 160
LEADING = 1.2
ELLIPSIS = "..."
WHOLE_WORDS_SHARE = 0.45

_JOINTS = re.compile(r"[^ -]*[ -]+|[^ -]+")

Width = Callable[[str, int], float]


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph and its size relative to the block it stands in."""

    text: str
    scale: float = 1.0
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a fitted block; `top` and `size` in dots, from the top of the block."""

    text: str
    top: int
    size: int
    strong: bool


def clean(text: str) -> str:
    """One line of visible text: NFC, blanks collapsed, nothing invisible, private or unassigned, 160 characters."""
    kept = (" " if character.isspace() else character for character in unicodedata.normalize("NFC", text[:2000]))
    visible = "".join(c for c in kept if c == " " or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split())[:FIELD_CHARS_MAX].rstrip()


def fit(
    items: Sequence[Item], *, width: Callable[[Item], Width], wide: int, high: int, sizes: tuple[int, int]
) -> list[Line]:
    """Set the items under one another at the largest size at which all of them fit the space.

    Units: dots; `sizes` is smallest and largest.  Shapes: never higher than `high`, no line wider than `wide`; what
    does not fit at the smallest size is cut with an ellipsis, from the longest item first.
    """
    shown = [item for item in items if item.text]
    smallest, largest = sizes
    whole_until = max(smallest, round(largest * WHOLE_WORDS_SHARE))
    for size, may_break in (*_steps(whole_until, largest, False), *_steps(smallest, largest, True)):
        wrapped = [_wrap(item.text, wide, _scaled(item, size), width(item)) for item in shown]
        blocks = [block.lines for block in wrapped]
        if any(block.too_wide or (block.broken and not may_break) for block in wrapped):
            continue
        if _height(shown, blocks, size) <= high:
            return _place(shown, blocks, size)
    _cut(shown, blocks, smallest, high, wide, width)
    return _place(shown, blocks, smallest)


def _steps(smallest: int, largest: int, may_break: bool) -> Iterator[tuple[int, bool]]:
    size = max(largest, smallest)
    while size > smallest:
        yield size, may_break
        size = max(smallest, min(size - 1, int(size * 0.95)))
    yield smallest, may_break


def _scaled(item: Item, size: int) -> int:
    return max(1, round(size * item.scale))


def _line_height(item: Item, size: int) -> int:
    return max(1, round(_scaled(item, size) * LEADING))


def _height(items: Sequence[Item], blocks: Sequence[Sequence[str]], size: int) -> int:
    return sum(len(block) * _line_height(item, size) for item, block in zip(items, blocks, strict=True))


def _cut(
    items: list[Item], blocks: list[list[str]], size: int, high: int, wide: int, width: Callable[[Item], Width]
) -> None:
    while blocks and _height(items, blocks, size) > high:
        longest = max(range(len(blocks)), key=lambda index: len(blocks[index]))
        if len(blocks[longest]) == 1:
            items.pop()
            blocks.pop()
            continue
        blocks[longest].pop()
        item = items[longest]
        blocks[longest][-1] = _end(blocks[longest][-1], wide, _scaled(item, size), width(item))


def _end(line: str, wide: int, size: int, width: Width) -> str:
    kept = line.removesuffix(ELLIPSIS)
    while kept and width(kept + ELLIPSIS, size) > wide:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def _place(items: Sequence[Item], blocks: Sequence[Sequence[str]], size: int) -> list[Line]:
    lines: list[Line] = []
    top = 0
    for item, block in zip(items, blocks, strict=True):
        for text in block:
            lines.append(Line(text, top, _scaled(item, size), item.strong))
            top += _line_height(item, size)
    return lines


@dataclass(frozen=True, slots=True)
class _Wrapped:
    lines: list[str]
    broken: bool
    too_wide: bool  # a single letter does not fit


def _wrap(text: str, wide: int, size: int, width: Width) -> _Wrapped:
    lines: list[str] = []
    line = ""
    broken = False
    for word in _JOINTS.findall(text):
        if line and width((line + word).rstrip(), size) > wide:
            lines.append(line.rstrip())
            line = ""
        if width(word.rstrip(), size) > wide:
            broken = True
            *full, word = _break(word, wide, size, width)
            lines += full
        line += word
    lines += [line.rstrip()] if line.strip() else []
    return _Wrapped(lines, broken, any(len(line) == 1 and width(line, size) > wide for line in lines))


def _break(word: str, wide: int, size: int, width: Width) -> list[str]:
    pieces: list[str] = []
    piece = ""
    for character in word:
        if piece and width(piece + character, size) > wide:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]
