"""A mailbox on any IMAP server (RFC 3501)."""
