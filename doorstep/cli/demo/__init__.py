"""The demo brand that `bin/up` shows to a newcomer."""
