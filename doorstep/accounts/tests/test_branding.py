"""A brand's face: colours that can be read, logos that are nothing but pictures, words that are nothing but text."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from doorstep.accounts import branding, colours, logos
from doorstep.accounts.values import MOST_LOGO_BYTES
from doorstep.base import outbox
from doorstep.base.refusals import Refused
from tests.factories import make_ctx

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def picture(width: int = 600, height: int = 160, *, kind: str = "PNG") -> bytes:
    out, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    Image.new("RGBA" if kind == "PNG" else "RGB", (width, height), (20, 90, 80)).save(out, kind, pnginfo=info)
    return out.getvalue()


@pytest.mark.parametrize("accent", ["#ffff00", "#000000", "#ffffff", "#777777", "#2f6f5e", "#ff0000", "#0000ff", "#f5d0d0"])
def test_every_colour_becomes_one_that_can_be_read_by_day_and_by_night(accent: str) -> None:
    found = colours.readable(accent)
    for colour, on, card in ((found.day, found.on_day, colours.DAY), (found.night, found.on_night, colours.NIGHT)):
        red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
        assert colours.contrast((red, green, blue), card) >= 4.5
        assert colours.contrast((red, green, blue), colours.WHITE if on == "#ffffff" else colours.BLACK) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert (colours.readable("#2f6f5e").day, colours.readable("#9a92f5").night) == ("#2f6f5e", "#9a92f5")


def test_a_logo_is_drawn_anew_small_and_without_what_rode_along() -> None:
    kept = logos.encode(picture(3000, 800))
    assert (kept.width, kept.height, b"script" in kept.content) == (640, 171, False)
    assert len(kept.content) <= logos.MOST_KEPT_BYTES
    noise = Image.effect_noise((1200, 900), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG")
    assert len(logos.encode(out.getvalue()).content) <= logos.MOST_KEPT_BYTES


@pytest.mark.parametrize(
    "data", [SVG, b"", b"GIF89a" + b"\0" * 40, picture()[:90], b"\0" * (MOST_LOGO_BYTES + 1), b"\x89PNG\r\n\x1a\n" + SVG]
)
def test_what_is_no_picture_is_no_logo(data: bytes) -> None:
    with pytest.raises(Refused, match="bad_logo"):
        logos.encode(data)


@pytest.mark.django_db
def test_words_are_kept_by_language_and_nobody_writes_over_others_unseen() -> None:
    ctx, other = make_ctx(), make_ctx()
    said = {"message": "Hello\x00 you\r\n<b>x</b>", "help": "", "returns_url": "https://shop.example/returns/"}
    kept = branding.write(ctx, language="en", version=0, **said)
    assert (kept.message, kept.returns_url, kept.version) == ("Hello you\n<b>x</b>", "https://shop.example/returns", 1)
    with pytest.raises(Refused, match="changed_meanwhile"):
        branding.write(ctx, language="en", version=0, **said)
    assert branding.words(ctx, language="ko").version == 0
    assert branding.words(other, language="en").message == ""
    for bad in ({"returns_url": "javascript:alert(1)"}, {"message": "x" * 301}, {"help": "x" * 1001}):
        with pytest.raises(Refused, match="invalid"):
            branding.write(ctx, language="en", version=1, **(said | bad))


@pytest.mark.django_db
def test_a_logo_is_taken_changed_and_given_up_with_its_history() -> None:
    ctx = make_ctx()
    first = branding.set_logo(ctx, data=picture())
    assert branding.set_logo(ctx, data=picture()) == first
    branding.set_logo(ctx, data=picture(200, 200))
    branding.remove_logo(ctx)
    branding.remove_logo(ctx)
    assert branding.find_logo(ctx) is None
    events = [e for e in outbox.timeline(ctx, of=[f"organisation:{ctx.organisation_id}"]) if "logo" in e.data.get("changed", {})]
    assert len(events) == 3
