"""The page in headless Chromium: nothing fails, nothing is fetched, everything is drawn, sorts, fits and turns dark."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from report_runs import PRESETS, STUDIES, convert, write_all

from eval.claims import CLAIMS
from eval.report.content import compose
from eval.report.gather import gather
from eval.report.write import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--disable-gpu", "--disable-background-networking", "--no-first-run")
"""A browser that asks for nothing by itself."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on the path")


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    root = write_all(tmp_path_factory.mktemp("runs"))
    content, runs = compose(gather(root, STUDIES, PRESETS, convert), STUDIES, PRESETS)
    return write_report(content, runs, tmp_path_factory.mktemp("report")).as_uri()


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api")
    # Chromium refuses its sandbox to root.
    flags = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def visit(browser, address):
    """Opens the page in a window of its own; what it complains of, and asks for, is kept on it."""

    def open_page(javascript: bool = True):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=javascript)
        page = context.new_page()
        page.complaints, page.requests = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(address)
        return page

    return open_page


@pytest.fixture(scope="module")
def opened(visit):
    """One page for all tests: opening it takes seconds."""
    return visit()


@pytest.fixture
def page(opened, address):
    """The page as it was opened; whatever a test does to it, it may neither complain nor fetch anything."""
    opened.set_viewport_size({"width": 1280, "height": 900})
    opened.emulate_media(media="screen", color_scheme="light")
    yield opened
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("data:", "blob:"))] == [address]


def column(page, index: int) -> list[str]:
    return page.eval_on_selector_all(f"#summary tbody tr > :nth-child({index})", "cells => cells.map(c => c.innerText)")


def test_every_section_is_there_and_every_figure_drawn(page):
    assert page.eval_on_selector_all(".claim", "all => all.map(one => one.id)") == [
        *sorted(CLAIMS, key=lambda name: int(name[1:])), "study-surrogates",
    ]  # fmt: skip
    panels = page.evaluate("JSON.parse(document.getElementById('panels').textContent)")
    assert len(panels) == 4
    for name, panel in panels.items():
        plot = page.locator(f"#plot-{name}")
        assert plot.locator(".scatterlayer .trace").count() == len(panel["curves"])
        assert plot.locator(".scatterlayer .point").count() > 2
        assert plot.get_attribute("aria-label") == panel["alt"]
    assert page.eval_on_selector_all("img", "all => all.length && all.every(one => one.alt && one.naturalWidth > 0)")


def test_the_table_sorts_on_a_click_and_back(page):
    page.click("#summary th:nth-child(3) button")
    page.click("#summary th:nth-child(1) button")
    claims = [cell.split()[0] for cell in column(page, 1)]
    assert claims == sorted(claims, key=lambda name: int(name[1:]))
    page.click("#summary th:nth-child(2) button")
    assert page.get_attribute("#summary th:nth-child(2)", "aria-sort") == "ascending"
    assert page.get_attribute("#summary th:nth-child(1)", "aria-sort") is None
    assert holds(page) == sorted(holds(page))
    page.click("#summary th:nth-child(2) button")
    assert page.get_attribute("#summary th:nth-child(2)", "aria-sort") == "descending"
    assert holds(page) == sorted(holds(page), reverse=True)
    assert holds(page)[0] > 0


def holds(page) -> list[int]:
    """In how many regimes each claim holds, where one is measured at all, in the table's order."""
    return [0 if cell == "·" else int(cell) for cell in column(page, 2) if cell != "–"]


def test_the_table_sorts_by_keyboard_and_says_so(page):
    first = "document.querySelector('a, button, summary, [tabindex]')"
    assert page.evaluate(f"{first}.className") == "skip", "the first stop skips to the claims"
    page.focus(".skip")
    page.keyboard.press("Enter")
    for _ in range(2):  # from the heading over a button to the second
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Holds"
    page.keyboard.press("Enter")
    assert holds(page) == sorted(holds(page))
    assert page.inner_text("#sorted") == "sorted by Holds, ascending"


def test_a_curve_is_hidden_by_its_button(page):
    plot, button = page.locator("#plot-executions-0"), page.locator("#legend-executions-0 button").first
    before = plot.locator(".trace").count()
    button.focus()
    page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "false"
    assert plot.locator(".trace").count() == before - 1
    page.keyboard.press("Space")
    assert plot.locator(".trace").count() == before


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    wait_until(lambda: page.evaluate("document.querySelector('.plot .main-svg').clientWidth") <= width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def wait_until(condition, seconds: float = 20.0) -> None:
    """For what the page does by itself. (The page forbids the code that Playwright would wait with.)"""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the page did not do it in time"
        time.sleep(0.05)


def rgb(page, script: str) -> tuple[float, ...]:
    text = page.evaluate(script)
    return tuple(float(part) for part in text[text.index("(") + 1 : -1].split(",")[:3])


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAPER = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_scheme_and_can_be_read(page, scheme):
    page.emulate_media(color_scheme=scheme)
    paper = rgb(page, PAPER)
    assert (luminance(paper) > 0.5) == (scheme == "light")
    for selector in (
        "body",
        ".small",
        ".holds",
        ".fails",
        ".not",
        "a[href='#C2']",
        "caption",
        "#legend-executions-0 button",
    ):
        ink = rgb(page, f'getComputedStyle(document.querySelector("{selector}")).color')
        assert contrast(ink, paper) >= 4.5, selector
    swatch = "getComputedStyle(document.querySelector('#legend-executions-0 i')).borderTopColor"
    line = "getComputedStyle(document.querySelector('#plot-executions-0 .js-line')).stroke"
    wait_until(lambda: rgb(page, line) == rgb(page, swatch))
    assert contrast(rgb(page, line), paper) >= 3


def test_without_javascript_the_images_stand_for_the_plots(visit):
    page = visit(javascript=False)
    assert page.locator(".still img").first.is_visible()
    assert not page.locator(".plot").first.is_visible()
    assert page.locator("#C2").is_visible()
    assert "need JavaScript" in page.inner_text("main")
    page.context.close()


def test_on_paper_there_are_images_and_no_controls(page, tmp_path):
    assert not page.locator(".still img").first.is_visible(), "closed on screen, where the plots are"
    page.emulate_media(media="print")
    assert not page.locator(".plot").first.is_visible()
    assert page.eval_on_selector(".still img", "one => one.getBoundingClientRect().height") > 0
    assert Path(tmp_path / "page.pdf").write_bytes(page.pdf(format="A4")) > 10_000
