"""`python -m sandbox.shop --home DIR --port N`."""

from sandbox import serving
from sandbox.shop import app


def main() -> None:
    """Start the shop; its books are DIR/shop.sqlite3."""
    serving.main(app.build, serving.parser("shop"))


main()
