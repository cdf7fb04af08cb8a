"""Benchmarks: one file each, with `NAME` and `run() -> dict[str, float]`; `python -m bench [NAME …] [--json FILE]`."""
