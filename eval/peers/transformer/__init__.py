"""The update of a transformer in PyTorch."""
