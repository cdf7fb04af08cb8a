"""`python -m sandbox.payment --home DIR --port N`."""

from sandbox import serving
from sandbox.payment import app


def main() -> None:
    """Start the payment provider; its books are DIR/payment.sqlite3."""
    serving.main(app.build, serving.parser("payment", bearer_in="SANDBOX_PAYMENT_TOKEN"))


main()
