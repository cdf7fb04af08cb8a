"""What a large shop offers is read by a bulk operation: by pages it would take a quarter of an hour of the whole allowance.

It costs next to nothing of the bucket, whatever it reads. A page is a moment of waiting until it is done, then a part of its file;
where the process ends meanwhile, the next one joins what still runs. What failed is read by pages, and so is what is not whole: a
part would say that all else is gone.

Source: https://shopify.dev/docs/api/usage/bulk-operations/queries (how it runs, states, file, what it leaves when it fails)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from doorstep.base import answers, outward
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.channels.port import ListedItem, ListingPage
from doorstep.providers.plain import moment, text
from doorstep.providers.shopify import queries
from doorstep.providers.shopify.calls import Calls
from doorstep.providers.shopify.refusals import SHOP_REFUSES_US
from doorstep.providers.shopify.tokens import sealed
from doorstep.providers.shopify.translate import bulk as translate

log = logging.getLogger("doorstep.shopify")
FROM = 1000  # variants, from which on it is worth its waiting
AT_ONCE = 500  # listings on a page of ours
WAITS_S = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
NAMED, BY_PAGES = "bulk:", "pages:"  # how the places begin from which a list goes on
TIMEOUT = httpx.Timeout(60, connect=3)
LONGEST_S, A_THING_BYTES, MOST_BYTES = 900, 4000, 2_000_000_000  # of its file, which says beforehand how many things it has
_GOING = ("CREATED", "RUNNING", "CANCELING")


class Bulk:
    """The bulk operations of one connection; what was downloaded is kept while its pages are read."""

    def __init__(self, calls: Calls, *, location: str) -> None:
        self._calls, self._location = calls, location
        self._read: tuple[str, list[ListedItem]] = ("", [])

    def is_worth_it(self) -> bool:
        """Whether the shop offers that much."""
        count = self._calls.read(queries.COUNT, {"limit": FROM + 1})["productVariantsCount"]
        return count is not None and count["count"] > FROM

    def begin(self) -> ListingPage:
        """Starts to read, or joins what is being read already.  By pages, where Shopify lets no other run now."""
        running = self._calls.read(queries.BULK_RUNNING, {})["bulkOperations"]["nodes"]
        mine = next((one for one in running if one["status"] in _GOING and one["query"] == queries.BULK_LISTINGS.text), None)
        if mine is None:
            made = self._calls.ask(queries.BULK_RUN, {"query": queries.BULK_LISTINGS.text})["bulkOperationRunQuery"]
            if made["userErrors"]:
                return ListingPage([], BY_PAGES)
            mine = made["bulkOperation"]
        return ListingPage([], f"{NAMED}{mine['id']}#0#0")

    def go_on(self, after: str) -> ListingPage:
        """Waits a moment for what runs, or gives a part of what was read; by pages, where that is not whole.

        Raises: httpx errors.
        """
        id, at, times = after.removeprefix(NAMED).rsplit("#", 2)
        if self._read[0] != id:
            one = self._calls.read(queries.BULK, {"id": id})["bulkOperation"]
            if one is not None and one["status"] in _GOING:
                time.sleep(WAITS_S[min(int(times), len(WAITS_S) - 1)])
                return ListingPage([], f"{NAMED}{id}#{at}#{int(times) + 1}")
            if one is None or one["status"] != "COMPLETED":
                return self._failed(one)
            found = self._whole(one)
            if found is None:
                return ListingPage([], BY_PAGES)
            self._read = (id, found)
            self._asked_at = moment(one["createdAt"])
        return self._part(id, int(at))

    _asked_at: datetime | None = None

    def _part(self, id: str, at: int) -> ListingPage:
        every = self._read[1]
        rest = at + AT_ONCE < len(every)
        return ListingPage(every[at : at + AT_ONCE], f"{NAMED}{id}#{at + AT_ONCE}#0" if rest else None, self._asked_at)

    @staticmethod
    def _failed(one: Mapping[str, Any] | None) -> ListingPage:
        """By pages, unless the app may not read this at all."""
        if one is not None and one["errorCode"] == "ACCESS_DENIED":
            raise Refused(SHOP_REFUSES_US, {"answer": "access denied to products or inventory"})
        return ListingPage([], BY_PAGES)

    def _whole(self, one: Mapping[str, Any]) -> list[ListedItem] | None:
        """What it read.  A file that is not whole is fetched a second time; None where it is not whole then either."""
        for _ in range(2):
            try:
                return self._download(one)
            except Refused as refused:
                if refused.refusal is not UNREADABLE:
                    raise
                log.warning("bulk operation %s: %s", one["id"], refused)
        return None

    def _download(self, one: Mapping[str, Any]) -> list[ListedItem]:
        """What it read; an empty shop leaves no file.  The file lies elsewhere, so it is asked for without the token."""
        if not one["url"]:
            return []
        if urlsplit(one["url"]).scheme not in ("http", "https"):
            raise Refused(UNREADABLE, {"reason": f"a bulk operation left its file at {text(one['url'], 60)}"})
        most = min(answers.MOST_BYTES + int(one["objectCount"]) * A_THING_BYTES, MOST_BYTES)
        with (
            outward.client(TIMEOUT, most=most, longest_s=LONGEST_S) as http,
            http.stream("GET", sealed(one["url"])) as answer,
        ):
            answer.raise_for_status()
            return translate.read_listings(
                answer.iter_lines(), objects=int(one["objectCount"]), roots=int(one["rootObjectCount"]), location=self._location
            )
