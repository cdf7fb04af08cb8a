"""A mailbox on any IMAP server (RFC 3501).

Read by UID and never by the flag "seen", which every other program that looks changes; opened for reading only (EXAMINE) and
fetched by BODY.PEEK, so that nothing in it changes.
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from doorstep.base import outward, tls
from doorstep.base.registry import Settings
from doorstep.messaging.port import Fetched, Item, Unreachable
from doorstep.messaging.values import Cursor

TIMEOUT_S = 30
MOST_BYTES = 32 * 1024 * 1024
# Of a mailbox that was never read, this much is old enough to be left where it is.
FIRST_DAYS = 30


class ImapMailbox:
    """`settings`: host, port, security (tls, starttls or none), username, password, folder, since (a date, for the first read)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Signs in and opens the folder."""
        with self._open():
            pass

    def fetch(self, *, since: Cursor, limit: int) -> Fetched:
        """By UID, oldest first; at most 32 MiB at once, but always one mail."""
        with self._open() as box:
            count = _uidvalidity(box)
            last = since.uid if since.uidvalidity == count else 0
            waiting = self._waiting(box, last)
            items: list[Item] = []
            size = 0
            for uid in waiting[:limit]:
                raw = _raw(box, uid)
                last = uid
                if raw is not None:
                    items.append(Item(uid, raw))
                    size += len(raw)
                if size >= MOST_BYTES:
                    break
            more = bool(waiting) and last < waiting[-1]
            return Fetched(tuple(items), Cursor(count, last), more)

    def _waiting(self, box: BaseMailBox, last: int) -> list[int]:
        found = box.uids(f"UID {last + 1}:*" if last else AND(date_gte=self._since().date()))
        return sorted(uid for uid in map(int, found) if uid > last)

    def _since(self) -> datetime:
        try:
            return datetime.fromisoformat(self._settings.get("since", "")).replace(tzinfo=UTC)
        except ValueError:
            return datetime.now(UTC) - timedelta(days=FIRST_DAYS)

    @contextlib.contextmanager
    def _open(self) -> Iterator[BaseMailBox]:
        """A session with the folder open; whatever goes wrong in it is told as one trouble."""
        box = None
        try:
            box = self._connect()
            box.login(self._settings.get("username", ""), self._settings.get("password", ""), initial_folder=None)
            box.folder.set(self._settings.get("folder") or "INBOX", readonly=True)
            yield box
        except MailboxLoginError as trouble:
            raise Unreachable("login", str(trouble)) from trouble
        except MailboxFolderSelectError as trouble:
            raise Unreachable("folder", str(trouble)) from trouble
        except ssl.SSLError as trouble:
            raise Unreachable("tls", str(trouble)) from trouble
        except (socket.gaierror, ConnectionError, TimeoutError) as trouble:
            raise Unreachable("host", str(trouble) or type(trouble).__name__) from trouble
        except (imaplib.IMAP4.error, ImapToolsError, OSError, ValueError) as trouble:
            raise Unreachable("answer", str(trouble) or type(trouble).__name__) from trouble
        finally:
            if box is not None:
                with contextlib.suppress(imaplib.IMAP4.error, ImapToolsError, OSError, ValueError):
                    box.logout()

    def _connect(self) -> BaseMailBox:
        host, security = self._settings.get("host", ""), self._settings.get("security") or "tls"
        port = int(self._settings.get("port") or (993 if security == "tls" else 143))
        outward.require_outside(host, port)
        if security == "tls":
            return MailBox(host, port, timeout=TIMEOUT_S, ssl_context=tls.trusted_by_mail())
        if security == "starttls":
            return MailBoxStartTls(host, port, timeout=TIMEOUT_S, ssl_context=tls.trusted_by_mail())
        return MailBoxUnencrypted(host, port, timeout=TIMEOUT_S)


def _uidvalidity(box: BaseMailBox) -> int:
    _name, said = box.client.response("UIDVALIDITY")
    values = [value for value in said if value]
    if not values:
        raise Unreachable("answer", "the server told no UIDVALIDITY")
    return int(values[-1])


def _raw(box: BaseMailBox, uid: int) -> bytes | None:
    """The bytes of one mail; None where it was deleted meanwhile."""
    status, answer = box.client.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
    if status != "OK":
        raise Unreachable("answer", f"the server does not give mail {uid}: {answer!r}")
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)
