"""A web process: `python -m doorstep.cli.web --port 8000`. Any number may listen on the same port.

Each opens a socket of its own, and the kernel deals new connections out among them. Processes that wait at one common socket take
a connection as each wakes up, so that one may come to hold nearly all and be busy while its neighbour rests.
"""

from __future__ import annotations

import argparse
import socket
import sys

import uvicorn

from doorstep.base import garbage

LOOPBACK = "127.0.0.1"


def main(arguments: list[str]) -> int:
    """Serves until SIGTERM or SIGINT; listens only once the application is there.  Returns: the exit code."""
    parser = argparse.ArgumentParser(prog="doorstep.cli.web", description="Runs one web process.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log-level", default="warning")
    options = parser.parse_args(arguments)
    config = uvicorn.Config(
        "doorstep.config.asgi:application", lifespan="off", access_log=False, log_level=options.log_level,
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    garbage.seldom()
    config.load()
    with shared(options.port) as listening:
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def shared(port: int) -> socket.socket:
    """A socket on a port of this machine that others of ours may open too, where the system knows how."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opened.bind((LOOPBACK, port))
    return opened


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
