"""Mail through an SMTP server (RFC 5321)."""

from __future__ import annotations

import contextlib
import smtplib
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from doorstep.base import outward, tls
from doorstep.base.registry import Settings
from doorstep.messaging.compose import write
from doorstep.messaging.port import Found, Mail, Rejected, Uncertain

TIMEOUT_S = 20


class SmtpMailer:
    """Address: smtp://user:password@host:port (STARTTLS where offered) or smtps://…

    `settings`: url; of: "tenant" where somebody gave it in the settings, who does not say where inside our network mail goes.
    """

    def __init__(self, settings: Settings) -> None:
        self.url = urlsplit(settings["url"])
        self._is_tenants = settings.get("of") == "tenant"

    def send(self, mail: Mail) -> None:
        """Hands the mail over.

        Raises: Rejected when the server refuses for good or nobody can be addressed so, OSError before anything was taken,
        Uncertain when the connection breaks between the mail's last byte and the server's answer.
        """
        written = write(mail, at=datetime.now(UTC))
        server = self._connect()
        try:
            _expect(server.mail(mail.from_address), 250)
            _expect(server.rcpt(written.to), 250, 251)
            try:
                answer = server.data(written.data)
            except smtplib.SMTPDataError as refused:
                raise _verdict(refused.smtp_code, refused.smtp_error) from refused
            except OSError as broken:
                raise Uncertain(str(broken)) from broken
            _expect(answer, 250)
        finally:
            # The answer to DATA has decided; how the connection ends changes nothing.
            with contextlib.suppress(OSError):
                server.quit()

    def find(self, message_id: str) -> Found:
        """SMTP cannot be asked what it took."""
        return Found.NOBODY_KNOWS

    def _connect(self) -> smtplib.SMTP:
        host, port = self.url.hostname or "localhost", self.url.port
        context = tls.trusted_by_mail()
        if self._is_tenants:
            outward.require_outside(host, port or (465 if self.url.scheme == "smtps" else 25))
        if self.url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
        if self.url.username:
            server.login(unquote(self.url.username), unquote(self.url.password or ""))
        return server


def _expect(answer: tuple[int, bytes], *codes: int) -> None:
    if answer[0] not in codes:
        raise _verdict(*answer)


def _verdict(code: int, error: bytes | str) -> Exception:
    """5xx is final; anything else may pass."""
    text = error.decode(errors="replace") if isinstance(error, bytes) else error
    return Rejected(f"{code} {text}") if 500 <= code < 600 else OSError(f"{code} {text}")
