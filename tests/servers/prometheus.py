"""Prometheus' own tools, as Debian packages them: promtool, amtool and an Alertmanager."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.ports import free_port
from tests.harness import answers
from tests.servers import debian
from tests.servers.process import CACHE, Server, Unavailable

TEMPLATE = Path("/usr/share/prometheus/alertmanager/default.tmpl")

CONFIG = """
route: {receiver: nobody, group_wait: 1s}
receivers: [{name: nobody}]
"""


def promtool() -> str:
    """Installed, else unpacked into the cache. Raises ``Unavailable``."""
    return _program("promtool", "prometheus")


def amtool() -> str:
    """Likewise."""
    return _program("amtool", "prometheus-alertmanager")


def _program(name: str, package: str) -> str:
    installed = shutil.which(name)
    return installed or str(debian.unpacked(package, CACHE / package) / "usr/bin" / name)


@contextmanager
def prometheus(folder: Path, configuration: Path) -> Iterator[str]:
    """Start one, yield its ``http://`` address, stop it. Raises ``Unavailable``."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = Server(
        name="Prometheus",
        command=[
            _program("prometheus", "prometheus"), f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        log=folder / "prometheus.log",
        ready=lambda: answers(f"{address}/-/ready"),
    )  # fmt: skip
    server.start()
    try:
        yield address
    finally:
        server.stop()


@contextmanager
def alertmanager(folder: Path, configuration: str = CONFIG) -> Iterator[str]:
    """Start one, yield its ``http://`` address, stop it. Raises ``Unavailable``."""
    program, port = shutil.which("prometheus-alertmanager"), free_port()
    if (
        program is None or not TEMPLATE.exists()
    ):  # Debian's reads it from nowhere else, so it is of no use unpacked
        raise Unavailable(
            "no Alertmanager: install Debian's prometheus-alertmanager, as "
            "tests/servers/install.sh does for root"
        )
    config, address = folder / "alertmanager.yml", f"http://127.0.0.1:{port}"
    config.write_text(configuration)
    server = Server(
        name="Alertmanager",
        command=[
            program, f"--config.file={config}", f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        log=folder / "alertmanager.log",
        ready=lambda: answers(f"{address}/-/ready"),
    )  # fmt: skip
    server.start()
    try:
        yield address
    finally:
        server.stop()
