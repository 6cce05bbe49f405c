"""Folding of the first convolution of the wide and deep network into a table by word. Needs no
Keras.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.artifact.array_storage import Array
from models.text.ngrams import PADDING


def folded(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays of a trained network and, of its embedding and its first convolution, the tables
    of ``Phrases``.
    """
    vectors, kernel, bias = (
        np.array(arrays["embedding/embeddings"]),
        arrays["convolution/kernel"],
        arrays["convolution/bias"],
    )
    vectors[PADDING] = 0
    tables = [vectors @ place for place in kernel]
    middle = tables[(len(kernel) - 1) // 2]
    middle += bias
    middle[PADDING] = -sum(np.maximum(table.max(0), 0) for table in tables)
    return {**arrays, **{f"phrases/place_{at}": table for at, table in enumerate(tables)}}
