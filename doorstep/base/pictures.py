"""Pictures of strangers, opened with limits."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from doorstep.base.refusals import Refusal, Refused

FORMATS = ("PNG", "JPEG", "WEBP")
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def opened(data: bytes, *, most_bytes: int, bad: Refusal) -> Iterator[Image.Image]:
    """A picture of one of `FORMATS`, its pixels not read yet: look at its size first.  Use it in no transaction.

    One at a time: the pixels of a large one take 200 MB for a moment.
    Refuses, as `bad`: files over `most_bytes`, of another format, damaged, or found to be so while it is used.
    """
    if len(data) > most_bytes:
        raise Refused(bad)
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                yield picture
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError,
            Image.DecompressionBombWarning):  # fmt: skip
        raise Refused(bad) from None
