"""Local ClickHouse and registry answer programs of this machine, and browsers and proxies only with
the password.
"""

from __future__ import annotations

import base64
import json
import stat
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from selenium.webdriver import Chrome

from infra.local.door import PASSWORD_FILE, make_password, read_password
from tests.harness import wait_for
from tests.servers import browser, local_stack
from tests.servers.process import Unavailable

CREATE = "CREATE TABLE IF NOT EXISTS default.{} (a String) ENGINE = Memory"


@dataclass(frozen=True)
class Stack:
    """Where the two servers are, and their password."""

    clickhouse: str
    registry: str
    password: str

    def sql(self, statement: str, **headers: str) -> int:
        """The status of a statement."""
        return status(f"{self.clickhouse}/", statement.encode(), headers)

    def tables(self) -> list[str]:
        """What is in the database default."""
        with urllib.request.urlopen(
            f"{self.clickhouse}/?query=SHOW%20TABLES%20FROM%20default", timeout=30
        ) as reply:
            return str(reply.read().decode()).split()

    def subjects(self) -> list[str]:
        """What is registered."""
        with SchemaRegistryClient({"url": self.registry}) as client:
            return list(client.get_subjects())


def status(url: str, body: bytes | None, headers: dict[str, str]) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, named), timeout=30) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("door")
    password = read_password(make_password(folder))
    assert password is not None
    with local_stack.running(folder, bootstrap="127.0.0.1:1") as running:
        yield Stack(running.clickhouse, running.registry, password)


FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost.evil.example:8123"},
    {"Host": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "something-new"},
    {"X_Forwarded_For": "192.0.2.1"},
    {"Forwarded": "for=192.0.2.1"},
    {"Via": "1.1 proxy"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_may_come_from_elsewhere_is_refused_without_the_password(
    stack: Stack, headers: dict[str, str]
) -> None:
    assert stack.sql(CREATE.format("foreign"), **headers) == 403
    assert stack.sql(CREATE.format("foreign"), **headers, X_ClickHouse_Key="guess") == 403
    assert (
        stack.sql(CREATE.format("foreign"), **headers, Authorization=basic("default", "guess"))
        == 403
    )
    assert stack.sql(CREATE.format("foreign"), **headers, Authorization="Basic ????") == 403
    assert "foreign" not in stack.tables()
    schema = json.dumps({"schema": '"string"'}).encode()
    assert status(f"{stack.registry}/subjects/foreign/versions", schema, headers) == 403
    assert status(f"{stack.registry}/config", None, headers) == 403
    assert "foreign" not in stack.subjects()


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_the_password_opens_the_door_however_a_client_sends_it(
    stack: Stack, headers: dict[str, str]
) -> None:
    assert stack.sql("SELECT 1", **headers, X_ClickHouse_Key=stack.password) == 200
    assert stack.sql("SELECT 1", **headers, Authorization=basic("default", stack.password)) == 200
    assert (
        status(f"{stack.clickhouse}/?user=default&password={stack.password}", b"SELECT 1", headers)
        == 200
    )
    assert (
        status(
            f"{stack.registry}/subjects",
            None,
            headers | {"Authorization": basic("me", stack.password)},
        )
        == 200
    )


@pytest.mark.parametrize(
    "headers", [{}, {"Host": "localhost"}, {"Host": "[::1]:1"}, {"Sec_Fetch_Site": "none"}], ids=str
)
def test_programs_of_this_machine_need_no_password(stack: Stack, headers: dict[str, str]) -> None:
    assert stack.sql("SELECT 1", **headers) == 200
    assert stack.sql("SELECT 1", **headers, Authorization=basic("default", "")) == 200, (
        "clickhouse-connect sends an empty one"
    )
    assert status(f"{stack.registry}/subjects", None, headers) == 200


def test_a_wrong_password_is_no_password(stack: Stack) -> None:
    assert stack.sql("SELECT 1", X_ClickHouse_Key="guess") == 403
    assert (
        status(f"{stack.registry}/subjects", None, {"Authorization": basic("me", "guess")}) == 403
    )


def test_the_password_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = make_password(tmp_path)
    first = file.read_text()
    assert make_password(tmp_path).read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.name == PASSWORD_FILE
    file.write_text("")
    assert make_password(tmp_path).read_text().strip() not in {"", first.strip()}


PAGE = """<!doctype html><title>at work</title><body><script>
const sql = (name) => `CREATE TABLE default.${name} (a String) ENGINE = Memory`;
const clickhouse = "$CLICKHOUSE/", registry = "$REGISTRY/subjects/page/versions";
const schema = JSON.stringify({schema: '"string"'});
const post = (url, body, type = "text/plain") =>
  fetch(url, {method: "POST", mode: "no-cors", body, headers: {"Content-Type": type}});
const submit = (url, name, value, type) => new Promise((done) => {
  const create = (tag) => document.createElement(tag);
  const [frame, form, field] = ["iframe", "form", "textarea"].map(create);
  frame.name = "frame-" + Math.random();
  Object.assign(form, {method: "POST", action: url, enctype: type, target: frame.name});
  Object.assign(field, {name, value});
  form.append(field); document.body.append(frame, form);
  frame.onload = done; form.submit();
});
const read = async (url) => {
  try { return await (await fetch(url)).text(); } catch { return "refused"; }
};
(async () => {
  await Promise.allSettled([
    post(clickhouse, sql("text")),
    post(clickhouse, sql("urlencoded"), "application/x-www-form-urlencoded"),
    post(clickhouse + "?query=" + encodeURIComponent(sql("address"))),
    post(clickhouse, sql("blob"), "multipart/form-data"),
    fetch(clickhouse, {
      method: "POST", body: sql("cors"), headers: {"X-ClickHouse-User": "default"},
    }),
    navigator.sendBeacon(clickhouse, sql("beacon")),
    submit(clickhouse, sql("form") + " --", "", "text/plain"),
    post(registry, schema), post(registry, schema, "text/plain"),
    fetch(registry, {method: "POST", body: schema, headers: {"Content-Type": "application/json"}}),
  ]);
  window.seen = await read(clickhouse + "?query=SELECT+version()");
  window.seen += await read("$REGISTRY/subjects");
  document.title = "done";
})();
</script>"""


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The folder, by HTTP; the port."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    try:
        rebinding = ["--host-resolver-rules=MAP evil.example 127.0.0.1"]
        with browser.chromium(tmp_path_factory.mktemp("browser"), further=rebinding) as page:
            yield page
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1", "localhost"])
def test_a_page_that_posts_sql_and_schemas_gets_nothing_done(
    stack: Stack, page: Chrome, tmp_path: Path, name: str
) -> None:
    filled = PAGE.replace("$CLICKHOUSE", stack.clickhouse).replace("$REGISTRY", stack.registry)
    (tmp_path / "index.html").write_text(filled, encoding="utf8")
    with served(tmp_path) as port:
        page.get(f"http://{name}:{port}/")
        wait_for("the page to have tried everything", lambda: page.title == "done")
    assert page.execute_script("return window.seen") == "refusedrefused"
    assert stack.tables() == []
    assert stack.subjects() == []


def test_a_name_that_was_made_to_resolve_to_this_machine_gets_no_answer(
    stack: Stack, page: Chrome
) -> None:
    for address in (f"{stack.clickhouse}/?query=SELECT+42+*+42", f"{stack.registry}/subjects"):
        page.get(address.replace("127.0.0.1", "evil.example"))
        assert "without the password" in page.page_source
        assert "1764" not in page.page_source


def test_a_person_may_type_an_address(stack: Stack, page: Chrome) -> None:
    page.get(f"{stack.clickhouse}/?query=SELECT+42+*+42")
    assert "1764" in page.page_source
