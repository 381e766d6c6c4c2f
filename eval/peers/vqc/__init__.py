"""The circuit RY-RZ-CZ of the benchmark in other libraries."""
