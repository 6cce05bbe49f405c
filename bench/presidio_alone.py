"""Presidio as its documentation shows it, in a process of its own:
``python -m bench.presidio_alone MODEL``.

Texts and entities as JSON on standard input; what is found in each, and texts in a second of one
core, on standard output. Where classes of ours are loaded, Presidio takes those that bear the name
of one of its own for its own.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider


def main(model: str, asked: dict[str, Any]) -> dict[str, Any]:
    """``asked``: texts, entities, least score."""
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(
        suffix_list_urls=(), cache_dir=None
    )  # no look-up on the network
    models = [{"lang_code": "en", "model_name": model}]
    engine = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": models}
    ).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine)
    began = time.process_time()
    found = [
        analyzer.analyze(text, "en", entities=asked["entities"], score_threshold=asked["least"])
        for text in asked["texts"]
    ]
    rate = len(found) / (time.process_time() - began)
    return {
        "found": [
            [(one.entity_type, one.start, one.end, one.score) for one in spans] for spans in found
        ],
        "rate": rate,
    }


if __name__ == "__main__":
    answer = main(sys.argv[1], json.load(sys.stdin))
    json.dump(answer, sys.stdout)
