"""A PostgreSQL that is somebody else's: on a TCP port, with a password, and for us a role without any privilege."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from doorstep.cli.postgres import OLDEST, programs, system_user
from tests.serving import free_port

ADMIN, ROLE, SECRET = "postgres", "brand", "a password with spaces"


def installed() -> dict[str, Path]:
    """Folders of PostgreSQL's programs: those of Debian's packages, which are older than ours, else those of the wheel."""
    found = {}
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        if folder.parent.name.isdigit() and int(folder.parent.name) >= OLDEST and (folder / "initdb").exists():
            found[f"debian-{folder.parent.name}"] = folder
    return found or {"wheel": programs()}


@dataclass(frozen=True)
class External:
    """A running server."""

    port: int

    def url(self, database: str) -> str:
        """The address of one of our databases, as an operator would write it."""
        return f"postgresql://{ROLE}:{SECRET.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def make_database(self, name: str, *, letters: str = "C.UTF-8") -> str:
        """A database of our role, as the README says; gives its address."""
        with self._admin() as db:
            db.execute(
                f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE template0 ENCODING 'UTF8' "
                f"LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE '{letters}'"
            )
        return self.url(name)

    def make_role(self) -> None:
        with self._admin() as db:
            db.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{SECRET}' NOSUPERUSER NOCREATEDB NOCREATEROLE")

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=ADMIN, password=SECRET, dbname="postgres", autocommit=True
        )


@contextmanager
def external(bin: Path) -> Iterator[External]:
    """Runs the programs of a folder as a server on a loopback port until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="doorstep-external-"))
    (folder / "password").write_text(SECRET)
    user = system_user() if os.geteuid() == 0 else None
    if user is not None:
        for path in (folder, folder / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(bin / program), *arguments], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, user=user and user.pw_uid, group=user and user.pw_gid,
            extra_groups=[] if user else None, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (program, log.read_text() if log.exists() else "")

    log = folder / "log"
    data, port = str(folder / "data"), free_port()
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
    run("initdb", "-D", data, "-U", ADMIN, "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync")
    run("pg_ctl", "-D", data, "-l", str(log), "-w", "-t", "60", "-o", options, "start")
    try:
        server = External(port)
        server.make_role()
        yield server
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
