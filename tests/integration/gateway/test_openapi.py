"""``/openapi.json`` keeps its word: schemathesis makes up requests from it, right and wrong ones,
and checks every answer.

``CALLS=2000 pytest tests/integration/gateway/test_openapi.py`` makes as many calls at least; a few
hundred are the default.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.integration.gateway.conftest import Gateway

CALLS = int(os.environ.get("CALLS", "300"))
DERIVED, VARIED = 300, 5
"""About as many requests follow from the limits in the schema, whatever is asked for; and so many
paths take random ones.
"""

# A schema cannot say that a text is in a language that a model judges, or that `from` is before
# `to`: 422 may be the answer to a request that fits the schema, too.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "422"]
"""


def test_no_call_gives_an_error_of_the_server_or_an_answer_that_the_schema_does_not_have(
    gateway: Gateway, tmp_path: Path
) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    each = max(5, math.ceil((CALLS - DERIVED) / VARIED) + 1)
    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", "schemathesis.toml", "run", f"{gateway.url}/openapi.json"),
            *(
                "--header",
                f"Authorization: Bearer {gateway.key}",
                "--header",
                f"X-API-Key: {gateway.key}",
            ),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(each)),
            *("--seed", "7", "--generation-database", "none"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr
    made = re.search(r"(\d+) generated", run.stdout)
    assert made, run.stdout
    assert int(made[1]) >= CALLS, run.stdout
    logs = gateway.stack.logs()
    assert "failed: " not in logs
    assert "Traceback" not in logs
