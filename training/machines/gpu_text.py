"""A GPU as its compiler is told of it, where there is none to ask: XLA's ``GpuTargetConfigProto``, as text."""

from __future__ import annotations

from training.machines.published import Machine, Multiprocessors

CUDNN = (9, 8)
"""The version of cuDNN that is compiled for: what JAX's own plugin asks for at least."""


def target_config(machine: Machine, processors: Multiprocessors) -> str:
    """Write what XLA asks of a GPU.

    Limits that all NVIDIA GPUs of compute capability 8.0 and 9.0 share are those of the CUDA C++ programming guide.

    Args:
        machine: The GPU.
        processors: Its multiprocessors.

    Returns:
        A protocol buffer in its text form.
    """
    major, minor = processors.capability
    cudnn_major, cudnn_minor = CUDNN
    return f"""\
gpu_device_info {{
  threads_per_block_limit: 1024
  threads_per_warp: 32
  shared_memory_per_block: {48 * 1024}
  shared_memory_per_core: {processors.shared_bytes}
  shared_memory_per_block_optin: {processors.shared_block_bytes}
  threads_per_core_limit: 2048
  core_count: {processors.count}
  fpus_per_core: {processors.float32_units}
  block_dim_limit_x: {2**31 - 1}
  block_dim_limit_y: {2**16 - 1}
  block_dim_limit_z: {2**16 - 1}
  memory_bandwidth: {machine.bandwidth:.0f}
  l2_cache_size: {processors.cache_bytes}
  clock_rate_ghz: {processors.clock_gigahertz}
  device_memory_size: {machine.memory_bytes}
  cuda_compute_capability {{ major: {major} minor: {minor} }}
  registers_per_core_limit: {2**16}
  registers_per_block_limit: {2**16}
}}
platform_name: "CUDA"
dnn_version_info {{ major: {cudnn_major} minor: {cudnn_minor} }}
device_description_str: "{machine.kind}"
"""
