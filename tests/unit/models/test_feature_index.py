"""The ids that a model knows, numbered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from models.text.feature_index import KnownIds, bitmap
from models.text.ngrams import Encoder, EncoderSettings

Flags = npt.NDArray[np.bool_]
BITS = 9
flags = st.lists(st.booleans(), min_size=2**BITS, max_size=2**BITS).map(np.array)
SETTINGS = EncoderSettings(BITS, 2)


@given(flags, st.lists(st.text("abc <>'", max_size=12), max_size=4))
def test_an_encoder_gives_the_numbers_of_the_ids_it_knows(known: Flags, texts: list[str]) -> None:
    known[0] = False
    numbers = dict(zip(np.flatnonzero(known).tolist(), range(1, 2**BITS + 1), strict=False))
    every = Encoder(SETTINGS)(texts)
    some = Encoder(SETTINGS, KnownIds.of(bitmap(known)))(texts)
    assert [ids.tolist() for ids in some] == [
        [numbers[number] for number in ids.tolist() if number in numbers] for ids in every
    ]


def test_a_table_of_few_ids_is_filled_up_to_whole_words() -> None:
    known = KnownIds.of(bitmap(np.array([False, True, True])))
    assert (known.words.tolist(), known.before.tolist()) == ([0b110], [0])
