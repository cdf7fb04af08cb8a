"""A payment provider: authorises, captures, voids and refunds, and tells of each by webhook."""
