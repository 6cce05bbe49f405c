"""Wide and deep network: a bag of n-grams and a convolution over words, mixed by the length of the
text.

Cheng et al. 2016, "Wide & Deep Learning", https://arxiv.org/abs/1606.07792; the deep side builds on
Kim 2014, https://arxiv.org/abs/1408.5882. Their mistakes differ, so that the sum is better than
both. Which of them knows best depends on the length of the text: a sentence is not a review. So the
sum is weighted by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from models.text.ngrams import PADDING


@keras.saving.register_keras_serializable(package="undertone")
class Wide(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length] ids → [batch, experts] sums of their weights and a bias."""

    def __init__(self, size: int, experts: int, **options: Any) -> None:
        super().__init__(**options)
        self.size, self.experts = size, experts

    def build(self, shape: Any) -> None:
        """As many weights for each id."""
        self.table = self.add_weight(
            shape=(self.size, self.experts), initializer="zeros", name="table"
        )
        self.bias = self.add_weight(shape=(self.experts,), initializer="zeros", name="bias")

    def call(self, ids: Any) -> Any:
        """The sums, in which padding counts nothing: its weights are zero."""
        return keras.ops.sum(keras.ops.take(self.table, ids, axis=0), axis=1) + self.bias


@keras.saving.register_keras_serializable(package="undertone")
class Shortness(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length] words → [batch, 1], near 1 for a sentence, near 0 for a review: a smooth step
    in the count of words.
    """

    def __init__(self, middle: float, step: float, **options: Any) -> None:
        super().__init__(**options)
        self.middle, self.step = middle, step

    def call(self, words: Any) -> Any:
        """One half at ``middle`` words, 0.27 at e to the ``step`` times as many."""
        count = keras.ops.sum(
            keras.ops.cast(keras.ops.not_equal(words, PADDING), "float32"), axis=1, keepdims=True
        )
        return keras.ops.sigmoid(
            (keras.ops.log(float(self.middle)) - keras.ops.log(count + 1)) / self.step
        )


@keras.saving.register_keras_serializable(package="undertone")
class Mixture(keras.layers.Layer):  # type: ignore[misc]
    """[batch, experts] their logits and [batch, 1] shortness → [batch] logits."""

    def build(self, experts_shape: Any, shortness_shape: Any) -> None:
        """A weight for each expert and one more as bias, for long and for short texts."""
        self.weights_of_experts = self.add_weight(
            shape=(2, experts_shape[-1] + 1), initializer="ones", name="weights"
        )

    def call(self, experts: Any, shortness: Any) -> Any:
        """The weighted sums."""
        ops = keras.ops
        share = ops.concatenate([1 - shortness, shortness], axis=-1)
        weights = ops.matmul(share, self.weights_of_experts)
        return ops.sum(weights[:, :-1] * experts, axis=-1) + weights[:, -1]


@keras.saving.register_keras_serializable(package="undertone")
class Filled(keras.layers.Layer):  # type: ignore[misc]
    """Ids [batch, length] → the same with padding behind, up to whole stretches of ``size``.

    Behind only: else the padding would decide where a stretch begins. Ids, for these are far less
    than what is made of them.
    """

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(**options)
        self.size = size

    def call(self, ids: Any) -> Any:
        """At most ``size`` - 1 more."""
        return keras.ops.pad(
            ids, [[0, 0], [0, -keras.ops.shape(ids)[1] % self.size]], constant_values=PADDING
        )


@keras.saving.register_keras_serializable(package="undertone")
class Stretches(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length, width] → [batch, length / size, width]: the largest of every ``size`` in a
    row.

    A third of the time of TensorFlow's pooling.
    """

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(**options)
        self.size = size

    def call(self, values: Any) -> Any:
        """Of whole stretches only."""
        count = keras.ops.shape(values)[1] // self.size
        return keras.ops.max(
            keras.ops.reshape(values, (-1, count, self.size, values.shape[-1])), axis=2
        )


@keras.saving.register_keras_serializable(package="undertone")
class Pooled(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length, width], its ``Stretches`` or itself, and [batch, length, 1] → [batch, 2
    width]: the largest, and the mean.

    The last input says what is present. What is pooled is nowhere negative, and zero where nothing
    is present. The sum is divided by the root of the length: a long text says more than a short
    one, but not in proportion.
    """

    def call(self, values: Any, stretches: Any, present: Any) -> Any:
        """Of nothing both are zero."""
        ops = keras.ops
        count = ops.maximum(ops.sum(present, axis=1), 1)
        return ops.concatenate(
            [ops.max(stretches, axis=1), ops.sum(values, axis=1) / ops.sqrt(count)], axis=-1
        )


@keras.saving.register_keras_serializable(package="undertone")
class Phrases(keras.layers.Layer):  # type: ignore[misc]
    """[batch, length] words → [batch, length, filters]: a convolution over their vectors, worked
    out for each word beforehand.

    Words are looked up once for each place that they can have in a phrase, and what is found is
    added: a third of the time. A phrase in whose middle there is padding is zero, for what is found
    for it outweighs everything.
    """

    def __init__(self, vocabulary: int, filters: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.vocabulary, self.filters, self.width = vocabulary, filters, width

    def build(self, shape: Any) -> None:
        """A row for each place and word; the bias is part of those for the middle."""
        shape = (self.vocabulary, self.filters)
        self.tables = [
            self.add_weight(shape=shape, initializer="zeros", name=f"place_{at}")
            for at in range(self.width)
        ]

    def call(self, words: Any) -> Any:
        """The same as the convolution with padding gives, but for rounding."""
        ops = keras.ops
        length = ops.shape(words)[1]
        before = (self.width - 1) // 2
        padded = ops.pad(words, [[0, 0], [before, self.width - 1 - before]])
        found = [
            ops.take(table, padded[:, at : at + length], axis=0)
            for at, table in enumerate(self.tables)
        ]
        return ops.relu(sum(found[1:], found[0]))


@keras.saving.register_keras_serializable(package="undertone")
class Marked(keras.layers.Layer):  # type: ignore[misc]
    """Ids [batch, length] → [batch, length, 1], 1 where there is one, 0 for padding."""

    def call(self, ids: Any) -> Any:
        """In floats."""
        return keras.ops.cast(keras.ops.not_equal(ids, PADDING), self.compute_dtype)[:, :, None]


@dataclass(frozen=True, slots=True)
class DeepShape:
    """``vocabulary``: words have ids below it; ``stretch``: words of which each filter's strongest
    answer goes on.

    ``units`` and ``layers``: of the convolutions over stretches.
    """

    vocabulary: int
    dimensions: int = 64
    filters: int = 96
    width: int = 3
    stretch: int = 8
    units: int = 64
    layers: int = 2


def deep(shape: DeepShape, *, word_dropout: float = 0.1, dropout: float = 0.5) -> keras.Model:
    """The deep side alone, as it is trained: int32 words [batch, length] → logits float32 [batch].

    ``word_dropout``: share of the words that training does not see.
    """
    layers = keras.layers
    words = keras.Input((None,), dtype="int32", name="words")
    filled = Filled(shape.stretch, name="filled")(words)
    present = Marked(name="present")(filled)
    vectors = layers.Multiply(name="vectors")(
        [layers.Embedding(shape.vocabulary, shape.dimensions, name="embedding")(filled), present]
    )
    vectors = layers.Dropout(word_dropout, noise_shape=(None, None, 1), name="word_dropout")(
        vectors
    )
    vectors = layers.SpatialDropout1D(2 * word_dropout, name="dimension_dropout")(vectors)
    phrases = layers.Conv1D(
        shape.filters, shape.width, padding="same", activation="relu", name="convolution"
    )(vectors)
    answers = layers.Multiply(name="answers")([phrases, present])
    logit = _judged(answers, present, shape, word_dropout, dropout)
    return keras.Model(
        words, layers.Reshape((), dtype="float32", name="logits")(logit), name="deep"
    )


def build(size: int, experts: int, middle: float, step: float, **deep_shape: int) -> keras.Model:
    """All of it: ``ids`` below ``size`` and ``words``, int32 [batch, length] each → logits float32
    [batch].

    ``experts``: on the wide side; the deep side is one more. ``middle`` and ``step``: see
    ``Shortness``; ``deep_shape``: of ``DeepShape``. Takes its weights from arrays that ``folding``
    made.
    """
    shape = DeepShape(**deep_shape)
    ids = keras.Input((None,), dtype="int32", name="ids")
    words = keras.Input((None,), dtype="int32", name="words")
    filled = Filled(shape.stretch, name="filled")(words)
    phrases = Phrases(shape.vocabulary, shape.filters, shape.width, name="phrases")(filled)
    logit = _judged(phrases, Marked(name="present")(filled), shape, 0.0, 0.0)
    experts = keras.layers.Concatenate(name="experts")(
        [Wide(size, experts, name="wide")(ids), logit]
    )
    shortness = Shortness(middle, step, name="shortness")(words)
    return keras.Model(
        [ids, words], Mixture(name="mixture")(experts, shortness), name="wide_and_deep"
    )


def _judged(
    answers: Any, present: Any, shape: DeepShape, filter_dropout: float, dropout: float
) -> Any:
    """Logits [batch, 1] of what the strongest phrases say, by themselves and in turn."""
    layers = keras.layers
    stretches = Stretches(shape.stretch, name="stretches")(answers)
    stretches_present = Stretches(shape.stretch, name="stretches_present")(present)
    course = layers.SpatialDropout1D(2 * filter_dropout, name="filter_dropout")(stretches)
    for number in range(shape.layers):
        course = layers.Conv1D(
            shape.units, 3, padding="same", activation="relu", name=f"course_{number}"
        )(course)
        course = layers.Multiply(name=f"course_present_{number}")([course, stretches_present])
    phrases_pooled = Pooled(name="phrases_pooled")(answers, stretches, present)
    courses_pooled = Pooled(name="courses_pooled")(course, course, stretches_present)
    features = layers.Concatenate(name="features")([phrases_pooled, courses_pooled])
    return layers.Dense(1, dtype="float32", name="logit")(
        layers.Dropout(dropout, name="features_dropout")(features)
    )
