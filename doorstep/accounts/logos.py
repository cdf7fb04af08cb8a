"""A brand's logo: read with limits, made small, written anew as PNG so that nothing else rides along.

SVG is refused: it is a program as much as a picture (scripts, styles, references to elsewhere), mail programs show none, and a
logo is small enough as pixels.  PNG is what every mail program shows.
"""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from doorstep.accounts.values import BAD_LOGO, MOST_LOGO_BYTES, NewLogo
from doorstep.base import pictures
from doorstep.base.refusals import Refused

MOST_PIXELS = 16_000_000
WIDEST, TALLEST = 640, 192  # twice what the page shows, for screens with fine dots
MOST_KEPT_BYTES = 60_000  # a page for customers stays below 100 kB


def encode(data: bytes) -> NewLogo:
    """The logo as a small PNG without metadata.  Call it in no transaction.

    Refuses: files over 2 MB, over 16 megapixels, of another format, damaged, or of too many colours to be small.
    """
    with pictures.opened(data, most_bytes=MOST_LOGO_BYTES, bad=BAD_LOGO) as opened:
        return _small(opened)


def _small(opened: Image.Image) -> NewLogo:
    if opened.width * opened.height > MOST_PIXELS:
        raise Refused(BAD_LOGO)
    mode = "RGBA" if "A" in opened.mode or "transparency" in opened.info else "RGB"
    picture = opened.convert(mode)
    for share in (1.0, 0.7, 0.5):
        picture.thumbnail((round(WIDEST * share), round(TALLEST * share)))
        for colours in (0, 256):
            kept = _png(picture.quantize(colours) if colours else picture)
            if len(kept) <= MOST_KEPT_BYTES:
                return NewLogo(kept, hashlib.sha256(kept).hexdigest()[:40], picture.width, picture.height)
    raise Refused(BAD_LOGO)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
