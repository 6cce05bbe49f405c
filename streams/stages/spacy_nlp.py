"""spaCy adapter for Presidio: a tokenizer for the context words of patterns, and a tagger for names
and places.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import regex
import spacy
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.attrs import IS_PUNCT, IS_STOP, LOWER
from spacy.lang.en.stop_words import STOP_WORDS
from spacy.lang.lex_attrs import is_punct
from spacy.tokens import Doc
from thinc.api import NumpyOps
from threadpoolctl import ThreadpoolController

LANGUAGE: Final = "en"
LABELS: Final = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
}
# Named entities need none of these; without them the tagger is almost twice as fast and finds the
# same.
EXCLUDED: Final = ["parser", "tagger", "attribute_ruler", "lemmatizer", "senter", "morphologizer"]
LONGEST: Final = 256
"""Characters without white space that are tokenised together. spaCy takes the marks around a word
one by one, and for each reads the word again: 20,000 exclamation marks cost it 46 seconds, 256 of
them 10 milliseconds."""
CUT = regex.compile(rf"\S{{1,{LONGEST}}}(?!\w)|\S{{1,{LONGEST}}}")
TOO_LONG = regex.compile(rf"(?<!\S)\S{{{LONGEST + 1}}}")
GOES_ON = regex.compile(rf"\S{{{LONGEST + 1}}}")
MARKS = regex.compile(r"(?<![^\w\s]|_)(?:[^\w\s]|_){9,}+")
SURROGATE = regex.compile(r"[\ud800-\udfff]")
"""Half a character, which spaCy cannot read."""


class Word(NamedTuple):
    """A token in small letters, and where it is in the text."""

    lower: str
    start: int
    end: int


@lru_cache(1 << 14)
def is_keyword(word: str) -> bool:
    """Whether Presidio takes a word for one that can be context: no stop word, no punctuation."""
    return word not in STOP_WORDS and not is_punct(word) and word not in {"-pron-", "be"}


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Positions to cut a text at, so that no run without white space exceeds ``LONGEST``; not
    within a word if possible.
    """
    start = 0
    for run in TOO_LONG.finditer(text):
        if run.start() < start:
            continue
        for match in CUT.finditer(text, max(start, run.start())):
            yield start, match.end()
            start = match.end()
            if not GOES_ON.match(text, start):
                break
    if start < len(text):
        yield start, len(text)


class Tokenizer(NlpEngine):
    """Presidio's seam for language processing, answered by spaCy's rules alone: no model, no
    entities.

    Context words are compared by their lower-case form, because a tokenizer knows no lemmas and an
    empty one matches nothing.
    """

    def __init__(self) -> None:
        self._nlp = spacy.blank(LANGUAGE)
        # A new word costs most by all that spaCy wants to know of it.
        vocabulary: Any = self._nlp.vocab
        vocabulary.lex_attr_getters = {
            asked: vocabulary.lex_attr_getters[asked] for asked in (LOWER, IS_STOP, IS_PUNCT)
        }

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Always."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Tokens of one text."""
        with self._nlp.memory_zone():
            doc = self._nlp.make_doc(text)
            words: Any = [token.lower_ for token in doc]
            return NlpArtifacts([], words, [token.idx for token in doc], words, self, language)

    def words(self, text: str, offset: int = 0) -> list[Word]:
        """Tokens of a text that begins at ``offset`` of another; what is longer than ``LONGEST``
        without white space is cut.
        """
        with self._nlp.memory_zone():
            return [
                Word(
                    token.lower_,
                    offset + start + token.idx,
                    offset + start + token.idx + len(token),
                )
                for start, end in (pieces(text) if len(text) > LONGEST else ((0, len(text)),))
                for token in self._nlp.make_doc(SURROGATE.sub("\ufffd", text[start:end]))
            ]

    @staticmethod
    def difficulty(text: str) -> float:
        """Extra cost of many marks in a row, in microseconds."""
        return sum(len(run[0]) * min(len(run[0]), LONGEST) / 6 for run in MARKS.finditer(text))

    def process_batch(
        self, texts: Any, language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Tokens of each text."""
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        """Whether a word is too common to be context."""
        return bool(self._nlp.vocab[word].is_stop)

    def is_punct(self, word: str, language: str) -> bool:
        """Whether a word is punctuation."""
        return bool(self._nlp.vocab[word].is_punct)

    def get_supported_entities(self) -> list[str]:
        """None: there is no tagger in it."""
        return []

    def get_supported_languages(self) -> list[str]:
        """English rules serve every language written with spaces."""
        return [LANGUAGE]


class Tagger:
    """Names and places through a spaCy model."""

    def __init__(self, package: str) -> None:
        """``package``: an installed spaCy model, or the folder of one. Raises
        ``ModuleNotFoundError``.
        """
        load: Any = (
            partial(spacy.load, package)
            if Path(package).is_dir()
            else importlib.import_module(package).load
        )
        self._nlp = load(exclude=EXCLUDED)
        self._keep_only_what_ner_hears()
        # NumPy's matrix product is three times as fast here as spaCy's own, and gives the same
        # entities. It would use every core, which is slower where each core has its worker.
        for node in self._nlp.get_pipe("ner").model.walk():
            node.ops = NumpyOps(use_blis=False)
        self._threads = ThreadpoolController()

    def __call__(self, texts: Sequence[str]) -> list[list[tuple[str, int, int]]]:
        """(PERSON or LOCATION, start, end) of each text."""
        # The zone gives back what the vocabulary grew by: without it memory rises with every new
        # word, for ever.
        with self._nlp.memory_zone(), self._threads.limit(limits=1, user_api="blas"):
            return [
                [
                    (LABELS[span.label_], span.start_char, span.end_char)
                    for span in doc.ents
                    if span.label_ in LABELS
                ]
                for doc in self._nlp.pipe(
                    [self._doc(text) if TOO_LONG.search(text) else text for text in texts],
                    batch_size=32,
                )
            ]

    def _doc(self, text: str) -> Doc:
        """The tokens of a text in which something is too long without white space to be tokenised
        at once.
        """
        docs = [self._nlp.make_doc(text[start:end]) for start, end in pieces(text)]
        return Doc(
            self._nlp.vocab,
            words=[token.text for doc in docs for token in doc],
            spaces=[bool(token.whitespace_) for doc in docs for token in doc],
        )

    def _keep_only_what_ner_hears(self) -> None:
        """Many models' entity recognizer brings its own vectors; then the shared ones were for the
        excluded parts alone.
        """
        if (
            "tok2vec" in self._nlp.pipe_names
            and "ner" not in self._nlp.get_pipe("tok2vec").listening_components
        ):
            self._nlp.remove_pipe("tok2vec")
