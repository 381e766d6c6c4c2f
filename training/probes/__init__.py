"""Measurements of a gradient and of the program that computes it; each a small pure function."""
