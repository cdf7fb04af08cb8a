"""A thousand mails come in while two workers read the mailbox and are killed.

N = 1,000 mails: the real ones where ../shared is there (DOORSTEP_MAILS), the rest written from templates in Korean and English,
five charsets, with and without attachments and Message-IDs, some twice.  Kill -9 of a worker, the database or the mailbox at
seeded moments, as often as DOORSTEP_FAULT_KILLS says, at least 5.  Figures: mails that were not kept byte for byte or are no
message of a conversation although somebody wrote them, mails kept or filed more than once, how long it took after the last was
written, and how many of 64 mails are trimmed as people trimmed them.  DOORSTEP_BENCH_MAILS takes another number than 1,000.
Left out: loss of the machine itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import threading
import time
from collections import Counter
from random import Random
from typing import Any

import httpx

from bench import _apart

NAME = "mail"
MAILS = int(os.environ.get("DOORSTEP_BENCH_MAILS", "1000"))
TOKEN = {"Authorization": "Bearer sandbox"}
VICTIMS = ["worker", "second worker", "database", "mailbox"]


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    return _apart.run("bench.mail")


def main() -> None:
    """Prints the seed first, each mail that is trimmed otherwise, and the figures, as JSON, last."""
    seed = int(os.environ.get("DOORSTEP_FAULT_SEED", str(int(time.time()))))
    kills = max(5, int(os.environ.get("DOORSTEP_FAULT_KILLS", "8")))
    print(f"seed {seed}, {kills} kills", flush=True)
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        for name in ("mailbox", "worker", "second worker"):
            at.start(name)
        story = Story(at, Random(seed))
        story.run(kills)
        figures = story.figures(kills)
    print(json.dumps(figures | trimmed()))


class Story:
    """Customers writing, two workers reading, and somebody pulling plugs."""

    def __init__(self, at: Any, random: Random) -> None:
        from bench import _brand, _mails

        self.at, self.random = at, random
        self.mails = _mails.mails(MAILS, random)
        self.ctx, self.mailbox_id = _brand.with_mailbox(at.mailbox_url)
        self.customers = httpx.Client(base_url=at.mailbox_url, headers=TOKEN, timeout=5, trust_env=False)
        self.wrote_s = self.kept_s = 0.0

    def run(self, kills: int) -> None:
        """Ends when nothing waits in the mailbox any more."""
        from bench.house import eventually

        writer = threading.Thread(target=self._write)
        writer.start()
        for _ in range(kills):
            time.sleep(self.random.uniform(0.5, 5.0))
            name = self.random.choice(VICTIMS)
            self.at.kill(name)
            time.sleep(self.random.uniform(0, 0.5))
            self.at.revive(name)
        writer.join()
        began = time.monotonic()
        eventually(self._all_read, within_s=180, every_s=0.3)
        self.kept_s = time.monotonic() - began

    def _write(self) -> None:
        began = time.monotonic()
        for n, (sender, raw) in enumerate(self.mails):
            again = 2 if n % 40 == 0 else 1
            time.sleep(0.01)
            for _ in range(again):
                self._post({"from": sender, "to": "help@moru.example", "raw": base64.b64encode(raw).decode()})
        self.wrote_s = time.monotonic() - began

    def _post(self, body: dict[str, str]) -> None:
        """Written until it was taken: a mailbox that is killed may then hold it twice."""
        while True:
            try:
                answer = self.customers.post("/admin/write", json=body)
                if answer.status_code == 201:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)

    def _all_read(self) -> bool:
        from django.db import DatabaseError, InterfaceError, connection

        from doorstep.base import db

        try:
            uid = db.scalar("SELECT last_uid FROM messaging_mailbox WHERE id = %s", [self.mailbox_id])
            address = {"after": str(uid), "address": "help@moru.example"}
            page = self.customers.get("/messages", params=address).json()
        except (DatabaseError, InterfaceError, httpx.HTTPError, ValueError):
            connection.close()
            return False
        return bool(uid > 0 and page["messages"] == [] and self._unread() == 0)

    def _unread(self) -> int:
        """Mails that are kept and not read."""
        from doorstep.base import db

        return int(db.scalar("SELECT count(*) FROM base_arrival WHERE source = 'mail' AND outcome = 'received'"))

    def _filed(self, rows: list[dict[str, Any]]) -> tuple[int, int, int]:
        """Messages of conversations, mails that somebody wrote and that are none, and mails that are more than one.

        A mail that says that it is here already is none of its own: then the same words of the same sender must be there.
        """
        from doorstep.base import db
        from doorstep.flows.file_mail import HERE_ALREADY, NO_SENDER, OUR_OWN
        from doorstep.messaging.reading import MailKind, read_mail

        found = db.dicts("SELECT arrival_id, conversation_id, address, text FROM inbox_message WHERE direction = 'in'")
        filed = Counter(message["arrival_id"] for message in found)
        said = {(message["conversation_id"], message["address"], message["text"]) for message in found}
        unfiled = 0
        for row in rows:
            mail, detail = read_mail(bytes(row["body"])), row["detail"]
            if filed[row["id"]] or mail.kind is MailKind.BOUNCE or detail.get("reason") in (OUR_OWN, NO_SENDER):
                continue
            is_here = (detail.get("conversation_id"), detail.get("from"), mail.text) in said
            if detail.get("reason") != HERE_ALREADY or not is_here:
                print(f"no message: arrival {row['id']}, {row['outcome']}, {detail}", file=sys.stderr)
                unfiled += 1
        known = {row["id"] for row in rows}
        doubled = sum(n - 1 for n in filed.values()) + sum(id not in known for id in filed)
        return len(found), unfiled, doubled

    def figures(self, kills: int) -> dict[str, float]:
        """Compares what was written with what was kept."""
        from doorstep.base import db

        rows = db.dicts(
            "SELECT id, body, outcome, detail FROM base_arrival WHERE source = 'mail' AND organisation_id = %s",
            [self.ctx.organisation_id],
        )
        kept = Counter(bytes(row["body"]) for row in rows)
        messages, unfiled, filed_again = self._filed(rows)
        written = {raw for _sender, raw in self.mails}
        lost = [raw for raw in written if raw not in kept]
        for raw in lost[:5]:
            print(f"lost: {hashlib.sha256(raw).hexdigest()}", file=sys.stderr)
        strange = sum(raw not in written for raw in kept)
        return {
            "mail.kills": float(kills),
            "mail.written": float(len(written)),
            "mail.kept": float(sum(kept.values())),
            "mail.messages": float(messages),
            "mail.lost": float(len(lost) + unfiled),
            "mail.doubled": float(sum(n - 1 for n in kept.values()) + strange + filed_again),
            "mail.unread": float(self._unread()),
            "mail.failed": float(
                db.scalar("SELECT count(*) FROM base_arrival WHERE source = 'mail' AND outcome = 'failed'")
            ),
            "mail.writing_seconds": self.wrote_s,
            "mail.seconds_after_the_last": self.kept_s,
        }


def trimmed() -> dict[str, float]:
    """How many mails are trimmed as people trimmed them; each that is not is printed.  Nothing where they are not there."""
    from bench._mails import PAIRS
    from doorstep.messaging.reading.folding import fold

    if not PAIRS.is_dir():
        return {}
    exact = 0
    mails = sorted((PAIRS / "emails").iterdir())
    for path in mails:
        want = (PAIRS / "trimmed" / path.name).read_text(encoding="utf-8").split()
        got = fold(path.read_text(encoding="utf-8").replace("\r\n", "\n"))[0].split()
        exact += got == want
        if got != want:
            print(f"trimmed otherwise: {path.name}\n  want {' '.join(want)[:200]}\n  got  {' '.join(got)[:200]}")
    return {"mail.trim_mails": float(len(mails)), "mail.trim_exact": exact / len(mails)}


if __name__ == "__main__":
    main()
