"""Products of float32 and of whole numbers in other libraries."""
