"""`python -m sandbox.amazon --home DIR --port N`."""

from sandbox import serving
from sandbox.amazon import app


def main() -> None:
    """Start the marketplace; its books are DIR/amazon.sqlite3."""
    options = serving.parser("amazon")
    options.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    options.add_argument("--feed-s", type=float, default=3.0, help="how long a feed takes to be processed")
    serving.main(app.build, options)


main()
