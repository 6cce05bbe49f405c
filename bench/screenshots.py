"""Screenshots of the console for the README, light and dark, and the delay until a review is on the
page.

    undertone demo; python -m bench.screenshots

Starts the local stack on what the demo left in ClickHouse, with a gateway, and lets the demo's
reviews run through it again while the pictures are taken in Chromium: of the whole page, and of the
aspects of a headset whose battery got worse within the hour. Then single reviews are produced with
kcat, and the page is watched. Writes ``docs/images/console{,-aspects}-{light,dark}.png`` and
``bench/console.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import cycle
from pathlib import Path

import numpy as np
import orjson
from PIL import Image
from rich.console import Console
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from infra.kafka.publisher import Outgoing, Publisher
from infra.local import stack
from infra.settings import AspectSettings, Settings, environment, load_settings
from schemas.topics import REVIEWS_RAW
from streams.demo.headset_reviews import TURNS, written
from streams.demo.sample import SampleReview, load
from streams.devstack import stack_applications
from tests.harness import meanwhile, wait_for
from tests.servers import browser

FOLDER = Path(__file__).parents[1] / "docs" / "images"
REPORT = Path(__file__).with_name("console.json")
WIDTH, COLOURS, MAX_BYTES = 1280, 256, 300_000
REVIEW = (
    "Not bad at all, though the ending drags. I loved the actors. Mail "
    "maria.keller@example.org for more."
)
PRODUCT, HOUR, GOOD, SPOILT = "headset-h3", timedelta(minutes=58), 420, 180
"""What aspects are shown of: it turned within the hour, and the demo's only within a minute."""
SEEN = "return document.getElementById('latest').textContent.includes(arguments[0])"
MEANWHILE_S = 0.9
LOOK_S = 0.02


@contextmanager
def flowing(settings: Settings, reviews: Sequence[SampleReview], per_s: float) -> Iterator[None]:
    """The reviews, one after the other, while the block runs."""
    left = enumerate(cycle(reviews))
    with closing(Publisher(settings.kafka)) as publisher:

        def produce() -> None:
            number, review = next(left)
            document = {
                "review_id": f"again-{number}",
                "text": review.text,
                "product_id": review.product_id,
            }
            publisher.publish(
                [Outgoing(REVIEWS_RAW.name, review.review_id.encode(), orjson.dumps(document))]
            )

        with meanwhile(produce, 1 / per_s):
            yield


def spread(settings: Settings) -> None:
    """The headset's reviews, as if they had been written within the last hour."""
    reviews = written(PRODUCT, GOOD, SPOILT)
    began, step = datetime.now(UTC) - HOUR, HOUR / len(reviews)
    documents = [
        {
            "review_id": review.review_id,
            "text": review.text,
            "product_id": review.product_id,
            "created_at": began + number * step,
        }
        for number, review in enumerate(reviews)
    ]
    with closing(Publisher(settings.kafka)) as publisher:
        publisher.publish(
            [Outgoing(REVIEWS_RAW.name, None, orjson.dumps(document)) for document in documents]
        )


def look_at_aspects(page: Chrome) -> None:
    """Choose the headset, and what is bad about its battery."""
    page.find_element(By.CSS_SELECTOR, f"#product option[value='{PRODUCT}']").click()
    wait_for(
        "the aspects of the headset",
        lambda: PRODUCT in page.find_element(By.ID, "aspects-title").text,
    )
    page.find_element(By.CSS_SELECTOR, f"#aspects button[data-at='{TURNS} negative']").click()


def picture(page: Chrome, scheme: str, name: str = "console", part: str | None = None) -> Path:
    """The whole page as it is at this moment, or the element with the id ``part``."""
    browser.prefer(page, scheme)
    browser.size(page, WIDTH, 1000)
    time.sleep(2)
    browser.size(
        page, WIDTH, int(page.execute_script("return document.documentElement.scrollHeight"))
    )
    time.sleep(2)
    path = FOLDER / f"{name}-{scheme}.png"
    FOLDER.mkdir(parents=True, exist_ok=True)
    taken = page.find_element(By.ID, part).screenshot_as_png if part else None
    drawn = Image.open(BytesIO(taken or page.get_screenshot_as_png())).convert("RGB")
    drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path.name} has {path.stat().st_size} bytes; {MAX_BYTES} at most")
    return path


def seconds_until_seen(page: Chrome, settings: Settings, number: int) -> float:
    """From the end of kcat, which has had the broker's word by then, to the page."""
    name = f"kcat-{os.getpid()}-{number}"
    review = orjson.dumps({"review_id": name, "text": REVIEW, "product_id": "by-kcat"})
    argv = ["kcat", "-P", "-b", settings.kafka.bootstrap_servers, "-t", REVIEWS_RAW.name]
    subprocess.run(argv, input=review + b"\n", check=True, capture_output=True)
    began = time.perf_counter()
    while not page.execute_script(SEEN, name):
        time.sleep(LOOK_S)
    return time.perf_counter() - began


def main() -> None:
    """Take the pictures, then the time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--span", default="1h", choices=["15m", "1h", "24h"], help="of the pictures"
    )
    parser.add_argument(
        "--per-s", type=float, default=8.0, help="reviews a second while they are taken"
    )
    parser.add_argument("--times", type=int, default=30, help="how often a review is timed")
    given = parser.parse_args()
    out = Console()
    settings = load_settings()
    data_dir = settings.local.data_dir / "demo"
    settings = stack_applications.settings_for(settings, data_dir).model_copy(
        update={"aspects": AspectSettings(level="full")}
    )
    with tempfile.TemporaryDirectory() as name:
        argv = stack_applications.argv(settings, 1, loop=False, gateway=True)
        stack.start_detached(
            argv, data_dir, lambda event: out.print(str(event), style="dim"), environment(settings)
        )
        try:
            with browser.chromium(Path(name)) as page:
                page.get(f"http://127.0.0.1:{settings.local.gateway_port}/")
                page.find_element(By.CSS_SELECTOR, f"#span option[value='{given.span}']").click()
                spread(settings)
                with flowing(settings, load(), given.per_s):
                    time.sleep(60)
                    text = page.find_element(By.ID, "try-text")
                    text.clear()
                    text.send_keys(REVIEW)
                    page.find_element(By.CSS_SELECTOR, "#try button").click()
                    for scheme in ("light", "dark"):
                        out.print(str(picture(page, scheme)))
                    look_at_aspects(page)
                    for scheme in ("light", "dark"):
                        out.print(str(picture(page, scheme, "console-aspects", "aspects-panel")))
                time.sleep(5)
                seconds = []
                for number in range(given.times):
                    time.sleep(
                        MEANWHILE_S * (1 + number / given.times)
                    )  # so that reviews come at every part of a round
                    seconds.append(seconds_until_seen(page, settings, number))
        finally:
            stack.stop_stack(data_dir)
    p50, p95, longest = np.percentile(seconds, [50, 95, 100]).round(2).tolist()
    report = {
        "reviews": len(seconds), "p50_s": p50, "p95_s": p95, "longest_s": longest,
        "within_2_s": round(float(np.mean(np.array(seconds) <= 2)), 3),
        "load_average": os.getloadavg()[0],
    }  # fmt: skip
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf8")
    out.print(report)


if __name__ == "__main__":
    main()
