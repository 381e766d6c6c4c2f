"""Who takes part: kernels of three libraries, of float32 and of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eval.bench.side_by_side import contender as side_by_side
from eval.bench.side_by_side.contender import PEERS
from eval.peers.environments import TORCH, Environment

Product = Literal["matrix", "convolution"]
Numbers = Literal["float32", "int8", "int32"]
FLOAT: Numbers = "float32"

ONNXRUNTIME = Environment("onnxruntime", ("onnxruntime==1.32.0", "onnx==1.23.2", "numpy==2.4.6"))


@dataclass(frozen=True)
class Contender(side_by_side.Contender):
    """A kernel of a library.

    Attributes:
        kernel: Its name in the library, which the library's script knows.
        product: What it multiplies: two matrices, or images and a kernel of 3 × 3.
        numbers: What is multiplied. Sums of ``int8`` are ``int32``.
    """

    kernel: str = ""
    product: Product = "matrix"
    numbers: Numbers = FLOAT
    maker: Path | None = field(default=PEERS / "int8" / "case.py", kw_only=True)

    @property
    def title(self) -> str:
        """What tells it from all others."""
        return f"{self.implementation} ({self.kernel})"

    @property
    def is_peer(self) -> bool:
        """Whether it is another library than the one that this project runs on."""
        return self.environment is not None


def _kernels(
    implementation: str, file: Path, environment: Environment | None, *kernels: tuple[str, Product, Numbers]
) -> tuple[Contender, ...]:
    return tuple(Contender(implementation, file, environment, *kernel) for kernel in kernels)


IMPLEMENTATIONS = {
    "xla": _kernels(
        "xla",
        Path(__file__).with_name("jax_products.py"),
        None,
        ("dot float32", "matrix", "float32"),
        ("dot int8", "matrix", "int8"),
        ("dot int32", "matrix", "int32"),
        ("conv float32", "convolution", "float32"),
        ("conv int8", "convolution", "int8"),
    ),
    "torch": _kernels(
        "torch",
        PEERS / "int8" / "torch_products.py",
        TORCH,
        ("matmul", "matrix", "float32"),
        ("linear_dynamic", "matrix", "int8"),
        ("_int_mm", "matrix", "int8"),
        ("conv2d", "convolution", "float32"),
        ("quantized.conv2d", "convolution", "int8"),
    ),
    "onnxruntime": _kernels(
        "onnxruntime",
        PEERS / "int8" / "onnxruntime_products.py",
        ONNXRUNTIME,
        ("MatMul", "matrix", "float32"),
        ("MatMulInteger", "matrix", "int8"),
        ("Conv", "convolution", "float32"),
        ("ConvInteger", "convolution", "int8"),
    ),
}
"""The kernels of each library, by its name; the first of each product is that of float32."""
