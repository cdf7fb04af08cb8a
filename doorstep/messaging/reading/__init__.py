"""Mails read: bytes in, what they say out. Knows no framework, network or database."""

from doorstep.messaging.reading.reader import attachment_bytes, message_id_of, read_mail
from doorstep.messaging.reading.values import AttachedFile, Mailbox, MailKind, ReadMail

__all__ = ["AttachedFile", "MailKind", "Mailbox", "ReadMail", "attachment_bytes", "message_id_of", "read_mail"]
