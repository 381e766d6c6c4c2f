"""What other libraries read from GGUF files, each in an environment of its own."""
