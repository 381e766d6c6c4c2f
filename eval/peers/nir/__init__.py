"""What other libraries make of a NIR graph that they read (``*_import.py``), and the graphs that they write."""
