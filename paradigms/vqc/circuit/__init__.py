"""What a circuit is: its layers, ansatz, embedding, initial angles, regularisers, observables and order of wires.

What can be told of gates and observables without simulating them (whether they are unitary, Hermitian, or powers of
other gates) is told here too. Nothing in this room knows a state vector.
"""
