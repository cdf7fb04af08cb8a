"""Facts of accounts."""

ORGANISATION_CREATED = "organisation.created"
ORGANISATION_CHANGED = "organisation.changed"
STAFF_ADDED = "staff.added"
STAFF_ROLE_CHANGED = "staff.role_changed"
STAFF_REMOVED = "staff.removed"
STAFF_PASSWORD_RESET = "staff.password_reset"  # noqa: S105
KEY_MADE = "api_key.made"
KEY_REVOKED = "api_key.revoked"
BULK_STARTED = "bulk_job.started"
BULK_ADVANCED = "bulk_job.advanced"
BULK_FINISHED = "bulk_job.finished"
