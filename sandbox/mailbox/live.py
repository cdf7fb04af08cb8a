"""Customers who do something by themselves: they write, chat, send something back, and hand parcels over.

Each knows only what a customer knows: the mails that they got.  What it does and how often: sandbox/README.md, "Mailbox".
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx

from sandbox.books import Books, now
from sandbox.mailbox import letters, pages
from sandbox.mailbox.letters import IN, OUT, Letter
from sandbox.serving import Fields, Refusal

LATELY_S = 6 * 3600
# A portal lets one address knock 20 times an hour; a visitor of the demo wants some of them too.
PORTAL_REST_S = 360.0
CODE_WITHIN_S = 40.0
OFF: dict[str, Any] = {"on": False, "every_s": 15.0}
_ORDER = re.compile(r"#[A-Za-z0-9-]*\d")
_CODE = re.compile(r"(?<!\d)(\d{3}) (\d{3})(?!\d)")
_TRACKING = re.compile(r"(?<!\d)6\d{11}(?!\d)")
_HANGUL = re.compile(r"[가-힣]")
_HIDDEN = re.compile(r'name="(csrfmiddlewaretoken|attempt|key)" value="([^"]*)"')
_LINE = re.compile(r'name="back-(\d+)"')
_ACTION = re.compile(r'<form method="post"[^>]* action="([^"]+/(?:check|send|code)/[^"]*)"')
_LABEL, _DELIVERED = re.compile(r"label|송장"), re.compile(r"delivered|배송이 완료")
SAYS = {
    "ko": {
        "where": ("배송 문의드립니다", ("안녕하세요. {order} 주문한 상품 언제쯤 도착하나요?", "{order} 어디까지 왔나요?")),
        "address": ("배송지 변경 부탁드려요", ("{order} 배송지를 바꾸고 싶습니다. 강남대로 396, 12층으로 보내 주실 수 있나요?",)),
        "thanks": ("감사합니다", ("빠르게 안내해 주셔서 감사합니다. 잘 기다리고 있을게요!", "확인했습니다. 감사합니다 :)")),
        "chat": ("", ("안녕하세요! 선물 포장도 되나요?", "{order} 주문에 쇼핑백 하나 추가할 수 있을까요?")),
    },
    "en": {
        "where": ("Where is my order?", ("Hello, where is my order {order}?", "Has {order} been shipped yet?")),
        "address": ("Change of address", ("I need to change the address of {order} to 18 Linden Street. Is that still possible?",)),
        "thanks": ("Thank you", ("Thanks for letting me know, I am looking forward to it!", "Great, thank you.")),
        "chat": ("", ("Hi! Do you offer gift wrapping?", "Could I add a tote bag to {order}?")),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Customer:
    """Somebody, a mail that they got, and the order that it names."""

    address: str
    letter: Letter
    subject: str
    text: str
    order: str

    @property
    def language(self) -> str:
        return "ko" if _HANGUL.search(self.subject) else "en"


Doing = Callable[[httpx.AsyncClient, dict[str, Any], Customer, random.Random], Awaitable[None]]


def parse(fields: Fields, before: dict[str, Any]) -> dict[str, Any]:
    """The switch as it was asked for; what is not said stays."""
    told = {
        name: fields.text(name) for name in ("house", "web", "slug", "carrier", "carrier_token") if fields.has(name)
    }
    every_s = fields.number("every_s", before["every_s"], low=0.05, high=86_400)
    return {**before, **told, "on": fields.flag("on"), "every_s": every_s}


class Crowd:
    """The loop, and the doings it chooses from."""

    def __init__(self, books: Books, *, write: Callable[[Fields], None]) -> None:
        self.books, self._write = books, write
        self.changed = asyncio.Event()
        self._portal_at = 0.0

    def switch(self) -> dict[str, Any]:
        return self.books.find_setting("live") or OFF

    def turn(self, fields: Fields) -> dict[str, Any]:
        live = parse(fields, self.switch())
        self.books.set_setting("live", live)
        self.changed.set()
        return live

    async def run(self) -> None:
        """While on, somebody does something every `every_s`, jittered by half; turning it off ends what is under way."""
        while True:
            live = self.switch()
            self.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(live["every_s"] * random.uniform(0.5, 1.5) if live["on"] else None):
                    await self.changed.wait()
                    continue
            doing = asyncio.create_task(self._something(live))
            waiting = asyncio.create_task(self.changed.wait())
            try:
                await asyncio.wait({doing, waiting}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (doing, waiting):
                    task.cancel()
                await asyncio.gather(doing, waiting, return_exceptions=True)

    async def _something(self, live: dict[str, Any]) -> None:
        """One doing of one customer; a house that is away or answers otherwise is left in peace until the next turn."""
        dice = random.Random(secrets.token_hex(8))
        chosen = self._choose(live, dice)
        if chosen is None:
            return
        do, somebody = chosen
        with contextlib.suppress(httpx.HTTPError, Refusal):
            async with httpx.AsyncClient(timeout=5, trust_env=False, follow_redirects=True) as http:
                await do(http, live, somebody, dice)

    def _choose(self, live: dict[str, Any], dice: random.Random) -> tuple[Doing, Customer] | None:
        """Who has a label hands over first; now and then somebody whose order was delivered sends it back; else they write."""
        lately = self._lately()
        labels = [one for one in lately if _LABEL.search(one.subject) and self._is_fresh(one)]
        if labels and "carrier" in live:
            return self._hand_over, dice.choice(labels)
        delivered = [one for one in lately if _DELIVERED.search(one.subject) and one.order in one.subject]
        if delivered and "web" in live and now() - self._portal_at > PORTAL_REST_S and dice.random() < 0.5:
            return self._send_back, dice.choice(delivered)
        of_orders = {one.address: one for one in reversed(lately) if one.order}
        if not of_orders:
            return None
        who = dice.choice(list(of_orders.values()))
        return (self._chat if "web" in live and dice.random() < 0.25 else self._mail), who

    def _lately(self) -> list[Customer]:
        """The mails that customers got lately and that name an order or bring a label, newest first."""
        found = []
        for letter in letters.taken_since(self.books, now() - LATELY_S):
            subject, text = pages.subject_of(letter), pages.text_of(letter)
            order = _ORDER.search(f"{subject}\n{text}")
            if order is not None or _LABEL.search(subject):
                found.append(Customer(letter.person, letter, subject, text, order[0] if order else ""))
        return found

    def _is_fresh(self, somebody: Customer) -> bool:
        """Whether their label was not handed over yet."""
        number = _TRACKING.search(somebody.text)
        return number is not None and number[0] not in self._handed_over()

    def _handed_over(self) -> list[str]:
        return list((self.books.find_setting("handed_over") or {"numbers": []})["numbers"])

    async def _mail(self, _http: httpx.AsyncClient, live: dict[str, Any], who: Customer, dice: random.Random) -> None:
        """A question, or thanks for what they were told; somebody who has written lately lets it rest."""
        wrote = self.books.number(
            "SELECT count(*) FROM letter WHERE way = ? AND person = ? AND at > ?", IN, who.address, now() - 900
        )
        if wrote:
            return
        what = dice.choice(("where", "where", "address", "thanks"))
        subject, texts = SAYS[who.language][what]
        text = dice.choice(texts).format(order=who.order)
        said = {"from": who.address, "to": who.letter.house, "subject": subject, "text": text}
        if what == "thanks":
            answer = pages.quoting(self.books, {"text": text, "in_reply_to": who.letter.message_id})
            said |= {"subject": f"Re: {who.subject}", "in_reply_to": who.letter.message_id, "text": answer}
        said["to"] = live.get("house") or said["to"]
        self._write(Fields(said))

    async def _chat(self, http: httpx.AsyncClient, live: dict[str, Any], who: Customer, dice: random.Random) -> None:
        """A visitor of the shop says something, and leaves their address."""
        text = dice.choice(SAYS[who.language]["chat"][1]).format(order=who.order)
        begun = await http.post(f"{live['web']}/chat/begin", json={"brand": live["slug"], "language": who.language})
        token = begun.raise_for_status().json()["token"]
        fields = {"token": token, "text": text, "client_id": secrets.token_hex(8), "language": who.language}
        said = await http.post(f"{live['web']}/chat/say", json=fields)
        token = said.raise_for_status().json()["token"]
        await http.post(
            f"{live['web']}/chat/address", json={"token": token, "address": who.address, "language": who.language}
        )

    async def _hand_over(
        self, http: httpx.AsyncClient, live: dict[str, Any], who: Customer, _dice: random.Random
    ) -> None:
        """They take the parcel of their return to the carrier, who scans it."""
        number = _TRACKING.search(who.text)
        if number is None:
            return
        headers = {"authorization": f"Bearer {live.get('carrier_token', 'sandbox')}"}
        scanned = await http.post(
            f"{live['carrier']}/admin/advance", headers=headers, json={"tracking_number": number[0], "to": "11"}
        )
        if scanned.status_code < 500:
            self.books.set_setting("handed_over", {"numbers": [*self._handed_over(), number[0]][-500:]})

    async def _send_back(
        self, http: httpx.AsyncClient, live: dict[str, Any], who: Customer, dice: random.Random
    ) -> None:
        """They walk through the returns portal as a person does: order and address, the code from their mail, the forms."""
        self._portal_at = now()
        form = {"number": who.order, "email": who.address}
        page = await http.get(f"{live['web']}/r/{live['slug']}/?language={who.language}")
        asked = await http.post(page.url, data={**form, **dict(_HIDDEN.findall(page.text))})
        code = await self._code(who.address, since=self._portal_at)
        if code is None:
            return
        opened = await self._post(http, asked, {**form, "code": code})
        lines = _LINE.findall(opened.text)
        if not lines:
            return
        line = dice.choice(lines)
        reason = dice.choice(("changed_mind", "not_as_described", "wrong_item", "damaged"))
        wish = {f"back-{line}": "1", f"qty-{line}": "1", f"reason-{line}": reason}
        checked = await self._post(http, opened, wish)
        outcome = dice.choice(("refund_original", "refund_original", "store_credit"))
        await self._post(http, checked, {**wish, f"outcome-{line}": outcome, f"stated-{line}": "unopened"})

    async def _post(self, http: httpx.AsyncClient, page: httpx.Response, fields: dict[str, str]) -> httpx.Response:
        """Sends the form of a page; one without a form is answered by itself."""
        action = _ACTION.search(page.text)
        if action is None:
            return page
        to = urljoin(str(page.url), action[1].replace("&amp;", "&"))
        return (await http.post(to, data={**dict(_HIDDEN.findall(page.text)), **fields})).raise_for_status()

    async def _code(self, address: str, *, since: float) -> str | None:
        """The code that came by mail, once it is there."""
        deadline = now() + CODE_WITHIN_S
        while now() < deadline:
            for letter in reversed(letters.of_person(self.books, address)):
                found = _CODE.search(pages.subject_of(letter)) if letter.way == OUT and letter.at >= since - 1 else None
                if found is not None:
                    return found[1] + found[2]
            await asyncio.sleep(0.5)
        return None
