"""The phones of the sandbox."""
