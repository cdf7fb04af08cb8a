"""DHL: Unified Tracking is asked; the readers of its other services read recorded answers and are not wired."""
