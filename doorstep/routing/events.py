"""What happened to the rules of routing."""

from __future__ import annotations

RULES_SAVED = "routing.rules_saved"
RULES_DROPPED = "routing.rules_dropped"
RULES_PUBLISHED = "routing.rules_published"
REPLAY_ASKED = "routing.replay_asked"
