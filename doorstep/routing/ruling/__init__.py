"""The merchant's rules of routing: their words, their JSON form, and what they make of places.  Pure."""
