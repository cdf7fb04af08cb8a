"""`python -m sandbox.shop --home DIR --port N`."""

from functools import partial

from sandbox import serving
from sandbox.shop import app


def main() -> None:
    """Start the shop; its books are DIR/shop.sqlite3."""
    options = serving.parser("shop").parse_args()
    build = partial(app.build, home=options.home, seed=options.seed, retry_s=options.retry_s, only_to=options.only_to)
    serving.serve(build, given=options)


main()
