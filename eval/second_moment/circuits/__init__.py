"""What is asked about: random circuits, those of the literature among them, and what is measured at their end."""
