"""The customers' side of mail: takes what a house sends them, and holds what they write until the house fetches it."""
