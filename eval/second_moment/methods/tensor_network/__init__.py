"""The chain of Pauli words as matrix product states over the qubits."""
