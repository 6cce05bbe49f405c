"""Every process against a broker that asks for a password over TLS, its certificate from an
authority of its own.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest

from infra.local.ports import free_port
from tests.harness import wait_for
from tests.servers import kafka_secure, local_stack
from tests.servers.process import Unavailable

TEXT = "A fine film, well told and well played."
REVIEWS = 20


def test_every_process_works_over_sasl_ssl_with_scram_and_an_authority_of_its_own(
    tmp_path: Path,
) -> None:
    (tmp_path / "kafka").mkdir()
    try:
        with (
            kafka_secure.running(tmp_path / "kafka") as kafka,
            local_stack.running(tmp_path, kafka.bootstrap) as stack,
        ):
            door = free_port()
            stack.env = kafka.settings | {
                "UNDERTONE_PRIVACY__LEVEL": "patterns",
                "UNDERTONE_GATEWAY__PORT": str(door),
                "UNDERTONE_GATEWAY__KEYS_FILE": str(tmp_path / "keys.json"),
                "UNDERTONE_MODELS__TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db",
            }
            try:
                for role in ("sink", "worker", "gateway", "loop"):
                    stack.start(role)  # returns when it is ready
                lines = [
                    orjson.dumps({"review_id": f"file-{number}", "text": TEXT})
                    for number in range(REVIEWS)
                ]
                (tmp_path / "reviews.jsonl").write_bytes(b"\n".join(lines))
                sent = stack.undertone("produce", str(tmp_path / "reviews.jsonl"))
                assert sent.returncode == 0, sent.stderr
                answer = httpx.post(
                    f"http://127.0.0.1:{door}/api/v1/reviews",
                    json={"review_id": "door-0", "text": TEXT},
                    timeout=40,
                )
                assert answer.status_code == 202, answer.text
                asked = stack.undertone("retrain", "request", "en")
                assert asked.returncode == 0, asked.stderr
                wait_for(
                    "all of them",
                    lambda: (
                        stack.sql("SELECT uniqExact(review_id) FROM reviews") == [(REVIEWS + 1,)]
                    ),
                )
                assert kafka_secure.PASSWORD not in stack.logs()
            finally:
                stack.stop()
    except Unavailable as reason:
        pytest.skip(str(reason))
