"""Plain values, of YAML and the command line, become the frozen dataclasses of a run."""
