"""The ClickHouse server that Debian packages (18.16), with its own configuration, ports and folder;
no root needed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from infra.local.ports import free_port
from tests.servers import debian
from tests.servers.process import CACHE, Server

FOLDER = CACHE / "clickhouse-debian"
PACKAGE = "clickhouse-server"

CONFIG = """
<yandex>
    <logger><level>warning</level><console>1</console></logger>
    <listen_host>127.0.0.1</listen_host>
    <tcp_port>{port}</tcp_port>
    <path>{folder}/data/</path>
    <tmp_path>{folder}/tmp/</tmp_path>
    <users_config>{folder}/users.xml</users_config>
    <default_profile>default</default_profile>
    <default_database>default</default_database>
    <timezone>America/New_York</timezone>
    <mark_cache_size>67108864</mark_cache_size>
</yandex>
"""  # A time zone that is not UTC shows who relies on the server's.

USERS = """
<yandex>
    <profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
    <users><default>
        <password></password>
        <networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile>
        <quota>default</quota>
    </default></users>
    <quotas><default></default></quotas>
</yandex>
"""


@dataclass(frozen=True, slots=True)
class Program:
    """The server's executable and the folders of the libraries that it needs beyond the
    system's."""

    path: Path
    libraries: tuple[Path, ...] = ()


def program() -> Program:
    """Installed, else unpacked from Debian's packages into the cache. Raises ``Unavailable``."""
    installed = shutil.which(PACKAGE) or shutil.which(PACKAGE, path="/usr/sbin")
    if installed:
        return Program(Path(installed))
    root = debian.unpacked(PACKAGE, FOLDER)
    return Program(
        root / "usr/sbin" / PACKAGE,
        tuple({path.parent for path in root.glob("**/lib/*-linux-gnu/*.so*")}),
    )


def server(folder: Path, port: int) -> Server:
    """The server, not yet started, with its data under ``folder``. Raises ``Unavailable``."""
    executable = program()
    config = folder / "config.xml"
    config.write_text(CONFIG.format(port=port, folder=folder))
    (folder / "users.xml").write_text(USERS)
    return Server(
        name="ClickHouse",
        command=[str(executable.path), f"--config-file={config}"],
        environment={"LD_LIBRARY_PATH": ":".join(map(str, executable.libraries))}
        if executable.libraries
        else {},
        log=folder / "server.log",
        ready=lambda: _answers(port),
    )


def _answers(port: int) -> bool:
    client = Client("127.0.0.1", port, connect_timeout=1)
    try:
        return bool(client.execute("SELECT 1") == [(1,)])
    except (OSError, EOFError, Error):
        return False
    finally:
        client.disconnect()


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start it, yield its ``clickhouse://`` address, stop it. Raises ``Unavailable``."""
    port = free_port()
    clickhouse = server(folder, port)
    clickhouse.start()
    try:
        yield f"clickhouse://127.0.0.1:{port}"
    finally:
        clickhouse.stop()
