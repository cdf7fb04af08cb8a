"""Facts of messages."""

MESSAGE_QUEUED = "message.queued"
MESSAGE_SENT = "message.sent"
MESSAGE_FAILED = "message.failed"
MESSAGE_UNKNOWN = "message.unknown"

MAILBOX_CONNECTED = "mailbox.connected"
MAILBOX_CHANGED = "mailbox.changed"
MAILBOX_RETIRED = "mailbox.retired"
MAILBOX_RETURNED = "mailbox.returned"
MAILBOX_FAILING = "mailbox.failing"
MAILBOX_HOOK_REJECTED = "mailbox.hook_rejected"
