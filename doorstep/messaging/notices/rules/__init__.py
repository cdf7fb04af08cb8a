"""Decisions about notices that need no database."""
