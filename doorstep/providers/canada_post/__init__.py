"""Canada Post: reads recorded answers, and is not wired."""
