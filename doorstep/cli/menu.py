"""What `bin/doorstep` without a command shows: the commands that people need, and where the others are."""

from __future__ import annotations

from collections.abc import Sequence

COMMANDS = (
    ("audit", "proves every invariant on the live database; exit 0 only if all hold"),
    ("import-orders FILE", "takes orders from a CSV, TSV or XLSX file"),
    ("load-postcodes FILE…", "reads GeoNames postal codes, which distances are measured with"),
    ("apikey create --name NAME", "makes an API key and prints it once"),
    ("staff reset-password EMAIL", "gives somebody who cannot sign in a new password"),
    ("backup FILE", "writes the database and the data folder into one file"),
    ("restore FILE", "brings that house back; refuses to replace one unasked"),
    ("worker", "the background process alone, where web and worker run apart"),
)


def is_wanted(arguments: Sequence[str]) -> bool:
    """Whether nobody asked for a command: no word at all, or only for help."""
    return list(arguments) in ([], ["help"], ["--help"], ["-h"])


def text() -> str:
    """The menu, one command a line."""
    width = max(len(name) for name, _ in COMMANDS)
    lines = [f"  {name:{width}}  {does}" for name, does in COMMANDS]
    after = ("", "bin/doorstep help COMMAND    every option of one command", "bin/doorstep help --all      all commands")
    return "\n".join(("bin/doorstep COMMAND", "", *lines, *after))
