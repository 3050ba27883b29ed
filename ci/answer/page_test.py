# SPDX-License-Identifier: BSD-3-Clause
"""Proves the page in a browser: what it shows, that the keyboard reaches all of it, and on what."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Iterator

import pytest
from pyroute2 import IPRoute
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import presence_of_element_located
from selenium.webdriver.support.wait import WebDriverWait

from ci.answer import costs, page
from ci.answer.costs_test import SVG
from ci.answer.deaths_test import RINGS
from ci.answer.example import case, report

# A browser on a busy machine.
DEADLINE_S = 60

BROKEN = "conformance/a/test_a.py::test_broken"
RED = "conformance/b/test_b.py::test_red"

EVENTS = [
    {"at_us": 0, "who": "primary1", "what": "start", "text": "--no-pci"},
    {"at_us": 10, "who": "secondary1", "what": "start", "text": "--no-pci"},
    {"at_us": 20, "who": "primary1", "what": "call", "text": "mp_request_sync ping"},
    {"at_us": 30, "who": "primary1", "what": "message", "text": "ping", "to": "secondary1"},
    {"at_us": 35, "who": "fault", "what": "fault", "text": "begin secondary1 is killed"},
    {"at_us": 40, "who": "secondary1", "what": "end", "text": "SIGKILL"},
    {"at_us": 50, "who": "primary1", "what": "answer", "text": "mp_request_sync: -1 ETIMEDOUT"},
    {"at_us": 60, "who": "scene", "what": "failed", "text": "assert -1 == 0"},
]

NAUGHTY = "</script><script>console.error('run')</script><b>"

OLD = report(
    case("holds", clause=RED),
    case("breaks as recorded", "1", clause=f"{BROKEN}[x]", events=EVENTS),
    case("holds", clause=f"{BROKEN}[y]"),
    case("not run", actual="needs hugepages", clause="conformance/b/test_b.py::test_skipped"),
)
NEW = report(
    case("breaks", NAUGHTY, clause=RED, events=EVENTS, files={"primary1/stacks": NAUGHTY}),
    case("holds", clause=f"{BROKEN}[x]"),
    case("holds", clause=f"{BROKEN}[y]", promise="It is written down.", strength="observed"),
    case("holds", clause="conformance/b/test_b.py::test_skipped"),
    release="24.11.8",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """A headless Chromium."""
    with IPRoute() as network:  # In the namespaces of a run the loopback device is down.
        loopback = network.link_lookup(ifname="lo")[0]
        if network.get_links(loopback)[0].get_attr("IFLA_OPERSTATE") == "DOWN":
            network.link("set", index=loopback, state="up")
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    # In the namespaces of a run, root has no sandbox and /dev/shm may be small.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service("/usr/bin/chromedriver")
    with webdriver.Chrome(options=options, service=service) as driver:
        yield driver


@pytest.fixture
def shown(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """The page of both runs, opened; no word on the console until the end of the test."""
    path = tmp_path / "index.html"
    path.write_text(page.html([OLD, NEW]))
    browser.set_window_size(1200, 900)
    browser.get(path.as_uri())
    yield browser
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert browser.get_log("browser") == []


def _clauses(browser: webdriver.Chrome) -> list[WebElement]:
    return list(browser.find_elements(By.CSS_SELECTOR, ".clause"))


def _press(browser: webdriver.Chrome, *keys: str) -> None:
    browser.switch_to.active_element.send_keys(*keys)


def _reach(browser: webdriver.Chrome, selector: str) -> WebElement:
    """Goes on by the Tab key until the focus is there."""
    for _ in range(100):
        _press(browser, Keys.TAB)
        if browser.execute_script("return document.activeElement.matches(arguments[0])", selector):
            return browser.switch_to.active_element
    raise AssertionError(f"the keyboard does not reach {selector}")


def _there(browser: webdriver.Chrome, selector: str) -> WebElement:
    """An element, once it is there: what opens is filled a moment later."""
    wait = WebDriverWait(browser, DEADLINE_S)
    return wait.until(presence_of_element_located((By.CSS_SELECTOR, selector)))


def test_first_screen_has_the_verdict_and_what_regressed(shown: webdriver.Chrome) -> None:
    verdict = shown.find_element(By.CSS_SELECTOR, ".verdict")
    assert verdict.text == "1 case has regressed; 1 case is red."
    lines = shown.find_element(By.CSS_SELECTOR, ".lines").text.splitlines()
    assert lines[0].startswith("DPDK 22.11.11 to DPDK 24.11.8: 1 regressed, 1 not run before, ")
    assert "red" in verdict.get_attribute("class")
    open_ones = shown.find_elements(By.CSS_SELECTOR, ".pair > details[open] > summary")
    assert [summary.text for summary in open_ones] == ["1 regressed (held, and breaks now)"]


def test_matrix_counts_every_chapter_and_run(shown: webdriver.Chrome) -> None:
    rows = shown.find_elements(By.CSS_SELECTOR, ".matrix tbody tr")
    assert [" ".join(row.text.split()) for row in rows] == [
        "a 1 broken 1 hold 2 hold",
        "b 1 hold 1 not run 1 red 1 hold",
        "all 1 broken 2 hold 1 not run 1 red 3 hold",
    ]


@pytest.mark.parametrize(
    ("field", "keys", "left"),
    [
        ("text", "written down", 1),
        ("text", "TEST_RED", 1),
        ("text", "nothing like it", 0),
        ("state", "red", 1),
        ("state", "broken", 1),
        ("state", "changed", 3),
        ("run", "DPDK 24", 3),
        ("chapter", "b", 2),
        ("strength", "observed", 1),
    ],
)
def test_every_filter_works_by_keyboard(
    shown: webdriver.Chrome, field: str, keys: str, left: int
) -> None:
    _reach(shown, f"[name={field}]").send_keys(keys)
    assert len(_clauses(shown)) == left
    _reach(shown, "[type=reset]").send_keys(Keys.ENTER)
    assert shown.execute_async_script("setTimeout(arguments[0])") is None  # After the reset.
    assert len(_clauses(shown)) == 3


def test_cell_of_the_matrix_filters(shown: webdriver.Chrome) -> None:
    _reach(shown, ".cell[data-chapter=b][data-run='1']").send_keys(Keys.ENTER)
    status = shown.find_element(By.ID, "shown").text
    assert status == "2 cases of 2 clauses"


def test_clause_tells_what_each_run_saw(shown: webdriver.Chrome) -> None:
    _reach(shown, f"[id='{BROKEN}'] > summary").send_keys(Keys.ENTER)
    inside = _there(shown, f"[id='{BROKEN}'] .inside").text
    for told in (
        'guide: "it is so"',
        "DPDK 22.11.11, net_tap: breaks as recorded",
        "It is not so. (since 18.05; upstream: none)",
        f"ci/qualify --release 22.11 '{BROKEN}[x]'",
        "holds on DPDK 24.11.8: x",
        "holds on DPDK 22.11.11, DPDK 24.11.8: y",
    ):
        assert told in inside


def test_diagram_has_lanes_arrows_and_marks(shown: webdriver.Chrome) -> None:
    _reach(shown, f"[id='{BROKEN}'] > summary").send_keys(Keys.ENTER)
    _reach(shown, ".run details > summary").send_keys(Keys.ENTER)
    svg = _there(shown, "svg.sequence")

    def count(selector: str) -> int:
        return len(svg.find_elements(By.CSS_SELECTOR, selector))

    heads = [head.text for head in svg.find_elements(By.CSS_SELECTOR, ".head")]
    assert heads == ["primary1", "secondary1"]
    assert [count(what) for what in (".arrow", ".cross", ".fault", ".failed")] == [1, 1, 1, 1]
    assert count(".time") == len(EVENTS)


def test_map_of_deaths_has_a_bar_for_each_operation(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    path = tmp_path / "index.html"
    path.write_text(page.html([report(case("holds", clause=RINGS))]))
    browser.get(path.as_uri())
    browser.find_element(By.CSS_SELECTOR, ".deaths > summary").send_keys(Keys.ENTER)
    worst = _there(browser, ".walk i.red")
    assert " hang in rte_ring_" in worst.get_attribute("title")
    assert browser.get_log("browser") == []


def test_link_leads_to_a_clause_that_is_filtered_out(shown: webdriver.Chrome) -> None:
    _reach(shown, "[name=text]").send_keys("nothing like it")
    shown.find_element(By.CSS_SELECTOR, ".red-list a").click()
    _there(shown, f"[id='{RED}'][open]")
    assert len(_clauses(shown)) == 3


def test_text_of_a_process_is_only_text(shown: webdriver.Chrome) -> None:
    shown.find_element(By.CSS_SELECTOR, ".red-list a").click()
    _there(shown, f"[id='{RED}'] .run details:last-of-type > summary").click()
    assert _there(shown, f"[id='{RED}'] pre").text == NAUGHTY
    assert shown.find_elements(By.CSS_SELECTOR, "dd b") == []


def test_command_is_copied_or_selected(shown: webdriver.Chrome) -> None:
    shown.find_element(By.CSS_SELECTOR, ".red-list .copy").click()
    button = shown.find_element(By.CSS_SELECTOR, ".red-list .copy")
    shown.execute_async_script("setTimeout(arguments[0], 0)")
    assert button.text in ("copied", "selected")
    assert button.get_attribute("data-copy") == f"ci/qualify --release 24.11 '{RED}'"


@pytest.mark.parametrize("width", [320, 768, 1200])
def test_page_is_never_wider_than_the_window(shown: webdriver.Chrome, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    shown.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        for summary in shown.find_elements(By.TAG_NAME, "summary"):
            shown.execute_script("arguments[0].parentElement.open = true", summary)
        too_wide = "let page = document.documentElement; return page.scrollWidth - page.clientWidth"
        assert shown.execute_script(too_wide) == 0
    finally:
        shown.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def _ground(browser: webdriver.Chrome, scheme: str) -> Any:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    return browser.execute_script("return getComputedStyle(document.body).backgroundColor")


def test_page_is_light_or_dark_as_the_reader_wants(shown: webdriver.Chrome) -> None:
    assert _ground(shown, "light") == "rgb(255, 255, 255)"
    assert _ground(shown, "dark") == "rgb(20, 23, 27)"


def test_paper_has_the_clauses_and_no_filters(shown: webdriver.Chrome) -> None:
    shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not shown.find_element(By.ID, "filters").is_displayed()
    assert shown.find_element(By.ID, RED).is_displayed()
    paper = shown.execute_cdp_cmd("Page.printToPDF", {})
    assert base64.b64decode(paper["data"]).startswith(b"%PDF")
    assert shown.find_elements(By.CSS_SELECTOR, ".pair > details:not([open])") == []


def test_page_of_one_run_needs_nothing_else(browser: webdriver.Chrome, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(page.html([OLD]))
    browser.get(path.as_uri())
    assert browser.find_element(By.CSS_SELECTOR, ".verdict").text == "Nothing is red."
    lines = browser.find_element(By.CSS_SELECTOR, ".lines").text.splitlines()
    assert lines[0].startswith("DPDK 22.11.11 on net_tap: 4 cases of 3 clauses: 2 hold, ")
    assert lines[1] == "1 NOT RUN, so this is not a full pass (needs hugepages)"
    loaded = browser.execute_script("return performance.getEntriesByType('resource').length")
    assert (loaded, browser.get_log("browser")) == (0, [])


def test_drawings_of_a_benchmark_are_shown(
    browser: webdriver.Chrome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "FOLDER", tmp_path)
    (tmp_path / costs.FILE).write_text('{"dpdk": "DPDK 22.11.11", "rings": {}}')
    (tmp_path / "rings.svg").write_text(SVG)
    path = tmp_path / "index.html"
    path.write_text(page.html([OLD]))
    browser.get(path.as_uri())
    browser.find_element(By.CSS_SELECTOR, ".drawing summary").click()
    image = _there(browser, ".drawing img")
    assert browser.execute_script("return arguments[0].naturalWidth", image) == 30
    assert browser.get_log("browser") == []
