"""Others are told of events: the catalogue, what of it each subscription waits for, and the sending."""
