"""The state vector of a register, and how gates change it, forward and back, in traceable JAX.

Gates of PennyLane become a few native gates (:mod:`~paradigms.vqc.simulator.native_gates`), which are fused, layer by
layer, into fewer operations on the whole register (:mod:`~paradigms.vqc.simulator.fusion`), and applied to the state
(:mod:`~paradigms.vqc.simulator.adjoint`). The adjoint method is here rather than among the gradients because it undoes
these very operations, as no quantum hardware could.
"""
