"""One run on many devices: which holds what, and what several processes decide together."""
