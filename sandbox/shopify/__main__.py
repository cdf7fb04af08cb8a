"""`python -m sandbox.shopify --home DIR --port N`."""

from functools import partial

from sandbox import serving
from sandbox.shopify import app


def main() -> None:
    """Start the shop; its books are DIR/shopify.sqlite3."""
    options = serving.parser("shopify")
    options.add_argument("--hold-s", type=float, default=30.0, help="how long a request is held whose answer is lost")
    given = options.parse_args()
    build = partial(
        app.build, home=given.home, seed=given.seed, retry_s=given.retry_s, hold_s=given.hold_s, only_to=given.only_to
    )
    serving.serve(build, given=given)


main()
