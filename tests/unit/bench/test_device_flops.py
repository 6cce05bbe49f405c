"""Operations of networks, by hand."""

from __future__ import annotations

from bench.device.flops import of_encoder, of_wide_and_deep
from models.artifact import artifact
from models.networks.bert_shape import EncoderShape

E5 = EncoderShape(250_038, 512, 384, 12, 12, 1536)


def test_an_encoder_of_one_layer_has_the_products_of_that_layer() -> None:
    shape = EncoderShape(vocabulary=9, positions=50, width=4, layers=1, heads=2, inner=6)
    joined, out = 5 * 4 * 12, 5 * 4 * 4
    likeness = mixing = 5 * 5 * 4
    inner = outer = 5 * 4 * 6
    head = 4 * 3
    assert of_encoder(shape, 5) == 2 * (joined + out + likeness + mixing + inner + outer + head)


def test_attention_makes_long_texts_dearer_than_in_proportion() -> None:
    assert of_encoder(E5, 128) > 2 * of_encoder(E5, 64) > 4 * of_encoder(E5, 32)
    layer = 128 * (4 * 384**2 + 2 * 128 * 384 + 2 * 384 * 1536)
    assert of_encoder(E5, 128) == 2 * (12 * layer + 3 * 384) == 5_737_810_176


def test_pieces_beyond_those_that_are_read_cost_nothing() -> None:
    assert of_encoder(E5, 4000) == of_encoder(E5, 512)


def test_the_film_model_computes_on_stretches_of_words_only() -> None:
    config = artifact.load(artifact.PRETRAINED).network.config
    one, two = (of_wide_and_deep(config, words) for words in (1, 9))
    assert of_wide_and_deep(config, 8) == one
    assert two - one == 2 * 3 * (96 * 64 + 64 * 64)
