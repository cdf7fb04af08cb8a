"""A Dovecot of our own: its own folder, loopback ports, one person's mail; as root and as an ordinary user."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.serving import free_port

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
OPENSSL = shutil.which("openssl")
USER, PASSWORD, FOLDER = "help", "secret of the tests", "Support"

CONF = """
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
"""


@dataclass
class Dovecot:
    home: Path
    port: int
    tls_port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def certificate(self) -> Path:
        """What its TLS is trusted by."""
        return self.home / "cert.pem"

    def log(self) -> str:
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """Another program that has the mailbox open."""
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
        box.login(USER, PASSWORD)
        try:
            yield box
        finally:
            box.logout()

    def empty(self) -> None:
        """The folder made anew: its numbers start again, under another count."""
        with self.session() as box:
            box.delete(FOLDER)
            time.sleep(1.1)  # a count is the second in which a folder was made
            assert box.create(FOLDER)[0] == "OK"

    def append(self, raw: bytes) -> None:
        with self.session() as box:
            assert box.append(FOLDER, "", "", raw)[0] == "OK"  # type: ignore[arg-type]


@contextmanager
def running() -> Iterator[Dovecot]:
    """Starts one and ends it; works as root, whose mail belongs to nobody then, and as anybody else."""
    assert DOVECOT is not None
    assert OPENSSL is not None
    home = Path(tempfile.mkdtemp(prefix="doorstep-dovecot-", dir="/tmp"))
    home.chmod(0o755)
    me = pwd.getpwuid(os.getuid())
    root = me.pw_uid == 0
    owner = pwd.getpwnam("nobody") if root else me
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    port, tls_port = free_port(), free_port()
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(home / "key.pem"), "-out", str(home / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    (home / "mail").mkdir()
    os.chown(home / "mail", owner.pw_uid, owner.pw_gid)
    (home / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (home / "users").chmod(0o644)
    internal = ("dovecot", "dovecot", "dovenull") if root else (me.pw_name, group, me.pw_name)
    conf = CONF.format(
        home=home, port=port, tls_port=tls_port, uid=owner.pw_uid, gid=owner.pw_gid,
        internal=internal[0], internal_group=internal[1], login=internal[2],
    )  # fmt: skip
    (home / "dovecot.conf").write_text(conf)
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(home / "dovecot.conf")], stderr=subprocess.PIPE)
    made = Dovecot(home, port, tls_port, process)
    try:
        _wait(made)
        yield made
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def _wait(dovecot: Dovecot) -> None:
    end = time.monotonic() + 60
    while True:
        if dovecot.process.poll() is not None:
            said = dovecot.process.stderr.read() if dovecot.process.stderr else b""
            raise AssertionError(dovecot.log() + said.decode(errors="replace"))
        try:
            with dovecot.session() as box:
                box.create(FOLDER)
                return
        except (OSError, imaplib.IMAP4.error):
            assert time.monotonic() < end, dovecot.log()
            time.sleep(0.1)
