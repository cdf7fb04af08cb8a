"""What the bench `soak` is made of: clients, people at work, and the books at the end."""
