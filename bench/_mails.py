"""Mails as customers write them: seeded, of many programs, languages and charsets; and real ones where they are there."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("DOORSTEP_MAILS", ROOT.parent / "shared" / "data" / "email"))
PAIRS = REAL / "reply_trimmer" / "test"

SAID = {
    "ko": [
        "주문한 상품이 아직 오지 않았습니다.", "사이즈 교환 부탁드립니다.", "색상이 사진과 다릅니다. 환불해 주세요.",
        "주소를 바꿔 주세요.", "감사합니다!",
    ],
    "en": [
        "Where is my order?", "Please exchange it for a size M.", "The mug arrived broken.", "Change my address, please.",
        "Thanks!",
    ],
}  # fmt: skip
QUOTES = [
    "\n\n2026년 11월 25일 (수) 오전 10:00, 모루 <help@moru.example>님이 작성:\n\n> 안녕하세요.\n> 도와드릴까요?",
    "\n\nOn Wed, Nov 25, 2026 at 10:00 AM Moru <help@moru.example> wrote:\n\n> Hello.\n> How can we help?",
    "\n\n-----Original Message-----\nFrom: Moru\nSent: Wednesday\nTo: you\nSubject: x\n\nHello.",
    "\n\n보낸 사람: 모루\n보낸 날짜: 2026년 11월 25일\n받는 사람: 고객\n제목: Re: 교환\n\n안녕하세요.",
    "\n\n나의 iPhone에서 보냄",
    "",
]
CHARSETS = ["utf-8", "utf-8", "cp949", "euc-kr", "iso-2022-kr"]


def mails(count: int, random: Random) -> list[tuple[str, bytes]]:
    """So many mails, each unlike the others.  Shapes: (sender, bytes) each; some have no Message-ID, some share one."""
    real = _real()
    return [_written(n, random) if n >= len(real) else ("real@example.com", real[n]) for n in range(count)]


def _real() -> list[bytes]:
    folder = REAL / "rfc_mail"
    found = [path.read_bytes() for path in sorted(folder.rglob("*.eml"))] if folder.is_dir() else []
    return list(dict.fromkeys(found))


def _written(n: int, random: Random) -> tuple[str, bytes]:
    sender = f"customer{random.randrange(200)}@example.com"
    language = random.choice(["ko", "ko", "en"])
    charset = random.choice(CHARSETS) if language == "ko" else "utf-8"
    text = "\n".join(random.sample(SAID[language], random.randint(1, 3))) + f"\n#{n}" + random.choice(QUOTES)
    body = text.replace("\n", "\r\n").encode(charset, "replace")
    subject = f"=?utf-8?B?{base64.b64encode(f'문의 {n}'.encode()).decode()}?="
    lines = [f"From: <{sender}>", "To: <help@moru.example>", f"Subject: {subject}"]
    kind = random.random()
    if kind < 0.9:
        lines.append(f"Message-ID: <{n}@example.com>")
    elif kind < 0.95:
        lines.append("Message-ID: <same-for-many@example.com>")
    if random.random() < 0.15:
        file = base64.encodebytes(random.randbytes(random.randint(100, 40_000)))
        lines += ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', ""]
        head = (
            "\r\n".join(lines).encode()
            + b"\r\n--b\r\nContent-Type: text/plain; charset="
            + charset.encode()
            + b"\r\n\r\n"
        )
        name = b'\r\n--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename="photo.jpg"\r\n'
        return sender, head + body + name + b"Content-Transfer-Encoding: base64\r\n\r\n" + file + b"\r\n--b--\r\n"
    lines += [f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit", ""]
    return sender, "\r\n".join(lines).encode() + b"\r\n" + body + b"\r\n"
