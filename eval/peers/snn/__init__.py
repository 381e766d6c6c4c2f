"""The spiking network of the benchmark in other libraries, and the case that each makes for itself where it runs."""
