"""A whole house for a benchmark: database, web, worker, carrier and mail server, each of which can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from doorstep.base import tls
from doorstep.cli.postgres import Server

ROOT = Path(__file__).resolve().parent.parent
PORTS = range(20_000, 32_000)


class Postman:
    """Takes mail and counts how often each Message-ID came."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for line in content.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
            if line.lower().startswith(b"message-id:"):
                self.seen[line.partition(b":")[2].strip().decode()] += 1
        return "250 taken"


@dataclass
class House:
    home: Path
    port: int
    carrier_port: int
    server: Server
    postman: Postman
    mail_port: int
    mailbox_port: int = field(default_factory=lambda: free_port())
    payment_port: int = field(default_factory=lambda: free_port())
    second_carrier_port: int = field(default_factory=lambda: free_port())
    second_port: int = field(default_factory=lambda: free_port())
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    web_processes: int = 1
    others: dict[str, list[str]] = field(default_factory=dict)  # servers that one bench has: modules and their arguments

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ports(self) -> list[int]:
        """Where it is served: both ports while a second web process is one of the house."""
        return [self.port] + [self.second_port] * ("second web" in self.known)

    @property
    def carrier_url(self) -> str:
        return f"http://127.0.0.1:{self.carrier_port}"

    @property
    def mailbox_url(self) -> str:
        return f"http://127.0.0.1:{self.mailbox_port}"

    @property
    def second_carrier_url(self) -> str:
        return f"http://127.0.0.1:{self.second_carrier_port}"

    @property
    def payment_url(self) -> str:
        return f"http://127.0.0.1:{self.payment_port}"

    def environment(self) -> dict[str, str]:
        """What every process of the house is started with."""
        return os.environ | {
            "DOORSTEP_DATABASE_URL": self.server.url(), "DOORSTEP_HOME": str(self.home), "PYTHONWARNINGS": "ignore",
            "DOORSTEP_DIRECT_DATABASE_URL": "", "DOORSTEP_PUBLIC_URL": self.url, "PYTHONPATH": str(ROOT),
            "DOORSTEP_SECRET_KEY": "bench", "DJANGO_SETTINGS_MODULE": "doorstep.config.settings",
            "DOORSTEP_SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}", "DOORSTEP_API_REQUESTS_PER_MINUTE": "1000000",
        }  # fmt: skip

    def start(self, name: str) -> None:
        """Starts one of web, second web, worker, second worker, carrier, second carrier, mailbox, payment, and `others`."""
        command = self.others.get(name) or {
            "web": self._web(self.port),
            "second web": self._web(self.second_port),
            "worker": ["doorstep.cli.main", "worker"],
            "second worker": ["doorstep.cli.main", "worker"],
            "mailbox": ["sandbox.mailbox", "--home", str(self.home / "mailbox"), "--port", str(self.mailbox_port)],
            "second carrier": ["sandbox.carrier", "--home", str(self.home / "second-carrier"), "--port",
                               str(self.second_carrier_port), "--scale", "1"],
            "payment": ["sandbox.payment", "--home", str(self.home / "payment"), "--port", str(self.payment_port)],
            "carrier": ["sandbox.carrier", "--home", str(self.home / "carrier"), "--port", str(self.carrier_port),
                        "--scale", "1"],
        }[name]  # fmt: skip
        self.known.add(name)
        self._spawn(name, command)
        for number in range(2, self.web_processes + 1) if name == "web" else ():
            self._spawn(f"web {number}", command)

    def _spawn(self, name: str, command: list[str]) -> None:
        log = (self.home / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.environment(),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def _web(self, port: int) -> list[str]:
        return ["doorstep.cli.web", "--port", str(port), "--log-level", "error"]

    @property
    def web_pids(self) -> list[int]:
        """The processes that answer at `port`."""
        return [process.pid for name, process in self.processes.items() if name.startswith("web")]

    def kill(self, name: str) -> None:
        """Kill -9 of the database or one of the processes."""
        if name == "database":
            pid = self.server.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            return
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def revive(self, name: str) -> None:
        """Starts again what was killed."""
        if name == "database":
            self.server.start()
        else:
            self.start(name)

    def tend(self) -> None:
        """Starts again what ended by itself, as the supervisor of a house does: a worker that finds no database goes."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                print(f"{name} ended by itself ({process.returncode}) and is started again", file=sys.stderr)
                if name in self.known:
                    self.start(name)
                else:
                    self._spawn(name, self._web(self.port))

    def wait_ready(self, wait_s: float = 120) -> None:
        """Waits until every web process says that it is ready."""
        deadline = time.monotonic() + wait_s
        for port in self.ports:
            while said := self._lacks(port):
                if time.monotonic() > deadline:
                    log = (self.home / ("web.log" if port == self.port else "second web.log")).read_text()
                    raise RuntimeError(f"{port} is not ready: {said}\n{log[-3000:]}")
                time.sleep(0.1)

    def _lacks(self, port: int) -> str:
        """What a web process lacks to be ready; "" where it is."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10, verify=tls.trusted())
        except httpx.HTTPError as trouble:
            return repr(trouble)
        if port == self.port and not all(map(_listens, self.web_pids)):
            return "not every process listens"
        return "" if answer.status_code == httpx.codes.OK else answer.text[:300]

    def command(self, *arguments: str) -> str:
        """Runs a management command; gives what it printed.  Raises: RuntimeError with its output when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "doorstep.cli.main", *arguments], env=self.environment(), cwd=ROOT,
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
        return done.stdout


def _listens(pid: int) -> bool:
    return any(one.status == psutil.CONN_LISTEN for one in psutil.Process(pid).net_connections("tcp"))


def free_port() -> int:
    """A port for somebody who binds it in a moment; below those that the kernel gives meanwhile to whoever wants any."""
    for port in SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


@contextmanager
def house() -> Iterator[House]:
    """A house with an empty, migrated database, fsync on; everything is stopped and removed at the end."""
    with TemporaryDirectory(prefix="doorstep-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        (home / "carrier").mkdir()
        postman = Postman()
        mail = Controller(postman, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        mail.start()
        made = House(home, free_port(), free_port(), Server(home / "pg"), postman, mail.port)
        try:
            made.server.start()
            made.command("migrate", "--verbosity", "0", "--skip-checks")
            yield made
        finally:
            for process in made.processes.values():
                process.terminate()
            for process in made.processes.values():
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
            mail.stop()
            made.server.stop()


def eventually(what: Callable[[], Any], *, within_s: float, every_s: float = 0.2) -> Any:
    """Asks until the answer is true; gives it.  Raises: TimeoutError with the last answer."""
    deadline = time.monotonic() + within_s
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {answer!r} after {within_s} s")
        time.sleep(every_s)
