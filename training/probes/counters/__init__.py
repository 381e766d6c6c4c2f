"""What counts joules: the energy counters of an NVIDIA GPU (NVML) and of a CPU's packages (RAPL)."""
