"""`bin/up`: everything that Doorstep needs on one machine, in the foreground, until it is told to stop."""

from __future__ import annotations

import argparse
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

import psutil

from doorstep.cli.backup import marker
from doorstep.cli.main import ROOT, data_home
from doorstep.cli.postgres import Server, Trouble, require_fit
from doorstep.cli.supervise import Child, Crew, spawn

READY_WITHIN_S = 180
PORT_FREED_WITHIN_S = 3
TRIES = 3
MOST_WEB_PROCESSES = 64
CONNECTIONS_EACH = 12  # ten of the pool, one that listens, one that says whether all is ready
COMPILED_LAST = Path(__file__).with_name("management") / "commands" / "prepare.py"
HOUSE = "doorstep.cli.web, doorstep.config.asgi, doorstep.cli.management.commands.prepare"
SANDBOX = ("shop", "carrier", "payment", "mailbox", "warehouse")
PORTS = Path("sandbox") / "ports.json"
VENDORS = ("shopify", "woocommerce", "amazon", "phone")  # of the demo brand alone


class Stopped(BaseException):
    """Somebody asked us to stop."""


@dataclass
class Database:
    """The embedded server, or None where the database lies elsewhere and is somebody else's to keep running."""

    server: Server | None
    again_at: float = 0.0
    wait_s: float = 0.5

    def tend(self) -> None:
        """Starts the server again when it is gone; one that will not start is tried again later."""
        if self.server is None or time.monotonic() < self.again_at or _lives(self.server.pid()):
            return
        print("PostgreSQL ended; starting it again.", file=sys.stderr)
        try:
            self.server.start()
            self.wait_s = 0.5
        except Trouble as trouble:
            self.again_at = time.monotonic() + self.wait_s
            self.wait_s = min(self.wait_s * 2, 15)
            print(trouble, file=sys.stderr)

    def stop(self) -> None:
        """Stops the server, be it started by us or found running."""
        if self.server is not None:
            self.server.stop()


def main(arguments: list[str]) -> int:
    """Runs until SIGTERM, SIGINT or SIGHUP.  Returns: the exit code."""
    parser = argparse.ArgumentParser(prog="bin/up", description="Sets up what is missing and runs Doorstep.")
    parser.add_argument("--port", type=int, default=8000, help="where the web process listens (default 8000)")
    parser.add_argument("--empty", action="store_true", help="an organisation without the demo brand")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return _run(port=options.port, empty=options.empty)
    except Stopped:
        return 0
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    for other in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Stopped


def _run(*, port: int, empty: bool) -> int:
    trial = os.environ.get("DOORSTEP_ENV") != "production"
    processes = _web_processes(trial)
    home = data_home()
    home.mkdir(parents=True, exist_ok=True)
    lock = only_one(home)
    _require_whole(home)
    crew = Crew(ROOT, {}, home / "children.json")
    crew.end_left_over()
    _require_free(port)
    database = Database(_embedded(home, trial, processes))
    crew.environment = _environment(home, database, port)
    if processes > 1:
        crew.environment = {**crew.environment, "PROMETHEUS_MULTIPROC_DIR": str(_counted_in(home))}
    try:
        if database.server is not None:
            print("Starting PostgreSQL ...", file=sys.stderr)
            _start(database.server, crew)
        if trial:
            _open_sandbox(crew, home, vendors=_vendors(home, empty=empty))
        _serve(crew, database, port=port, processes=processes, empty=empty or not trial)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        crew.stop()
        database.stop()
        lock.close()


def _start(server: Server, crew: Crew) -> None:
    """Starts PostgreSQL.  While a new one is made, the house is compiled beside it, where it was not yet.

    The house is several processes that start at once: what one of them compiles now, none compiles then.
    """
    if server.is_made or Path(cache_from_source(str(COMPILED_LAST))).exists():
        server.start()
        return
    compiling = spawn([sys.executable, "-c", f"import {HOUSE}"], environment=crew.environment, folder=ROOT)
    try:
        server.start()
    finally:
        compiling.wait()


def _environment(home: Path, database: Database, port: int) -> dict[str, str]:
    environment = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "doorstep.config.settings", "DOORSTEP_HOME": str(home)}
    environment.setdefault("DOORSTEP_PUBLIC_URL", f"http://127.0.0.1:{port}")
    environment.setdefault("PYTHONWARNINGS", "ignore:No directory at")  # static files come straight from the sources
    if database.server is not None:
        environment["DOORSTEP_DATABASE_URL"] = database.server.url()
    return environment


def _open_sandbox(crew: Crew, home: Path, *, vendors: Sequence[str]) -> None:
    """Starts the world around the demo brand."""
    ports = _sandbox_ports(home, (*SANDBOX, *vendors))
    urls = {name: f"http://127.0.0.1:{at}" for name, at in ports.items()}
    told = {f"DOORSTEP_SANDBOX_{name.upper()}_URL": urls[name] for name in SANDBOX}
    told["DOORSTEP_SANDBOX_VENDORS"] = " ".join(f"{name}={urls[name]}" for name in vendors)
    crew.environment = {**crew.environment, **told}
    for name, at in ports.items():
        python = [sys.executable, "-m", f"sandbox.{name}"]
        # A copy of another house has that one's address in its books until it has introduced itself.
        only_to = crew.environment["DOORSTEP_PUBLIC_URL"]
        options = ["--home", str(home / "sandbox" / name), "--port", str(at), "--only-to", only_to]
        crew.add(Child(f"sandbox {name}", [*python, *options], quiet=True))


def _vendors(home: Path, *, empty: bool) -> Sequence[str]:
    """Which vendors' shops there shall be: all where a demo brand is about to be made, else those of the last start."""
    ports = _ports_before(home)
    return VENDORS if not ports and not empty else [name for name in VENDORS if name in ports]


def _serve(crew: Crew, database: Database, *, port: int, processes: int, empty: bool) -> NoReturn:
    """Starts web and worker, prepares the database and tends them all for ever; ends only by an exception."""
    web = crew.add(Child("web", _web(port)))
    for number in range(2, processes + 1):
        crew.add(Child(f"web {number}", _web(port)))
    first_words = _prepare(crew, database, empty=empty)
    crew.add(Child("worker", [sys.executable, "-m", "doorstep.cli.main", "worker"]))
    _wait_until_ready(port, web, crew, database)
    print(f"ready: http://127.0.0.1:{port}")
    print("\n".join(first_words), flush=True)
    while True:
        time.sleep(0.2)
        database.tend()
        crew.tend()


def _web_processes(trial: bool) -> int:
    """How many web processes there shall be: DOORSTEP_WEB_PROCESSES, else one per core, and one in a trial.

    Each has an interpreter of its own.  Refuses: what is no number from 1 to 64.
    """
    said = os.environ.get("DOORSTEP_WEB_PROCESSES") or str(1 if trial else min(os.cpu_count() or 1, MOST_WEB_PROCESSES))
    if not said.isdecimal() or not 1 <= int(said) <= MOST_WEB_PROCESSES:
        raise Trouble(f"DOORSTEP_WEB_PROCESSES is {said}; it must be a number from 1 to {MOST_WEB_PROCESSES}.")
    return int(said)


def _web(port: int) -> list[str]:
    return [sys.executable, "-m", "doorstep.cli.web", "--port", str(port)]


def _prepare(crew: Crew, database: Database, *, empty: bool) -> list[str]:
    """Migrates and seeds in a process of its own, so that this one stays small and has one thread.

    Returns: how to sign in, line by line.
    """
    command = [sys.executable, "-m", "doorstep.cli.main", "prepare", *(["--empty"] if empty else [])]
    for _ in range(TRIES):
        process = spawn(command, environment=crew.environment, folder=ROOT, stdout=subprocess.PIPE)
        try:
            said, _nothing = process.communicate()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode == 0:
            return said.strip().splitlines()
        if database.server is None or _lives(database.server.pid()):
            break
        database.tend()
    raise Trouble("The database could not be prepared; what went wrong stands above.")


def _wait_until_ready(port: int, web: Child, crew: Crew, database: Database) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not _is_ready(port):
        if web.deaths >= TRIES or time.monotonic() > deadline:
            raise Trouble("The web process does not get ready; what went wrong stands above.")
        time.sleep(0.1)
        database.tend()
        crew.tend()


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _counted_in(home: Path) -> Path:
    """An empty folder in which several web processes count together."""
    folder = home / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _embedded(home: Path, trial: bool, processes: int) -> Server | None:
    if url := os.environ.get("DOORSTEP_DATABASE_URL"):
        require_fit(url)
        return None
    if not trial:
        raise Trouble("In production set DOORSTEP_DATABASE_URL; the embedded database is for trials.")
    return Server(home / "pg", connections=100 + CONNECTIONS_EACH * (processes - 1))


def only_one(home: Path) -> IO[str]:
    """Takes this data folder for us; the kernel frees it when we end, so it can never be stale."""
    lock = (home / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise Trouble(
            f"Doorstep runs already in {home} (process {lock.read().strip() or 'unknown'}). "
            "Stop it first, or set DOORSTEP_HOME to another folder."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _require_whole(home: Path) -> None:
    """Refuses a house that a killed restore left half moved in."""
    restore = marker.find(home)
    if restore is not None and restore.moving:
        raise Trouble(f"A restore was interrupted. Repeat it first: bin/doorstep restore {restore.archive}")
    if restore is not None:
        print("A restore was interrupted before it changed anything. Repeat it, or go on without.", file=sys.stderr)
        marker.remove(home)


def _require_free(port: int) -> None:
    """Refuses a port that somebody listens on; a start that was just killed has a moment to let go of it."""
    deadline = time.monotonic() + PORT_FREED_WITHIN_S
    while not _is_free(port):
        if time.monotonic() > deadline:
            raise Trouble(f"Port {port} is in use by another program. Choose another one: bin/up --port {port + 1}")
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _ports_before(home: Path) -> dict[str, Any]:
    """Where the sandbox listened at the last start."""
    try:
        before = json.loads((home / PORTS).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return before if isinstance(before, dict) else {}


def _sandbox_ports(home: Path, names: Sequence[str]) -> dict[str, int]:
    """Where the sandbox listens: as at the last start, unless somebody took that port meanwhile."""
    path, before = home / PORTS, _ports_before(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    ports: dict[str, int] = {}
    for name in names:
        kept = before.get(name, 0)
        if not (isinstance(kept, int) and kept and _is_free(kept)):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                kept = probe.getsockname()[1]
        ports[name] = kept
    path.write_text(json.dumps(ports))
    return ports


def _lives(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
