"""Mail into a folder of .eml files: for trials without a mail server. A look-up tells what was written."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from doorstep.base.registry import Settings
from doorstep.messaging.compose import write
from doorstep.messaging.port import Found, Mail


class FolderMailer:
    def __init__(self, settings: Settings) -> None:
        self.folder = Path(settings["folder"])

    def send(self, mail: Mail) -> None:
        """Writes the mail under its Message-ID, whole or not at all.  Raises: Rejected for an address that is none."""
        data = write(mail, at=datetime.now(UTC)).data
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(mail.message_id)
        draft = path.with_suffix(f".{os.getpid()}.part")
        draft.write_bytes(data)
        os.replace(draft, path)

    def find(self, message_id: str) -> Found:
        """Whether the file is there."""
        return Found.SENT if self._path(message_id).exists() else Found.NOT_SENT

    def _path(self, message_id: str) -> Path:
        return self.folder / f"{hashlib.sha256(message_id.encode()).hexdigest()[:24]}.eml"
