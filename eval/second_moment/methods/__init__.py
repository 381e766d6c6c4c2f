"""Four ways to second moments: a vector of words, a tensor network, random Pauli paths, random Clifford circuits."""
