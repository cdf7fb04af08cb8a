"""Settings, Mailboxes."""
