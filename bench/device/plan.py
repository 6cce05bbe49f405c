"""Plan of a measurement on a device: lengths, batches, loads, durations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.multilingual.e5_tokenizer import LENGTH

GPU_PRICE = 3.0
"""Of one GPU for an hour with the machine around it, in US dollars: an assumption, not an offer."""


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """``pieces`` and ``characters``: lengths of texts, for networks alone and for whole models.
    ``product``: rows and columns of the matrices whose product is the roofline, on a GPU and on a
    CPU. ``batch_s``: time for one batch size; sizes of which one batch is predicted to take longer
    than ``longest_s`` are left out. ``loads``: shares of the highest rate. ``limit_s``: of the
    whole run; what would begin later is left out.
    """

    pieces: Sequence[int] = (32, 64, 128, LENGTH)
    characters: Sequence[int] = (200, 1250)
    batches: Sequence[int] = (1, 8, 32, 128, 512, 2048)
    server_batches: Sequence[int] = (1, 32, 256)
    server_pieces: Sequence[int] = (64, 128)
    batch_s: float = 1.0
    longest_s: float = 4.0
    loads: Sequence[float] = (0.5, 0.8)
    load_s: float = 5.0
    product: tuple[int, int] = (8192, 2048)
    product_s: float = 2.0
    limit_s: float = 480.0


QUICK = DevicePlan(
    pieces=(32, 128), batches=(1, 32), server_batches=(1, 8), server_pieces=(64,), batch_s=0.3,
    longest_s=2.0, load_s=1.0, product=(4096, 1024), product_s=0.3,
)  # fmt: skip
"""Too short for figures to rely on; shows that everything works."""
