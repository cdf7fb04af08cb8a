"""EasyPost: many carriers behind one account."""
