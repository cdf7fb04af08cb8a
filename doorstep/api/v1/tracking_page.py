"""The customers' page of an order in the brand's face: its logo, colour and words."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from django.conf import settings
from ninja import Path, Router, Status
from pydantic import StrictInt, StrictStr

from doorstep.accounts import branding
from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BAD_LOGO, LANGUAGES
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import In, Out, text
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused

router = Router(tags=["Notices"])
Language = Annotated[Literal["en", "ko"], Path(description="One of the brand's languages.")]


class PageWordsIn(In):
    """Plain text; `returns_url` is a page of the shop. `version`: the one these words are written over; 0 is nothing yet."""

    message: Annotated[StrictStr, text(300)] = ""
    help: Annotated[StrictStr, text(1000)] = ""
    returns_url: Annotated[StrictStr, text(200)] = ""
    version: StrictInt = 0


class PageWordsOut(Out):
    language: Literal["en", "ko"]
    message: str
    help: str
    returns_url: str
    version: int


class TrackingPageOut(Out):
    """`colour_by_day`, `colour_by_night`: the brand's colour as it is shown, 4.5 : 1 against the page. `url`: where customers
    find their order by its number."""

    url: str
    colour: str
    colour_by_day: str
    colour_by_night: str
    logo_url: str | None
    words: list[PageWordsOut]


class LogoIn(In):
    """`content`: a PNG, JPEG or WebP file of at most 2 MB, in base64."""

    content: Annotated[StrictStr, text(2_900_000, required=True)]


@operation(router, "GET", "/tracking-page", scope="settings:read", answers={200: TrackingPageOut})
def get_tracking_page(request: Asked) -> dict[str, Any]:
    """How the page looks to customers, and what it says in each language."""
    return _page(request.ctx)


@operation(router, "PUT", "/tracking-page/words/{language}", scope="settings:write", answers={200: PageWordsOut})
def write_page_words(request: Asked, language: Language, given: PageWordsIn) -> dict[str, Any]:
    """Keeps what the brand says on the page in a language; customers see it at once."""
    kept = branding.write(
        request.ctx, language=language, message=given.message, help=given.help, returns_url=given.returns_url,
        version=given.version,
    )  # fmt: skip
    return {name: getattr(kept, name) for name in PageWordsOut.model_fields}


@operation(router, "PUT", "/tracking-page/logo", scope="settings:write", answers={200: TrackingPageOut})
def set_logo(request: Asked, given: LogoIn) -> dict[str, Any]:
    """Takes a picture as the brand's logo. It is drawn anew, so nothing but the picture is kept; SVG is refused."""
    try:
        data = base64.b64decode(given.content, validate=True)
    except ValueError:
        raise Refused(BAD_LOGO) from None
    branding.set_logo(request.ctx, data=data)
    return _page(request.ctx)


@operation(router, "DELETE", "/tracking-page/logo", scope="settings:write", answers={204: None})
def remove_logo(request: Asked) -> Status[None]:
    """Shows the brand's name instead again."""
    branding.remove_logo(request.ctx)
    return Status(204, None)


def _page(ctx: Ctx) -> dict[str, Any]:
    brand, logo = accounts.organisation(ctx), branding.find_logo(ctx)
    said = [branding.words(ctx, language=language) for language in LANGUAGES]
    return {
        "url": f"{settings.PUBLIC_URL}/t/?brand={brand.slug}", "colour": brand.accent, "colour_by_day": brand.readable.day,
        "colour_by_night": brand.readable.night,
        "logo_url": f"{settings.PUBLIC_URL}/t/logo/{brand.slug}/{logo.digest}.png" if logo else None,
        "words": [{name: getattr(one, name) for name in PageWordsOut.model_fields} for one in said],
    }  # fmt: skip
