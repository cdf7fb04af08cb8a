"""What all of WooCommerce's documents have in common: errors, moments, ids, links.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#errors, #pagination and the date fields of every object: those
without `_gmt` are local time of the site, both without a zone.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.books import Books
from sandbox.serving import Refusal

# The site's own time zone: whoever mixes up local time and GMT is to notice.
SITE = timezone(timedelta(hours=9))
FIRST_ID = 700


class WooError(Refusal):
    """A request that is answered with {"code", "message", "data": {"status"}}; nothing was written."""


def invalid_id(what: str, *, status: int = 404) -> WooError:
    """An object that is not there; updates answer 400, reads 404, as WooCommerce does."""
    return WooError(status, f"woocommerce_rest_{what}_invalid_id", "Invalid ID.")


def invalid_param(name: str) -> WooError:
    """A parameter that WordPress does not take."""
    return WooError(400, "rest_invalid_param", f"Invalid parameter(s): {name}")


def next_id(books: Books) -> int:
    """Orders, refunds, products and variations are posts of one WordPress, so they share their numbers."""
    last = (books.find_setting("last_id") or {"id": FIRST_ID})["id"] + 1
    books.set_setting("last_id", {"id": last})
    return int(last)


def gmt(at: float | None) -> str | None:
    """A moment as `_gmt` fields have it: whole seconds, no zone."""
    return None if at is None else datetime.fromtimestamp(int(at), tz=UTC).replace(tzinfo=None).isoformat()


def local(at: float | None) -> str | None:
    """A moment in the site's own time, no zone."""
    return None if at is None else datetime.fromtimestamp(int(at), tz=SITE).replace(tzinfo=None).isoformat()


def dates(**moments: float | None) -> dict[str, str | None]:
    """Each moment twice, as WooCommerce writes them."""
    return {k: v for name, at in moments.items() for k, v in ((f"date_{name}", local(at)), (f"date_{name}_gmt", gmt(at)))}


def read_bound(text: str, *, is_gmt: bool) -> float:
    """A bound of a list.  As in WordPress, one with a zone becomes the site's local time first, even where GMT is compared."""
    try:
        told = datetime.fromisoformat(text.replace("Z", "+00:00").replace(" ", "+"))
    except ValueError:
        raise invalid_param("modified_after") from None
    bare = told.astimezone(SITE).replace(tzinfo=None) if told.tzinfo else told
    return bare.replace(tzinfo=UTC if is_gmt else SITE).timestamp()


def dump(body: Any) -> str:
    """A document as the books keep it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
