"""Customers write mails of all kinds; the house answers some by itself, agents the others."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from bench import _brand
from bench._walks.world import World, sandbox

EVERY_S = 0.25
ASKING = ("Where is my order #{name}?", "주문번호 #{name} 택배 언제 오나요?", "When will my order #{name} arrive?")
OTHER = ("색상이 사진과 다릅니다.", "The mug has a crack.", "주소를 바꿔 주세요.", "Do you have it in blue?")
AT_ONCE = 10


@dataclass
class Post:
    """Every mail that customers wrote, byte for byte, and whether a person wrote it."""

    written: dict[bytes, bool] = field(default_factory=dict)


class Customers:
    """They ask, answer what they got, and have machines that say they are out."""

    def __init__(self, world: World, post: Post) -> None:
        self.world, self.post, self.random = world, post, world.random("customers")
        self.got: dict[str, list[str]] = {}
        self.seen_at = 0.0

    def write(self) -> None:
        """One mail."""
        if self.world.closing.is_set() or not self.world.sent:
            time.sleep(0.3)
            return
        external_id = self.random.choice([name for name in self.world.sent if name[0] == "B"] or ["B1"])
        sender = f"buyer{int(external_id[1:]) % 50}@example.com"
        raw, is_person = self._mail(sender, external_id)
        self.post.written[raw] = is_person
        body = {"from": sender, "to": _brand.ADDRESS, "raw": base64.b64encode(raw).decode()}
        sandbox("POST", f"{self.world.at.mailbox_url}/admin/write", body)
        time.sleep(EVERY_S)

    def _mail(self, sender: str, external_id: str) -> tuple[bytes, bool]:
        number, kind = len(self.post.written), self.random.random()
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = f"Minseo <{sender}>", _brand.ADDRESS
        message["Subject"] = f"문의 {number}"
        if kind > 0.05:
            message["Message-ID"] = f"<{number}.{self.world.seed}@example.com>"
        text = self.random.choice(ASKING).format(name=external_id) if kind < 0.5 else self.random.choice(OTHER)
        before = self._received_by(sender)
        if kind > 0.7 and before:
            message["In-Reply-To"] = self.random.choice(before)
        if kind > 0.9:
            message["Auto-Submitted"] = "auto-replied"
        message.set_content(f"{text}\n\n-- {number}\n", charset=self.random.choice(["utf-8", "euc-kr"]), cte="8bit")
        return message.as_bytes(), kind <= 0.9

    def _received_by(self, sender: str) -> list[str]:
        if time.monotonic() > self.seen_at + 3:
            taken = sandbox("GET", f"{self.world.at.mailbox_url}/admin/books")["taken"]
            self.got = {}
            for letter in taken:
                self.got.setdefault(letter["to"], []).append(letter["message_id"])
            self.seen_at = time.monotonic()
        return self.got.get(sender, [])


class Agents:
    """They answer through the API whoever waits; a click that was lost is made again."""

    def __init__(self, world: World) -> None:
        self.world, self.random = world, world.random("agents")

    def answer(self) -> None:
        """Answers a few conversations, each as it stands."""
        from doorstep.base import db
        from doorstep.inbox import queries
        from doorstep.inbox.queries import ConversationFilter

        ctx = self.world.now()
        for row in queries.list_conversations(ctx, where=ConversationFilter(view="waiting"), limit=AT_ONCE):
            last = db.scalar(
                "SELECT max(id) FROM inbox_message WHERE conversation_id = %s AND direction = 'in'", [row.id]
            )
            body: dict[str, Any] = {"version": row.version, "text": f"Answer to message {last}."}
            path, key = f"/conversations/{row.id}/reply", f"answer-{last}-{row.version}"
            for _ in range(1 + (self.random.random() < 0.2)):
                self.world.post(path, body, key=key)
