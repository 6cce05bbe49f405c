"""Health probe for containers: ``python -m infra.probe [ready|live]`` exits with status 0 if the
process is healthy.

What a container's health check runs: the images have no curl.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Sequence

from infra.settings import load_settings
from schemas.errors import ConfigurationError

TIMEOUT_S = 4.0
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""Addresses to listen on that nobody can connect to, and where it is heard as well."""


def main(arguments: Sequence[str]) -> int:
    """0 where the answer is 200; 1 where it is another or none; 2 where the question is wrong."""
    state = arguments[0] if arguments else "ready"
    if state not in ("ready", "live"):
        sys.stderr.write("usage: python -m infra.probe [ready|live]\n")
        return 2
    try:
        settings = load_settings().metrics
        host = ANYWHERE.get(settings.host, settings.host)
        with urllib.request.urlopen(
            f"http://{host}:{settings.port}/health/{state}", timeout=TIMEOUT_S
        ) as reply:
            return 0 if reply.status == 200 else 1
    except ConfigurationError as error:
        sys.stderr.write(f"undertone: {error}\n")
        return 2
    except (urllib.error.URLError, OSError) as error:
        sys.stderr.write(f"not {state}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
