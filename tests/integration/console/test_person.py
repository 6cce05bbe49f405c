"""A person's path through the console, in a real browser before a real stack."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from infra.local.ports import free_port
from schemas.topics import REVIEWS_RAW
from streams.gateway.api_key_file import change
from streams.gateway.core.api_keys import Scope, generate
from tests.harness import Stack, answers, wait_for
from tests.integration.views import PREDICTION, insert
from tests.servers import browser, local_stack
from tests.servers.process import Unavailable

HOSTILE = "<img src=x onerror=alert(1)>"
GOOD = "I loved these shoes, they are wonderful and comfortable. Mail jane@example.org for more!"


@dataclass(frozen=True)
class Console:
    """A page, and the stack behind it."""

    url: str
    key: str
    stack: Stack
    page: Chrome

    def find(self, selector: str) -> WebElement:
        """The one element."""
        return self.page.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What a person reads there."""
        return self.find(selector).text

    def press(self, selector: str) -> None:
        """Press a button or whatever else can be, by the keyboard: a page that grows may move away
        from under a pointer.
        """
        self.until(
            f"{selector} to be there",
            lambda: bool(self.page.find_elements(By.CSS_SELECTOR, selector)),
        )
        self.find(selector).send_keys(Keys.ENTER)

    def until(self, what: str, ask: Callable[[], bool]) -> None:
        """Wait; what is drawn anew while it is looked at is looked at again."""

        def look() -> bool:
            try:
                return ask()
            except StaleElementReferenceException:
                return False

        wait_for(what, look)

    def kcat(self, **review: str) -> None:
        """Produce a review as a person would."""
        program = shutil.which("kcat")
        assert program is not None
        argv = [program, "-P", "-b", self.stack.bootstrap, "-t", REVIEWS_RAW.name]
        subprocess.run(
            argv, input=orjson.dumps(review) + b"\n", check=True, timeout=60, capture_output=True
        )


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    if shutil.which("kcat") is None:
        pytest.skip("no kcat: install Debian's, as tests/servers/install.sh does for root")
    folder = tmp_path_factory.mktemp("console")
    key, entry = generate("tests", frozenset({Scope.READ, Scope.PREDICT}), datetime.now(UTC), None)
    change(folder / "keys.json", lambda _: (entry,))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    try:
        with browser.chromium(folder) as page, local_stack.running(folder) as stack:
            stack.env["UNDERTONE_PRIVACY__LEVEL"] = "patterns"
            settings = {
                "UNDERTONE_GATEWAY__PORT": str(port),
                "UNDERTONE_GATEWAY__KEYS_FILE": str(folder / "keys.json"),
            }
            try:
                stack.start("sink", UNDERTONE_SINK__MAX_WAIT_MS="250")
                stack.start("worker")
                stack.start("gateway", **settings)
                wait_for("the gateway to listen", lambda: answers(f"{url}/health/ready"))
                yield Console(url, key, stack, page)
            finally:
                stack.stop()
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_a_person_tries_a_review_sees_one_arrive_and_looks_into_it(console: Console) -> None:
    page = console.page
    browser.prefer(page, "light")
    browser.size(page, 1280, 1000)
    page.get(f"{console.url}/")

    console.until("a key to be asked for", lambda: console.find("#key").is_displayed())
    assert console.text("#status") == "A key is needed"
    refused = browser.complaints(page)
    assert refused
    assert all("401" in complaint for complaint in refused)
    console.find("#key-value").send_keys(console.key, Keys.ENTER)
    console.until("the figures to be live", lambda: console.text("#status") == "Live")
    assert not console.find("#key").is_displayed()
    assert page.execute_script("return [sessionStorage.length, localStorage.length]") == [1, 0]
    assert console.key not in page.page_source

    box = console.find("#try-text")
    box.clear()
    box.send_keys(GOOD)
    console.press("#try button")
    console.until("the review to be judged", lambda: "positive" in console.text("#try-answer"))
    assert "P(positive)" in console.text("#try-answer")
    assert "EMAIL_ADDRESS" in console.text("#try-answer")
    words = console.text("#try-words")
    assert "<EMAIL_ADDRESS>" in words
    assert "jane@" not in words
    assert "loved" in [
        row.text for row in page.find_elements(By.CSS_SELECTOR, "#try-words tbody th")
    ]
    sentences = page.find_elements(By.CSS_SELECTOR, "#try-words li")
    assert [sentence.text.split()[0] for sentence in sentences][:1] == ["positive"]
    assert "<EMAIL_ADDRESS>" in sentences[-1].text

    console.kcat(review_id="by-kcat", text=GOOD, product_id="shoes")
    console.kcat(
        review_id="hostile",
        text="A dull and lifeless thing, the worst that I have ever bought.",
        product_id=HOSTILE,
    )
    console.until(
        "both to be among those scored last",
        lambda: all(i in console.text("#latest") for i in ("by-kcat", "hostile")),
    )
    console.until(
        "their products to be shown",
        lambda: all(name in console.text("#products") for name in ("shoes", HOSTILE)),
    )
    console.until(
        "the bars to grow", lambda: len(page.find_elements(By.CSS_SELECTOR, "#over-time .bar")) >= 2
    )
    assert "2 reviews, 50 % of them positive" in console.find("#over-time desc").get_attribute(
        "textContent"
    )  # type: ignore[operator]
    assert not page.find_elements(By.CSS_SELECTOR, "img[src='x']")

    console.find("#products button[data-at=shoes]").click()
    console.until("the example to be found", lambda: "by-kcat" in console.text("#examples"))
    assert console.text("#examples .text").endswith("Mail <EMAIL_ADDRESS> for more!")
    assert page.switch_to.active_element.get_attribute("id") == "examples-title"

    console.press("#theme")
    assert page.execute_script("return document.documentElement.dataset.theme") == "dark"
    page.refresh()
    console.until(
        "the figures to be back, dark, with the key that was given",
        lambda: console.text("#status") == "Live",
    )
    assert page.execute_script("return getComputedStyle(document.body).colorScheme") == "dark"

    assert browser.complaints(page) == []
    assert browser.origins(page) == {console.url}


def test_everything_can_be_done_with_the_keyboard_alone(console: Console) -> None:
    page = console.page
    console.until("the figures to be live", lambda: console.text("#status") == "Live")
    console.until(
        "the bars to be drawn", lambda: bool(page.find_elements(By.CSS_SELECTOR, "#over-time .bar"))
    )
    console.press("#over-time-details summary")
    console.press("#over-time-table button")
    console.until("examples of the window", lambda: "shoes" in console.text("#examples"))
    console.find("#pause").send_keys(Keys.SPACE)
    console.until("it to pause", lambda: console.text("#status") == "Paused")
    console.find("#pause").send_keys(Keys.SPACE)
    console.until("it to go on", lambda: console.text("#status") == "Live")


def test_the_aspects_of_a_product_lead_to_the_reviews_behind_them(console: Console) -> None:
    assert not console.find("#aspects-panel").is_displayed()
    now, text = datetime.now(UTC), "The <b>battery</b> is weak, the screen fine"
    places = {"<b>battery</b>": ("negative", 4), "screen": ("positive", 32)}
    found = [
        {"term": term, "category": term, "sentiment": sentiment, "score": 0.5, "start": start,
         "end": start + len(term)}
        for term, (sentiment, start) in places.items()
    ]  # fmt: skip
    own = {"text_masked": text, "product_id": "phones", "created_at": now, "scored_at": now}
    row = PREDICTION | own | {"review_id": "weak", "aspects": orjson.dumps(found).decode()}
    with console.stack.warehouse() as warehouse:
        insert(warehouse, "predictions", row)
    console.until("aspects", lambda: console.find("#aspects-panel").is_displayed())
    assert [line.split() for line in console.text("#aspects tbody").splitlines()] == [
        ["<b>battery</b>", "1", "100", "%"],
        ["screen", "1", "0", "%"],
    ]
    console.press('#aspects button[data-at="<b>battery</b> negative"]')
    console.until("the review behind it", lambda: "weak" in console.text("#examples code"))
    assert console.find("#examples-aspect").get_attribute("value") == "<b>battery</b>"
    assert console.text("#examples .text") == text
    console.press('#aspects button[data-at="screen negative"]')
    console.until("none", lambda: "No reviews" in console.text("#examples-said"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_in(console: Console, scheme: str) -> None:
    page = console.page
    page.execute_script("localStorage.clear()")
    browser.prefer(page, scheme)
    page.refresh()
    console.until("the figures to be live", lambda: console.text("#status") == "Live")
    console.press("#try button")
    console.until("the words to be shown", lambda: bool(console.text("#try-words")))
    console.press("#examples-form button")
    console.until("examples", lambda: "by-kcat" in console.text("#examples"))
    console.press("#over-time-details summary")
    console.press("#drift-details summary")
    assert page.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches") == (
        scheme == "dark"
    )
    assert browser.barriers(page) == []


def test_on_a_small_telephone_nothing_is_cut_off(console: Console) -> None:
    browser.size(console.page, 360, 740)
    console.page.refresh()
    console.until("the figures to be live", lambda: console.text("#status") == "Live")
    console.until("the chart to fit", lambda: console.find("#over-time svg").size["width"] <= 340)
    width = console.page.execute_script("return document.documentElement.scrollWidth")
    assert width <= 360
    assert browser.barriers(console.page) == []
