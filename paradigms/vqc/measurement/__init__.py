"""What is read from a state: exact expectation values, variances and probabilities, and estimates from finite shots."""
