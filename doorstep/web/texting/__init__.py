"""Settings, Text messages: the numbers that texts leave from."""
