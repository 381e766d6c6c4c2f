"""The page in headless Chromium: nothing fails, nothing is fetched, all is drawn, sorts, fits and can be shared."""

from __future__ import annotations

import csv
import os
import shutil
import time
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from report_runs import PRESETS, STUDIES, convert, write_all

from eval.claims import CLAIMS
from eval.report.content import compose
from eval.report.gather import gather
from eval.report.sections import Report
from eval.report.write import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "docs" / "results"
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
    """How many statements of each claim speak for the argument, where one is measured at all, in the table's order."""
    return [0 if cell == "·" else int(cell) for cell in column(page, 2) if cell != "–"]


def test_the_table_sorts_by_keyboard_and_says_so(page):
    first = "document.querySelector('a, button, summary, [tabindex]')"
    assert page.evaluate(f"{first}.className") == "skip", "the first stop skips to the claims"
    page.focus(".skip")
    page.keyboard.press("Enter")
    for _ in range(2):  # from the heading over a button to the second
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "For"
    page.keyboard.press("Enter")
    assert holds(page) == sorted(holds(page))
    assert page.inner_text("#said") == "sorted by For, ascending"


@pytest.fixture(scope="module")
def accessibility():
    return pytest.importorskip("axe_playwright_python.sync_playwright").Axe()


UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"


@pytest.fixture(scope="module")
def unfolded(visit):
    """A page on a phone in the dark, of which everything is unfolded and copied from."""
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.evaluate(UNFOLD)
    return page


def test_axe_finds_nothing_serious(unfolded, accessibility):
    require_accessible(unfolded, accessibility)


def require_accessible(page, accessibility) -> None:
    found = accessibility.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious]


@pytest.mark.slow
def test_axe_sees_what_is_wrong(visit, accessibility):
    page = visit()
    page.evaluate("document.documentElement.removeAttribute('lang')")
    with pytest.raises(AssertionError, match="html-has-lang"):
        require_accessible(page, accessibility)
    page.context.close()


def test_a_permanent_link_unfolds_its_statement(page):
    statement = page.locator("#C2-shots")
    assert not statement.is_visible(), "the numbers in full are one click below"
    page.evaluate("location.hash = '#C2-shots'")
    wait_until(statement.is_visible)
    assert statement.locator(".permanent").get_attribute("href") == "#C2-shots"
    page.evaluate("location.hash = ''")


@pytest.mark.parametrize(("form", "words"), [("markdown", "[gradient-cost, C2-shots]("), ("bibtex", "@misc{")])
def test_a_statement_is_copied(unfolded, address, form, words):
    unfolded.click(f"#C2-shots button[data-as={form}]")
    wait_until(lambda: unfolded.inner_text("#said") == f"copied C2-shots as {form}")
    copied = unfolded.evaluate("navigator.clipboard.readText()")
    assert words in copied
    assert f"{address}#C2-shots" in copied


@pytest.mark.parametrize(
    ("button", "name", "first", "rows"),
    [
        ("[data-of=summary]", "summary", ["Claim", "For", "Against", "Undecided", "Not measured"], len(CLAIMS)),
        ("[data-panel=executions-0]", "executions-0", ["curve", "parameters N"], None),
        ("[data-of=runs]", "runs", ["study", "preset, seed"], len(STUDIES)),
    ],
)
def test_a_table_is_saved_as_csv(unfolded, button, name, first, rows):
    with unfolded.expect_download() as waiting:
        unfolded.click(f"button.csv{button}")
    assert waiting.value.suggested_filename == f"{name}.csv"
    with Path(waiting.value.path()).open(newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    if rows is None:
        panel = unfolded.evaluate("JSON.parse(document.getElementById('panels').textContent)")[name]
        rows = sum(len(curve["points"]) for curve in panel["curves"])
        assert {row[0] for row in table[1:]} == {curve["name"] for curve in panel["curves"]}
    assert table[0][: len(first)] == first
    assert len(table) == 1 + rows
    assert {len(row) for row in table} == {len(table[0])}


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> str:
    """The page of the published results."""
    found = TypeAdapter(Report).validate_json((RESULTS / "report" / "report.json").read_text())
    runs = {study.name: ROOT / study.directory for study in found.studies}
    return write_report(found, runs, tmp_path_factory.mktemp("published")).as_uri()


@pytest.fixture(scope="module")
def first_screen(browser, published):
    """The published page as it stands before any script has run."""
    page = browser.new_page(java_script_enabled=False)
    page.goto(published)
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_answer_and_the_picture_stand_on_the_first_screen(first_screen, width, height):
    page = first_screen
    page.set_viewport_size({"width": width, "height": height})
    row = page.locator(".picture li").last
    assert "C12" in row.inner_text()
    box = row.bounding_box()
    assert box["y"] + box["height"] <= height
    for part in (".answer", ".picture li > a", ".band"):
        for one in page.locator(part).all():
            assert one.bounding_box()["x"] >= 0
            assert one.bounding_box()["x"] + one.bounding_box()["width"] <= width


@pytest.mark.slow  # axe takes some 15 s for a page of so many statements
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])
def test_axe_finds_nothing_serious_in_what_is_published(browser, published, accessibility, scheme, width):
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.goto(published)
    page.evaluate(UNFOLD)
    require_accessible(page, accessibility)
    page.close()


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
        "td.for",
        "td.against",
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
