"""One file that holds a whole house, and the way back (docs/adr/0009)."""
