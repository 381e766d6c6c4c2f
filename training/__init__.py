"""How it is trained. Knows the interface of ``paradigms``, never a paradigm by name."""
