"""A run as its user meets it: its directory, who may use it, how it goes on from there, and how it is stopped."""
