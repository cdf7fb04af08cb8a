"""Raw payloads made readable: pretty where they are JSON, cut where they are long, never interpreted."""

from __future__ import annotations

import json
from dataclasses import dataclass

MOST = 60_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a payload.  Units: `size` is bytes as they came."""

    text: str
    is_pretty: bool
    is_cut: bool
    size: int


def show(body: bytes) -> Shown:
    """A payload as a page can show it; bytes that are no text appear as replacement characters."""
    size = len(body)
    if size <= 1_000_000:
        try:
            text = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
        except (ValueError, RecursionError):
            pass
        else:
            return Shown(_plain(text[:MOST]), True, len(text) > MOST, size)
    return Shown(_plain(body[:MOST].decode("utf-8", "replace")), False, size > MOST, size)


def _plain(text: str) -> str:
    """Without what would break the page: half surrogates, NUL and other controls but line ends and tabs."""
    cleaned = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c in "\n\t" or c >= " " else "\ufffd" for c in cleaned)
