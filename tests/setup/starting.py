"""A real `bin/up` with a data folder and a port of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from doorstep.base import tls
from doorstep.cli.postgres import Server

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Start:
    """One start of the house on a data folder; `more`: what else stands in its environment."""

    home: Path
    port: int
    arguments: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        command = [sys.executable, "-m", "doorstep.cli.up", "--port", str(self.port), *self.arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(self.home) | dict(self.more), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for stream, kept in ((self.process.stdout, self.said), (self.process.stderr, self.complained)):
            threading.Thread(target=lambda s=stream, k=kept: k.extend(iter(s.readline, "")), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def until_ready(self) -> Start:
        until(lambda: len(self.said) >= 3 or self.process.poll() is not None, "the ready line", within_s=240)
        assert self.process.poll() is None, "".join(self.complained)
        return self

    def sign_in_words(self, words: str = "Sign in as") -> tuple[str, str]:
        found = re.search(rf"{words} (\S+) with the password (\S+)", "".join(self.said))
        assert found, self.said
        return found[1], found[2]

    def children(self) -> dict[int, psutil.Process]:
        """Those that run now, by process id."""
        kept = [pid for pid, _ in json.loads((self.home / "children.json").read_text())]
        return {pid: psutil.Process(pid) for pid in kept if psutil.pid_exists(pid)}

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=30, trust_env=False, verify=tls.trusted()).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """As the kernel would when memory runs out."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> tuple[int, float]:
        """Asks it to stop.  Returns: exit code, seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        return code, time.monotonic() - began


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DOORSTEP_")}
    return kept | {"DOORSTEP_HOME": str(home)}


def left_over(home: Path) -> list[str]:
    """Command lines of processes that work in this data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and any(str(home) in word for word in process.cmdline()):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def until(condition: Callable[[], object], what: str, *, within_s: float, every_s: float = 0.05) -> None:
    """`every_s`: more where to look costs a connection to the database."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {within_s} s for {what}"
        time.sleep(every_s)


def postmaster(home: Path) -> int:
    pid = Server(home / "pg").pid()
    assert pid is not None
    return pid


def sign_in(start: Start, words: str = "Sign in as") -> httpx.Client:
    """A browser in which the owner has signed in with the words that were printed, or whoever these words are about."""
    email, password = start.sign_in_words(words)
    browser = httpx.Client(base_url=start.url, trust_env=False, timeout=60, verify=tls.trusted())
    page = browser.get("/sign-in/")
    assert page.status_code == 200
    answer = browser.post(
        "/sign-in/",
        data={"login": email, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]},
        headers={"referer": start.url},
    )
    assert answer.status_code == 302, answer.text[:2000]
    return browser
