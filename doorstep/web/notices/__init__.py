"""Settings, Notices: what customers are told, in which words, by which way."""
