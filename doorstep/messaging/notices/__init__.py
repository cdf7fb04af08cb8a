"""Notices: what customers are told of their orders without asking, by which way, in which words, and when."""
