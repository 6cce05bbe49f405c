"""Fine-tuning of multilingual-e5-small to three classes. Needs only PyTorch and NumPy: copy it
beside a folder that ``pack`` wrote.

    python finetune.py full PACKED OUT # the encoder that is shipped, its weights and its judgement
    of all texts python finetune.py fold0 PACKED OUT # … fold2: taught on two thirds, judges the
    other third and what never trains python finetune.py left-out PACKED OUT # English, by halves,
    without one domain at a time

Every mode ends within ``--seconds``: the learning rate falls with the steps or the time, whichever
is further.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PADDING = 1
FOLDS = 3
BLOCK_BYTES = 18
BATCH_TOKENS, JUDGED_TOKENS = 16_384, 131_072 if DEVICE == "cuda" else 4_096
POOL = 40_000
"""Texts among which batches of like length are made."""
RATE, WARM_UP, DROPOUT, SMOOTHING = 1.5e-4, 0.05, 0.1, 0.03
WEAK, TRANSLATED = 0.5, 0.7
"""Weights of three-star neutral labels, and of each of the parallel texts of M-ABSA."""
Array = Any
BEGAN = time.monotonic()


def tell(text: str) -> None:
    """A line of progress."""
    print(f"[{time.monotonic() - BEGAN:.0f}s] {text}", flush=True)  # noqa: T201


class Packed:
    """Data that ``pack`` wrote. ``tiny``: a two-thousandth of the texts train, to try the script
    out.
    """

    def __init__(self, folder: Path, tiny: bool) -> None:
        """Read it; the pieces go to the device."""
        rows, pieces = np.load(folder / "rows.npz"), np.load(folder / "pieces.npz")
        self.names = json.loads((folder / "names.json").read_text(encoding="utf8"))
        self.encoder = dict(np.load(folder / "encoder.npz"))
        self.sets, self.languages = (
            rows["sets"].astype(np.int64),
            rows["languages"].astype(np.int64),
        )
        self.label, self.bucket = rows["label"].astype(np.int64), rows["bucket"].astype(np.int64)
        self.excluded, self.train = rows["excluded"], rows["train"]
        self.english = self.languages == self.names["languages"].index("en")
        self.judged = np.ones(len(self.label), bool)
        if tiny:
            self.train = self.train & (np.arange(len(self.label)) % 2000 == 0)
            self.judged = np.arange(len(self.label)) % 4000 == 0
        self.lengths = pieces["lengths"].astype(np.int64)
        flat = pieces["low"].astype(np.int32) | (pieces["high"].astype(np.int32) << 16)
        self.weights = self._weights(rows["weak"])
        self.pieces, self.starts = (
            on_device(flat),
            on_device(np.cumsum(self.lengths) - self.lengths),
        )
        self.on_device = {
            "label": on_device(self.label),
            "weights": on_device(self.weights),
            "lengths": on_device(self.lengths),
        }

    def _weights(self, weak: Array) -> Array:
        """Of the loss: the root of the inverse share of a class in its set and language, less for
        weak and parallel labels.
        """
        weights = np.ones(len(self.label), np.float32)
        groups = self.sets * 64 + self.languages
        for group in np.unique(groups[self.train]):
            members = np.flatnonzero(self.train & (groups == group))
            counts = np.bincount(self.label[members], minlength=3)
            there = counts > 0
            share = np.zeros(3)
            share[there] = (counts[there].sum() / there.sum() / counts[there]) ** 0.5
            weights[members] = np.clip(share, 0.4, 2.5)[self.label[members]]
        parallel = [
            number for number, name in enumerate(self.names["sets"]) if name.startswith("mabsa_")
        ]
        return (
            weights
            * np.where(weak, WEAK, 1)
            * np.where(np.isin(self.sets, parallel), TRANSLATED, 1).astype(np.float32)
        )

    def batch(self, positions: Array) -> tuple[Any, Any, Any]:
        """Positions, padded pieces and what of them is present, on the device."""
        chosen = on_device(positions)
        lengths = self.on_device["lengths"][chosen]
        columns = torch.arange((int(lengths.max()) + 7) // 8 * 8, device=DEVICE)
        present = columns[None] < lengths[:, None]
        at = (self.starts[chosen][:, None] + columns[None]).clamp(max=len(self.pieces) - 1)
        return chosen, torch.where(present, self.pieces[at].long(), PADDING), present


def on_device(array: Array) -> Any:
    """A tensor of it."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(DEVICE)


def dequantised(packed: Array) -> Any:
    """Q4_0 rows → weights: see ``models/multilingual/e5_file.py``."""
    blocks = np.ascontiguousarray(packed).reshape(len(packed), -1, BLOCK_BYTES)
    scales = blocks[:, :, :2].copy().view("<f2").astype(np.float32)
    halves = (
        np.concatenate([blocks[:, :, 2:] & 15, blocks[:, :, 2:] >> 4], 2).astype(np.float32) - 8
    )
    return torch.from_numpy((halves * scales).reshape(len(packed), -1))


def fill(module: Any, arrays: dict[str, Array], name: str) -> None:
    """Give a linear layer or a norm its weights."""
    weight = arrays[f"{name}.w"]
    module.weight.data.copy_(
        dequantised(weight) if weight.dtype == np.uint8 else torch.tensor(weight)
    )
    module.bias.data.copy_(torch.tensor(arrays[f"{name}.b"]))


class Layer(nn.Module):  # type: ignore[misc]
    """A layer of BERT, with one product for queries, keys and values."""

    def __init__(self, arrays: dict[str, Array], number: int, heads: int) -> None:
        """With the weights of layer ``number``."""
        super().__init__()
        inner, width = len(arrays[f"{number}.fi.b"]), len(arrays[f"{number}.ao.b"])
        self.heads, self.qkv, self.attention_out = (
            heads,
            nn.Linear(width, 3 * width),
            nn.Linear(width, width),
        )
        self.inner, self.outer = nn.Linear(width, inner), nn.Linear(inner, width)
        self.attention_norm, self.outer_norm = (
            nn.LayerNorm(width, 1e-12),
            nn.LayerNorm(width, 1e-12),
        )
        joined = {
            f"qkv.{part}": np.concatenate([arrays[f"{number}.{one}.{part}"] for one in "qkv"])
            for part in "wb"
        }
        fill(self.qkv, joined, "qkv")
        named = {
            "ao": self.attention_out,
            "fi": self.inner,
            "fo": self.outer,
            "aln": self.attention_norm,
            "oln": self.outer_norm,
        }
        for name, module in named.items():
            fill(module, arrays, f"{number}.{name}")

    def forward(self, states: Any, mask: Any) -> Any:
        """[batch, length, width] → the same."""
        batch, length, width = states.shape
        queries, keys, values = (
            self.qkv(states).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        )
        dropped = DROPOUT if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(
            queries, keys, values, attn_mask=mask, dropout_p=dropped
        )
        mixed = self.attention_out(mixed.transpose(1, 2).reshape(batch, length, width))
        states = self.attention_norm(states + functional.dropout(mixed, DROPOUT, self.training))
        outer = self.outer(functional.gelu(self.inner(states)))
        return self.outer_norm(states + functional.dropout(outer, DROPOUT, self.training))


class Encoder(nn.Module):  # type: ignore[misc]
    """Word pieces → three logits. ``frozen``: the table of word pieces is not trained."""

    def __init__(self, packed: Packed, frozen: bool) -> None:
        """With the pretrained weights, and a head of chance."""
        super().__init__()
        arrays, shape = packed.encoder, packed.names["shape"]
        table = dequantised(arrays["table"]).to(
            torch.bfloat16 if frozen and DEVICE == "cuda" else torch.float32
        )
        self.table = nn.Embedding.from_pretrained(table, freeze=frozen)
        self.positions = nn.Parameter(torch.tensor(arrays["positions"]))
        self.token_type = nn.Parameter(torch.tensor(arrays["token_type"]))
        self.embedding_norm = nn.LayerNorm(shape["width"], 1e-12)
        fill(self.embedding_norm, arrays, "embedding_norm")
        self.layers = nn.ModuleList(
            Layer(arrays, number, shape["heads"]) for number in range(shape["layers"])
        )
        self.head_norm, self.head = nn.LayerNorm(shape["width"]), nn.Linear(shape["width"], 3)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, pieces: Any, present: Any) -> Any:
        """[batch, length] → [batch, 3]."""
        states = self.table(pieces).float() + self.positions[: pieces.shape[1]] + self.token_type
        states = functional.dropout(self.embedding_norm(states), DROPOUT, self.training)
        for layer in self.layers:
            states = layer(states, present[:, None, None, :])
        counted = present[..., None].to(states.dtype)
        mean = (states * counted).sum(1) / counted.sum(1)
        return self.head(functional.dropout(self.head_norm(mean.float()), DROPOUT, self.training))


def cut(positions: Array, lengths: Array, tokens: int) -> list[Array]:
    """Batches of at most so many padded tokens, in the order given."""
    batches: list[Array] = []
    current: list[int] = []
    longest = 0
    for position in positions:
        if current and max(longest, lengths[position]) * (len(current) + 1) > tokens:
            batches.append(np.array(current))
            current, longest = [], 0
        current.append(position)
        longest = max(longest, lengths[position])
    return [*batches, np.array(current)] if current else batches


def plan(positions: Array, lengths: Array, rng: np.random.Generator) -> list[Array]:
    """The batches of an epoch, by chance and by like length."""
    positions, batches = rng.permutation(positions), []
    for start in range(0, len(positions), POOL):
        pool = positions[start : start + POOL]
        order = np.argsort(lengths[pool] + 4 * rng.random(len(pool)), kind="stable")
        batches += cut(pool[order], lengths, BATCH_TOKENS)
    return [batches[at] for at in rng.permutation(len(batches))]


def optimiser(model: Any) -> Any:
    """AdamW; matrices of the layers decay."""
    table = {id(model.table.weight)}
    free = [weight for weight in model.parameters() if weight.requires_grad]
    decaying = [weight for weight in free if weight.ndim > 1 and id(weight) not in table]
    others = [weight for weight in free if weight.ndim < 2 or id(weight) in table]
    groups = [{"params": decaying, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98), fused=DEVICE == "cuda")


def low_precision() -> Any:
    """bfloat16 on a GPU."""
    return torch.autocast(DEVICE, torch.bfloat16, enabled=DEVICE == "cuda")


def train(
    packed: Packed, chosen: Array, epochs: int, seconds: float, *, frozen: bool, seed: int
) -> Any:
    """An encoder, fine-tuned on the texts that ``chosen`` marks."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    model = Encoder(packed, frozen).to(DEVICE).train()
    optimising, start, tokens = optimiser(model), time.monotonic(), 0
    batches = [
        batch for _ in range(epochs) for batch in plan(np.flatnonzero(chosen), packed.lengths, rng)
    ]
    for step, positions in enumerate(batches):
        done = max(step / len(batches), (time.monotonic() - start) / seconds)
        if done >= 1:
            tell(f"time is up at step {step} of {len(batches)}")
            break
        for group in optimising.param_groups:
            group["lr"] = RATE * min(1, done / WARM_UP) * (1 - done)
        at, pieces, present = packed.batch(positions)
        with low_precision():
            logits = model(pieces, present)
        label, weights = packed.on_device["label"][at], packed.on_device["weights"][at]
        losses = functional.cross_entropy(
            logits.float(), label, reduction="none", label_smoothing=SMOOTHING
        )
        loss = (losses * weights).sum() / weights.sum()
        optimising.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(
            [weight for weight in model.parameters() if weight.requires_grad], 1.0
        )
        optimising.step()
        tokens += pieces.numel()
        if step % 200 == 0:
            tell(
                f"step {step} of {len(batches)}: loss {loss.item():.3f}, {tokens / 1e6:.1f} M "
                "padded tokens"
            )
    taken = time.monotonic() - start
    tell(f"trained {taken:.0f} s, {tokens / taken / 1e6:.2f} M tokens/s")
    return model.eval()


@torch.inference_mode()  # type: ignore[untyped-decorator]
def judged(model: Any, packed: Packed, chosen: Array) -> Array:
    """Logarithms of the probabilities of all texts that ``chosen`` marks, zeros for the rest,
    float16 [texts, 3].
    """
    logits = np.zeros((len(packed.label), 3), np.float16)
    positions = np.flatnonzero(chosen & packed.judged)
    for batch in cut(
        positions[np.argsort(packed.lengths[positions], kind="stable")],
        packed.lengths,
        JUDGED_TOKENS,
    ):
        _, pieces, present = packed.batch(batch)
        with low_precision():
            found = model(pieces, present)
        logits[batch] = found.float().log_softmax(-1).cpu().numpy()
    return logits


def full(packed: Packed, out: Path, seconds: float) -> None:
    """Four epochs on all that may train; the weights without the table."""
    model = train(packed, packed.train, 4, seconds, frozen=True, seed=0)
    weights = {
        name: value.half().cpu().numpy()
        for name, value in model.state_dict().items()
        if name != "table.weight"
    }
    np.savez(out / "full_weights.npz", **weights)
    np.save(out / "full_logits.npy", judged(model, packed, np.ones(len(packed.label), bool)))


def fold(packed: Packed, out: Path, seconds: float, number: int) -> None:
    """Three epochs on all folds but one, the table too; judges that fold and what never trains."""
    mine = packed.bucket % FOLDS == number
    model = train(packed, packed.train & ~mine, 3, seconds, frozen=False, seed=number + 1)
    np.save(out / f"fold{number}_logits.npy", judged(model, packed, ~packed.train | mine))


def left_out(packed: Packed, out: Path, seconds: float) -> None:
    """For each domain two halves, each judging the other's texts; the mean of both for texts of
    neither.
    """
    domains, half = packed.names["left_out"], packed.bucket * 7919 % 13 % 2
    for number, domain in enumerate(domains):
        allowed = packed.train & packed.english & ~packed.excluded[number]
        both = []
        for side in (0, 1):
            chosen = allowed & (half == side)
            model = train(
                packed, chosen, 2, seconds / len(domains) / 2, frozen=False, seed=10 + side
            )
            both.append(judged(model, packed, packed.english).astype(np.float32))
        other = np.where((half == 0)[:, None], both[1], both[0])
        logits = np.where(allowed[:, None], other, (both[0] + both[1]) / 2)[packed.english]
        np.save(out / f"left_out_{domain}.npy", logits.astype(np.float16))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "mode", choices=["full", *(f"fold{number}" for number in range(FOLDS)), "left-out"]
    )
    parser.add_argument("packed", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=1800, help="of training at most")
    parser.add_argument(
        "--tiny", action="store_true", help="a two-thousandth of the texts, to try it out"
    )
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    packed = Packed(given.packed, given.tiny)
    if given.mode == "full":
        full(packed, given.out, given.seconds)
    elif given.mode == "left-out":
        left_out(packed, given.out, given.seconds)
    else:
        fold(packed, given.out, given.seconds, int(given.mode[-1]))


if __name__ == "__main__":
    main()
