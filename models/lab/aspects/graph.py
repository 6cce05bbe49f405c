"""The tagger's network in TensorFlow, for its gradients alone: the same layers as
``models.aspects.network``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.aspects.network import AROUND, FIRST_SPAN, HEADS, SLOTS, SPAN, STEP, TAGS, WITHIN

Floats = npt.NDArray[np.float32]
FAR = -1e9


def layers(
    width: int, channels: int, hidden: int, size: int, styles: int, seed: int
) -> dict[str, Floats]:
    """Before training. ``size``: of a head."""
    chance = np.random.default_rng(seed)

    def normal(*shape: int, gain: float = 2.0) -> Floats:
        fan = int(np.prod(shape[:-1]))
        return np.asarray(chance.normal(0, np.sqrt(gain / fan), shape), np.float32)

    def blank(*shape: int) -> Floats:
        return np.zeros(shape, np.float32)

    return {
        "style": blank(styles, width),
        "first/kernel": normal(FIRST_SPAN, width, channels),
        "first/bias": blank(channels),
        "second/kernel": normal(SPAN, channels, channels, gain=1.0),
        "second/bias": blank(channels),
        "tag/kernel": normal(SPAN, channels, channels, gain=1.0),
        "tag/bias": blank(channels),
        "tags/kernel": normal(channels, TAGS, gain=0.5),
        "tags/bias": np.array([1.5, -1, -1], np.float32),
        "transitions": np.zeros((TAGS, TAGS), np.float32),
        "clause/kernel": normal(SPAN, channels, channels, gain=1.0),
        "clause/bias": blank(channels),
        "keys/kernel": normal(channels, HEADS * size, gain=1.0),
        "values/kernel": normal(channels, HEADS * size, gain=1.0),
        "queries/kernel": normal(channels, HEADS * size, gain=1.0),
        "distances": blank(SLOTS, HEADS),
        "polarity/kernel": normal(channels + HEADS * size, hidden),
        "polarity/bias": blank(hidden),
        "polarities/kernel": normal(hidden, 3, gain=0.5),
        "polarities/bias": blank(3),
    }


def convolved(x: Any, kernel: Any, bias: Any, mask: Any, step: int = 1) -> Any:
    """A layer over units; nothing beyond the texts."""
    return tf.nn.relu(tf.nn.conv1d(x, kernel, 1, "SAME", dilations=step) + bias) * mask


def tag_logits(weights: Mapping[str, Any], x: Any, mask: Any, dropout: float) -> tuple[Any, Any]:
    """Of the tags [rows, units, TAGS], and what polarities are read from."""
    x = tf.nn.dropout(x, dropout) if dropout else x
    first = convolved(x, weights["first/kernel"], weights["first/bias"], mask)
    first = tf.nn.dropout(first, dropout) if dropout else first
    second = first + convolved(first, weights["second/kernel"], weights["second/bias"], mask, STEP)
    second = tf.nn.dropout(second, dropout) if dropout else second
    tag = second + convolved(second, weights["tag/kernel"], weights["tag/bias"], mask)
    tag = tf.nn.dropout(tag, dropout) if dropout else tag
    clause = second + convolved(second, weights["clause/kernel"], weights["clause/bias"], mask)
    clause = tf.nn.dropout(clause, dropout) if dropout else clause
    return tf.matmul(tag, weights["tags/kernel"]) + weights["tags/bias"], clause


def polarity_logits(
    weights: Mapping[str, Any], clause: Any, blocks: Any, terms: Any, dropout: float
) -> Any:
    """Of terms (row, first and last column): the mean of a term's first units, and what four heads
    find in it and around it.
    """
    rows, firsts, lasts = terms[:, :1], terms[:, 1:2], terms[:, 2:]
    length, size = tf.shape(clause, tf.int64)[1], weights["keys/kernel"].shape[1] // HEADS
    flat = tf.reshape(clause, (-1, clause.shape[2]))
    inner = firsts + tf.range(WITHIN, dtype=tf.int64)[None]
    inside = tf.cast(inner <= lasts, tf.float32)[..., None]
    own = tf.gather(flat, rows * length + tf.minimum(inner, length - 1))
    mean = tf.reduce_sum(own * inside, 1) / tf.reduce_sum(inside, 1)
    steps = tf.range(1, AROUND + 1, dtype=tf.int64)[None]
    columns = tf.concat([firsts - steps[:, ::-1], lasts + steps], 1)
    places = rows * length + tf.clip_by_value(columns, 0, length - 1)
    blocks = tf.reshape(blocks, [-1])
    seen = (columns >= 0) & (columns < length)
    seen &= tf.gather(blocks, places) == tf.gather(blocks, rows * length + firsts)
    found = {"queries": tf.matmul(mean, weights["queries/kernel"])}
    for name in ("keys", "values"):
        kernel = weights[f"{name}/kernel"]
        around = tf.gather(tf.matmul(flat, kernel), places)
        found[name] = tf.concat([tf.matmul(mean, kernel)[:, None], around], 1)
    queries, keys, values = (
        tf.reshape(one, (-1, one.shape[1] if len(one.shape) == 3 else 1, HEADS, size))
        for one in (found["queries"], found["keys"], found["values"])
    )
    scores = tf.reduce_sum(queries * keys, 3) / np.sqrt(size) + weights["distances"]
    allowed = tf.concat([tf.ones_like(seen[:, :1]), seen], 1)
    share = tf.nn.softmax(tf.where(allowed[..., None], scores, FAR), 1)
    context = tf.reshape(tf.reduce_sum(share[..., None] * values, 1), (-1, HEADS * size))
    pooled = tf.concat([mean, context], 1)
    pooled = tf.nn.dropout(pooled, dropout) if dropout else pooled
    hidden = tf.nn.relu(tf.matmul(pooled, weights["polarity/kernel"]) + weights["polarity/bias"])
    hidden = tf.nn.dropout(hidden, dropout) if dropout else hidden
    return tf.matmul(hidden, weights["polarities/kernel"]) + weights["polarities/bias"]
