"""`python -m sandbox.shopify --home DIR --port N`."""

from sandbox import serving
from sandbox.shopify import app


def main() -> None:
    """Start the shop; its books are DIR/shopify.sqlite3."""
    options = serving.parser("shopify")
    options.add_argument("--hold-s", type=float, default=30.0, help="how long a request is held whose answer is lost")
    serving.main(app.build, options)


main()
