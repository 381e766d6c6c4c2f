"""Pauli words under gates: with signs and coefficients at given angles, as a Markov chain over random ones."""
