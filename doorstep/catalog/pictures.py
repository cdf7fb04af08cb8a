"""Product pictures: read with limits, turned upright, made small, written anew so that nothing else rides along."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from doorstep.base.refusals import Refused
from doorstep.catalog.values import BAD_PICTURE, MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS

FORMATS = ("PNG", "JPEG", "WEBP")
SIDE = 1200


def encode(data: bytes) -> bytes:
    """The picture as WebP of at most 1200 pixels a side, without metadata.

    Refuses: files over 10 MB, over 40 megapixels, of another format, or damaged.
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise Refused(BAD_PICTURE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MAX_PICTURE_PIXELS:
                    raise Refused(BAD_PICTURE)
                upright = ImageOps.exif_transpose(opened)
                picture = upright.convert("RGBA" if "A" in upright.mode or "transparency" in upright.info else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError,
            Image.DecompressionBombWarning):  # fmt: skip
        raise Refused(BAD_PICTURE) from None
    picture.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def keep(organisation_id: int, data: bytes) -> str:
    """Writes the encoded picture under a name made of its own contents and returns its path below MEDIA_ROOT."""
    name = f"products/{organisation_id}/{hashlib.sha256(data).hexdigest()[:40]}.webp"
    target = Path(settings.MEDIA_ROOT) / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(f".{os.getpid()}.tmp")
        draft.write_bytes(data)
        draft.replace(target)
    return name
