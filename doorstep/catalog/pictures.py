"""Product pictures: read with limits, turned upright, made small, written anew so that nothing else rides along."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from PIL import ExifTags, Image

from doorstep.base.pictures import FORMATS, opened
from doorstep.base.refusals import Refused
from doorstep.catalog.values import BAD_PICTURE, MAX_PHOTO_PIXELS, MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS

# As the camera was held (Exif 2.32, 4.6.4). Pillow's own form of this writes all metadata anew and breaks on a single odd tag.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDE = 1200
SMALL_SIDE = 160


def encode(data: bytes) -> bytes:
    """The picture as WebP of at most 1200 pixels a side, without metadata.

    Call it in no transaction: it takes seconds.
    Refuses: files over 10 MB, over 24 megapixels (a JPEG: 64), of another format, or damaged.
    """
    with opened(data, most_bytes=MAX_PICTURE_BYTES, bad=BAD_PICTURE) as picture:
        return _webp(_small(picture))


def _small(raw: Image.Image) -> Image.Image:
    if raw.width * raw.height > (MAX_PHOTO_PIXELS if raw.format == "JPEG" else MAX_PICTURE_PIXELS):
        raise Refused(BAD_PICTURE)
    raw.draft("RGB", (SIDE, SIDE))
    turn = TURNS.get(raw.getexif().get(ExifTags.Base.Orientation, 1))
    mode = "RGBA" if "A" in raw.mode or "transparency" in raw.info else "RGB"
    picture = raw if raw.mode == mode else raw.convert(mode)
    picture.thumbnail((SIDE, SIDE))
    return picture if turn is None else picture.transpose(turn)


def keep(organisation_id: int, data: bytes) -> str:
    """Writes the encoded picture, and a small one for lists, under a name made of its own contents.

    Returns: the picture's path below MEDIA_ROOT; `small_of` gives the small one's.
    """
    name = f"products/{organisation_id}/{hashlib.sha256(data).hexdigest()[:40]}.webp"
    _write(small_of(name), _shrink(data))
    _write(name, data)
    return name


def small_of(name: str) -> str:
    """The path of the small picture that belongs to a picture."""
    return name.removesuffix(".webp") + "-small.webp"


def _shrink(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        picture.thumbnail((SMALL_SIDE, SMALL_SIDE))
        return _webp(picture)


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def _write(name: str, data: bytes) -> None:
    target = Path(settings.MEDIA_ROOT) / name
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{uuid4().hex}.tmp")
    draft.write_bytes(data)
    draft.replace(target)
