"""`python -m sandbox.warehouse --home DIR --port N`."""

from sandbox import serving
from sandbox.warehouse import app


def main() -> None:
    """Start the warehouse; its books are DIR/warehouse.sqlite3."""
    serving.main(app.build, serving.parser("warehouse", bearer_in="SANDBOX_WAREHOUSE_TOKEN"))


main()
