"""Predictions: what is answered about one review, and about several of which some are not as they
should be.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest

from infra.settings import Settings
from tests.unit.streams.gateway.inside import (
    ENGLISH,
    GERMAN,
    PREDICT,
    app_of,
    client_of,
    problem,
    settings_of,
)
from tests.unit.streams.router.scorers import Opinion


class TwoSided(Opinion):
    """Dislikes a text that only says that something was awful."""

    def said(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array(
            [0.1 if "awful" in text and ENGLISH not in text else 0.9 for text in texts], np.float32
        )


class TestPredict:
    async def test_one_review_is_masked_and_judged(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            PREDICT, json={"text": f"{ENGLISH} Mail jane@example.org!", "review_id": "r1"}
        )
        assert answer.status_code == 200
        told = answer.json()
        assert told.pop("language_confidence") > 0.9
        assert told.pop("score") == pytest.approx(0.9)
        assert told.pop("confidence") == pytest.approx(0.9)
        assert told == {
            "review_id": "r1",
            "sentiment": "positive",
            "text_masked": f"{ENGLISH} Mail <EMAIL_ADDRESS>!",
            "language": "en",
            "pii": {"EMAIL_ADDRESS": 1},
            "model_name": "m",
            "model_version": "1",
            "variant": "champion",
            "probabilities": None,
            "evidence": True,
            "language_served": True,
            "sentences": None,
            "mixed": False,
            "aspects": None,
        }

    async def test_sentences_are_judged_for_those_who_ask(self, tmp_path: Path) -> None:
        model = TwoSided("m", "1")
        text = f"{ENGLISH} The seats were awful, and the sound was no better than those."
        reviews = {"reviews": [{"text": text}, {"text": ENGLISH}, {"text": 5}]}
        settings = settings_of(tmp_path, rate_per_s=0.001, burst=256)
        async with client_of(app_of(settings, model)) as client:
            answers = await asyncio.gather(
                client.post(PREDICT, json={"text": text}),
                client.post(PREDICT, params={"sentences": True}, json=reviews),
            )
            asked = sum(model.asked)
            wrong = await client.post(PREDICT, params={"sentences": "some"}, json={"text": text})
            last = await client.post(PREDICT, json={"text": ENGLISH})
        problem(wrong, 422, "bad_request_form")
        assert asked == 1 + (1 + 2 + 1)  # a review of one sentence is judged once
        left = int(last.headers["RateLimit"].split("r=")[1].split(";")[0])
        assert left == 256 - 1 - 2 * 3 - 1 - 1  # with their sentences reviews count twice
        whole, (both_sides, one, refused) = answers[0].json(), answers[1].json()["reviews"]
        assert (whole["sentences"], whole["mixed"]) == (None, False)
        assert [
            (text[each["start"] : each["end"]], each["label"]) for each in both_sides["sentences"]
        ] == [(ENGLISH, "positive"), (text.removeprefix(f"{ENGLISH} "), "negative")]
        assert both_sides["mixed"] is True
        assert one["sentences"] == [
            {"start": 0, "end": len(ENGLISH), "label": "positive", "score": one["score"]}
        ]
        assert one["mixed"] is False
        assert refused["problem"]["code"] == "bad_schema"

    async def test_aspects_are_found_for_those_who_ask(self, tmp_path: Path) -> None:
        text = f"{ENGLISH} But a bad battery, jane@example.org."
        settings = settings_of(tmp_path, rate_per_s=0.001, burst=256)
        async with client_of(app_of(settings)) as client:
            unasked, one, several, both = await asyncio.gather(
                client.post(PREDICT, json={"text": text}),
                client.post(PREDICT, params={"aspects": True}, json={"text": text}),
                client.post(
                    PREDICT, params={"aspects": True}, json={"reviews": [{"text": ENGLISH}]}
                ),
                client.post(
                    PREDICT, params={"aspects": True, "sentences": True}, json={"text": text}
                ),
            )
            last = await client.post(PREDICT, json={"text": ENGLISH})
        assert unasked.json()["aspects"] is None
        start = len(f"{ENGLISH} But a bad ")
        [battery] = one.json()["aspects"]
        assert battery.pop("score") == pytest.approx(0.15)
        assert battery == {
            "term": "battery", "category": "battery", "sentiment": "negative",
            "start": start, "end": start + len("battery"),
        }  # fmt: skip
        assert several.json()["reviews"][0]["aspects"] == []
        assert (len(both.json()["aspects"]), len(both.json()["sentences"])) == (1, 2)
        left = int(last.headers["RateLimit"].split("r=")[1].split(";")[0])
        assert left == 256 - 1 - 5 - 5 - 6 - 1  # a review counts four times more with its aspects

    async def test_a_review_without_an_id_gets_one(self, client: httpx.AsyncClient) -> None:
        first, second = [
            (await client.post(PREDICT, json={"text": ENGLISH})).json()["review_id"]
            for _ in range(2)
        ]
        assert first != second

    async def test_several_are_answered_one_by_one_in_order(
        self, client: httpx.AsyncClient
    ) -> None:
        reviews = [
            {"text": ENGLISH, "review_id": "a"},
            {"text": GERMAN, "review_id": "b"},
            {"text": "<p> </p>", "review_id": "c"},
            {"text": 5, "review_id": "d"},
            {"text": "", "review_id": "e"},
            {"review_id": "f"},
            {"text": ENGLISH, "review_id": "g", "created_at": "yesterday"},
            {"text": ENGLISH, "review_id": "h", "mistake": 1},
            {"text": ENGLISH, "review_id": "i"},
        ]
        answer = await client.post(PREDICT, json={"reviews": reviews})
        assert answer.status_code == 200
        told = answer.json()["reviews"]
        assert [review["review_id"] for review in told] == list("abcdefghi")
        assert [review.get("sentiment") or review["problem"]["code"] for review in told] == [
            "positive", "unsupported_language", "empty_text", "bad_schema", "empty_text",
            "bad_schema", "bad_schema", "bad_schema", "positive",
        ]  # fmt: skip

    async def test_a_single_review_that_is_rejected_is_a_problem_with_the_reason_of_a_dead_letter(
        self, client: httpx.AsyncClient
    ) -> None:
        assert (
            problem(await client.post(PREDICT, json={"text": GERMAN}), 422, "unsupported_language")[
                "detail"
            ]
            == "de"
        )
        problem(await client.post(PREDICT, json={"text": "<p> </p>"}), 422, "empty_text")
        problem(await client.post(PREDICT, json={"text": ""}), 422, "empty_text")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "#/text"),
            ({"text": 1}, "#/text"),
            ({"text": ENGLISH, "rating": [4]}, "#/rating"),
            ({"text": ENGLISH, "product_id": 1.5}, "#/product_id"),
            ({"text": ENGLISH, "review_id": ""}, "#/review_id"),
            ({"text": ENGLISH, "review_id": "a\0b"}, "#/review_id"),
            ({"text": ENGLISH, "a/b~c": 1}, "#/a~1b~0c"),
            ({"reviews": []}, "#/reviews"),
            ({"reviews": [{"text": "a"}] * 257}, "#/reviews"),
            ({"reviews": {"text": ENGLISH}}, "#/reviews"),
            ([], "#"),
            ("text", "#"),
            (None, "#"),
        ],
    )
    async def test_what_is_wrong_with_a_request_is_pointed_at(
        self, client: httpx.AsyncClient, body: Any, pointer: str
    ) -> None:
        answer = await client.post(
            PREDICT, content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        told = problem(answer, 422, "bad_request_form")
        assert pointer in {error["pointer"] for error in told["errors"]}

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"{", id="cut off"),
            pytest.param(b"", id="empty"),
            pytest.param(b"\xff\xfe{", id="not UTF-8"),
            pytest.param(b'{"text": "\xff"}', id="not UTF-8 inside"),
            pytest.param(b"[" * 5000, id="deep"),
            pytest.param(b'{"text": NaN}', id="not a number"),
            pytest.param(b'{"rating": ' + b"9" * 5000 + b"}", id="a long number"),
        ],
    )
    async def test_what_is_not_json_is_refused(
        self, client: httpx.AsyncClient, body: bytes
    ) -> None:
        answer = await client.post(
            PREDICT, content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in {400, 422}
        problem(answer, answer.status_code, answer.json()["code"])

    async def test_a_half_of_a_character_is_refused_wherever_it_is(
        self, client: httpx.AsyncClient
    ) -> None:
        headers = {"Content-Type": "application/json"}
        problem(
            await client.post(PREDICT, content=rb'{"text": "\ud800"}', headers=headers),
            422,
            "bad_request_form",
        )
        problem(
            await client.post(PREDICT, content=rb'{"text": "a", "\ud800": 1}', headers=headers),
            422,
            "bad_request_form",
        )
        several = await client.post(
            PREDICT,
            content=rb'{"reviews": [{"text": "\ud800", "review_id": "\ud800"}]}',
            headers=headers,
        )
        assert [
            (each["review_id"], each["problem"]["code"]) for each in several.json()["reviews"]
        ] == [(None, "bad_schema")]

    async def test_an_engine_that_is_away_is_said(self, settings: Settings) -> None:
        async with client_of(app_of(settings, Opinion("m", "1", away=True))) as client:
            answer = await client.post(PREDICT, json={"text": ENGLISH})
        problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
