"""Debian's Chromium, driven by Debian's chromedriver: nothing is downloaded, and nothing but the
page may be asked for.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_core_python
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.servers.process import Unavailable

ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
SERIOUS = {"serious", "critical"}


@contextmanager
def chromium(
    folder: Path, width: int = 1280, height: int = 1000, further: Sequence[str] = ()
) -> Iterator[Chrome]:
    """A browser with a fresh profile under ``folder`` and ``further`` arguments. Raises
    ``Unavailable``.
    """
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        raise Unavailable(
            "no Chromium: install Debian's chromium and chromium-driver, as "
            "tests/servers/install.sh does for root"
        )
    options = ChromeOptions()
    options.binary_location = program
    for argument in (
        *ARGUMENTS,
        *further,
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},{height}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options, Service(driver, log_output=str(folder / "chromedriver.log")))
    try:
        yield browser
    finally:
        browser.quit()


def size(browser: Chrome, width: int, height: int) -> None:
    """Make the page itself so large, whatever the window around it takes."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(browser: Chrome, scheme: str) -> None:
    """As if the system were set to ``light`` or ``dark``."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def complaints(browser: Chrome) -> list[str]:
    """What the console of the browser holds since it was asked last, network errors and refused
    styles included.
    """
    return [
        entry["message"]
        for entry in _log(browser, "browser")
        if entry["level"] in {"WARNING", "SEVERE"}
    ]


def origins(browser: Chrome) -> set[str]:
    """Where requests went since this was asked last."""
    events = [json.loads(entry["message"])["message"] for entry in _log(browser, "performance")]
    urls = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    return {
        f"{url.scheme}://{url.netloc}"
        for url in map(urlsplit, urls)
        if url.scheme in {"http", "https", "ws", "wss"}
    }


def barriers(browser: Chrome) -> Sequence[str]:
    """What axe-core finds that keeps people out, seriously or worse: the rule, and where."""
    browser.execute_script(AXE.read_text(encoding="utf8"))
    found: dict[str, Any] = browser.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run(document).then(done, (error) => "
        "done({error: String(error)}));"
    )
    assert "error" not in found, found["error"]
    serious = [rule for rule in found["violations"] if rule["impact"] in SERIOUS]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in serious
        for node in rule["nodes"]
    ]


def _log(browser: Chrome, kind: str) -> list[dict[str, Any]]:
    # Selenium's
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries
