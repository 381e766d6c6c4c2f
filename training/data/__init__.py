"""Data sets, one module each, and the one pipeline that batches them."""
