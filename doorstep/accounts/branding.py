"""How a brand presents itself to customers: its logo, and its own words on the page of an order."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.accounts import actions, events, logos, queries, rules
from doorstep.accounts.values import LANGUAGES, Logo, PageWords
from doorstep.base import addresses, db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, LOST_RACE, Refused
from doorstep.base.words import gettext_noop

LONGEST = {"message": 300, "help": 1_000}
NOT_A_PAGE = gettext_noop("This is not an address such as https://shop.example.com/returns.")


def words(ctx: Ctx, *, language: str) -> PageWords:
    """What the brand says on the page of an order in a language; empty where it wrote nothing."""
    found = db.one(
        PageWords,
        """SELECT language, message, help, returns_url, version FROM accounts_pagewords
            WHERE organisation_id = %s AND language = %s""",
        [ctx.organisation_id, language],
    )
    return found or PageWords(language)


def check(*, language: str, message: str, help: str, returns_url: str) -> PageWords:
    """The words as they are kept: plain text, no markup is ever made of it.  Refuses: too much, addresses that are none."""
    rules.require_choice("language", language, LANGUAGES)
    url = returns_url.strip()
    if url:
        try:
            url = addresses.check_url(url, problem=NOT_A_PAGE)
        except Refused:
            raise Refused(INVALID, {"field": "returns_url", "problem": NOT_A_PAGE}) from None
    return PageWords(language, _plain("message", message), _plain("help", help), url)


def _plain(field: str, text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    clean = "\n".join("".join(char for char in line if char.isprintable()).rstrip() for line in lines).strip()
    if len(clean) > LONGEST[field]:
        raise Refused(INVALID, {"field": field, "problem": gettext_noop("The text is longer than it may be.")})
    return clean


@transaction.atomic
def write(ctx: Ctx, *, language: str, message: str, help: str, returns_url: str, version: int) -> PageWords:
    """Keeps what the brand says on the page of an order.  `version`: the one it was written over; 0 where nothing was.

    Emits: OrganisationChanged with what was and what is.  Refuses: what `check` does; a version that is not the newest.
    """
    new, was = check(language=language, message=message, help=help, returns_url=returns_url), words(ctx, language=language)
    kept: int | None = db.scalar(
        """INSERT INTO accounts_pagewords AS w (organisation_id, language, message, help, returns_url, version, updated_at)
           SELECT %(organisation)s, %(language)s, %(message)s, %(help)s, %(url)s, 1, %(now)s
            WHERE %(version)s = 0
               OR EXISTS (SELECT 1 FROM accounts_pagewords WHERE organisation_id = %(organisation)s AND language = %(language)s)
           ON CONFLICT (organisation_id, language) DO UPDATE SET message = EXCLUDED.message, help = EXCLUDED.help,
                  returns_url = EXCLUDED.returns_url, version = w.version + 1, updated_at = EXCLUDED.updated_at
            WHERE w.version = %(version)s RETURNING version""",
        {"organisation": ctx.organisation_id, "language": language, "message": new.message, "help": new.help,
         "url": new.returns_url, "now": ctx.now, "version": version},
    )  # fmt: skip
    if kept is None:
        raise Refused(LOST_RACE, {"what": "tracking page"})
    changed = {
        f"{name}.{language}": {"was": getattr(was, name), "is": getattr(new, name)}
        for name in ("message", "help", "returns_url")
        if getattr(was, name) != getattr(new, name)
    }
    if changed:
        _record(ctx, changed)
    return words(ctx, language=language)


@transaction.atomic
def present(ctx: Ctx, *, accent: str, language: str, message: str, help: str, returns_url: str, version: int) -> PageWords:
    """Keeps colour and words, together or not at all.  Emits: OrganisationChanged.  Refuses: what `write` does; bad colours."""
    brand = queries.organisation(ctx)
    if accent.lower() != brand.accent:
        actions.change_organisation(
            ctx, name=brand.name, accent=accent, support_email=brand.support_email, language=brand.default_language,
            timezone=brand.timezone, currency=brand.default_currency,
        )  # fmt: skip
    return write(ctx, language=language, message=message, help=help, returns_url=returns_url, version=version)


def find_logo(ctx: Ctx) -> Logo | None:
    """The brand's logo, without its bytes."""
    return logos_of([ctx.organisation_id]).get(ctx.organisation_id)


def logos_of(organisation_ids: Sequence[int]) -> dict[int, Logo]:
    """The logos of organisations that have one, for faces that have no ctx yet."""
    found = db.dicts(
        "SELECT organisation_id, digest, width, height FROM accounts_logo WHERE organisation_id = ANY(%s)", [list(organisation_ids)]
    )
    return {line["organisation_id"]: Logo(line["digest"], line["width"], line["height"]) for line in found}


def read_logo(*, slug: str, digest: str) -> bytes | None:
    """The bytes of a logo, for everybody: a brand's face is no secret."""
    found = db.column(
        """SELECT l.content FROM accounts_logo l JOIN accounts_organisation o ON o.id = l.organisation_id
            WHERE o.slug = %s AND l.digest = %s""",
        [slug, digest],
    )
    return bytes(found[0]) if found else None


def set_logo(ctx: Ctx, *, data: bytes) -> Logo:
    """Takes a picture as the brand's logo.  Emits: OrganisationChanged.  Refuses: what `logos.encode` does."""
    new = logos.encode(data)
    with transaction.atomic():
        was = find_logo(ctx)
        db.execute(
            """INSERT INTO accounts_logo (organisation_id, content, digest, width, height, updated_at)
               VALUES (%s, %s, %s, %s, %s, %s)
               ON CONFLICT (organisation_id) DO UPDATE SET content = EXCLUDED.content, digest = EXCLUDED.digest,
                      width = EXCLUDED.width, height = EXCLUDED.height, updated_at = EXCLUDED.updated_at""",
            [ctx.organisation_id, new.content, new.digest, new.width, new.height, ctx.now],
        )
        if was is None or was.digest != new.digest:
            _record(ctx, {"logo": {"was": was.digest if was else "", "is": new.digest}})
    return Logo(new.digest, new.width, new.height)


@transaction.atomic
def remove_logo(ctx: Ctx) -> None:
    """Shows the name instead again; without a logo nothing happens.  Emits: OrganisationChanged."""
    gone = db.column("DELETE FROM accounts_logo WHERE organisation_id = %s RETURNING digest", [ctx.organisation_id])
    if gone:
        _record(ctx, {"logo": {"was": gone[0], "is": ""}})


def _record(ctx: Ctx, changed: dict[str, dict[str, str]]) -> None:
    of = f"organisation:{ctx.organisation_id}"
    outbox.record(ctx, [Happened(events.ORGANISATION_CHANGED, of, of, {"changed": changed})])
