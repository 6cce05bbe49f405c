"""Ahead-of-time compilation of scoring and masking: ``python -m models.precompile``.

Numba keeps what it compiled in ``NUMBA_CACHE_DIR``, for this processor or the one that ``NUMBA_CPU_NAME`` names.
"""

from __future__ import annotations

from models.artifact import artifact
from models.inference.classifier import Classifier
from models.names.tagger import NameTagger

TEXT = "A text with the name of Jane Doe, who lives in Paris."


def precompile() -> None:
    """Load each shipped model and let it work once."""
    for folder in sorted(path.parent for path in artifact.FOLDER.glob("*/manifest.json")):
        if artifact.load(folder).network.kind == "names":
            NameTagger.load(folder)([TEXT])
        else:
            Classifier.load(str(folder)).score([TEXT])


if __name__ == "__main__":
    precompile()
