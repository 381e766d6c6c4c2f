"""What is installed here: whether it works, and whether Python finds it."""
