"""The sandbox mailbox: the customers' side of the demo."""
