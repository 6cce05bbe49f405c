"""The page and its files, and who is told figures."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from infra.settings import Settings
from streams import console
from streams.gateway.core.api_keys import Scope, generate
from tests.unit.streams.gateway.inside import app_of, client_of, keep, settings_of

STATIC = Path(console.__file__).with_name("static")
LIVE, STATE, EXAMPLES = (f"/api/v1/console/{name}" for name in ("live", "state", "examples"))
HOUR = {"from": "2026-03-04T10:00:00Z", "to": "2026-03-04T11:00:00Z"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


async def test_the_page_and_everything_it_names_is_served_from_here(settings: Settings) -> None:
    async with client_of(app_of(settings)) as client:
        page = await client.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'self'" in page.headers["content-security-policy"]
        named = set(re.findall(r'(?:src|href)="(console/[^"]+)"', page.text))
        scripts = "".join(file.read_text(encoding="utf8") for file in STATIC.glob("*.js"))
        imported = {f"console/{name}" for name in re.findall(r'from "\./([^"]+)"', scripts)}
        files = {
            path.name: await client.get(f"/console/{path.name}")
            for path in STATIC.iterdir()
            if path.suffix != ".html"
        }
    assert named | imported == {f"console/{name}" for name in files}
    for name, answer in files.items():
        assert answer.status_code == 200
        assert answer.content == (STATIC / name).read_bytes()
    assert files["app.js"].headers["content-type"].startswith("text/javascript")
    assert files["console.css"].headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("file", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere_or_would_be_refused_by_the_policy(file: Path) -> None:
    source = file.read_text(encoding="utf8")
    assert not set(re.findall(r"https?://[^\s\"'`]+", source)) - {"http://www.w3.org/2000/svg"}
    assert not re.search(
        r"<style|\sstyle=|<script>|\son\w+=\"|innerHTML|insertAdjacentHTML|\beval\(", source
    )


def test_every_element_that_scripts_look_for_is_on_the_page() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf8")
    wanted = {
        name
        for file in STATIC.glob("*.js")
        for name in re.findall(r'byId\("([^"]+)"\)', file.read_text())
    }
    assert wanted <= set(re.findall(r'\sid="([^"]+)"', page))


async def test_figures_need_a_key_that_may_read_and_the_page_none(settings: Settings) -> None:
    now = datetime.now(UTC)
    reader, scorer = (
        generate(scope, frozenset({scope}), now, None) for scope in (Scope.READ, Scope.PREDICT)
    )
    keep(settings, reader[1], scorer[1])
    async with client_of(app_of(settings)) as client:
        assert (await client.get("/")).status_code == 200
        for path, parameters in ((LIVE, {}), (STATE, {}), (EXAMPLES, HOUR)):

            async def asked(**headers: str) -> httpx.Response:
                # Called before the next turn
                return await client.get(path, params=parameters, headers=headers)  # noqa: B023

            assert (await asked()).status_code == 401
            assert (await asked(authorization=f"Bearer {scorer[0]}")).status_code == 403
            assert (await asked(authorization=f"Bearer {reader[0]}")).status_code in {200, 503}


async def test_where_servers_are_away_the_page_is_told_which_parts_it_lacks(
    settings: Settings,
) -> None:
    async with client_of(app_of(settings)) as client:
        live, state = (await client.get(LIVE)).json(), (await client.get(STATE)).json()
    assert live["problems"].keys() == {
        "pace",
        "lag",
        "dead_letters",
        "over_time",
        "products",
        "latest",
    }
    assert state["problems"].keys() == {"variants", "drift", "events", "alerts", "aspects"}
    assert all(live[part] is None for part in live["problems"])
    assert live["problems"]["lag"].startswith("BrokerUnavailable")
    assert live["problems"]["pace"].startswith("WarehouseUnavailable")


async def test_a_failure_tells_nothing_of_where_clickhouse_is(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    hidden = settings.clickhouse.model_copy(
        update={"url": SecretStr("http://user:secret@127.0.0.1:1")}
    )
    async with client_of(app_of(settings.model_copy(update={"clickhouse": hidden}))) as client:
        told = (await client.get(LIVE)).text + (await client.get(EXAMPLES, params=HOUR)).text
    assert "secret" not in told
    assert "127.0.0.1" not in told


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"from": HOUR["from"]}, HOUR | {"limit": "51"}, HOUR | {"limit": "0"},
        HOUR | {"sentiment": "furious"},
        HOUR | {"product_id": "p" * 257}, {"from": HOUR["to"], "to": HOUR["from"]},
        {"from": "1066-10-14", "to": HOUR["to"]},
        HOUR | {"to": "9999-12-31T23:59:59"},
    ],
)  # fmt: skip
async def test_examples_that_cannot_be_are_refused(
    settings: Settings, parameters: dict[str, str]
) -> None:
    async with client_of(app_of(settings)) as client:
        answer = await client.get(EXAMPLES, params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request_form")


async def test_spans_that_there_are_not_are_refused(settings: Settings) -> None:
    async with client_of(app_of(settings)) as client:
        assert (await client.get(LIVE, params={"span": "100y"})).status_code == 422
