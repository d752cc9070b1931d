"""How soon is soon: the promised seconds, counted by a page's clock that only these tests move."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

HIDE = """window.hidden = false;
Object.defineProperty(Document.prototype, "visibilityState", { get: () => (window.hidden ? "hidden" : "visible") });"""


@pytest.fixture
def page(plain_browser: Browser, desk_url: str) -> Iterator[Page]:
    """A page whose clock stands still, with chat 1001 open and green."""
    opened = plain_browser.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.add_init_script(HIDE)
    opened.clock.install()
    opened.goto(f"{desk_url}/pages/drawn.html")
    opened.wait_for_function("() => window.roots.length === 1 && window.switchMany")
    opened.clock.pause_at(opened.evaluate("() => Date.now() + 1000") / 1000)
    opened.evaluate("() => { settings.delay_ms = 0; desk.go('1001') }")
    opened.clock.run_for(100)
    assert state(opened) == "green"
    yield opened
    assert problems == []
    opened.close()


def state(page: Page) -> str | None:
    found: str | None = page.evaluate("() => seen()?.state ?? null")
    return found


def asked_in(page: Page, wait_ms: int) -> int:
    """How many questions are asked within this time."""
    before: int = page.evaluate("() => told.asked")
    page.clock.run_for(wait_ms)
    now: int = page.evaluate("() => told.asked")
    return now - before


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("delay_ms = 1e9", "The server did not answer in time."),
        ("failing = 1", "The server cannot answer right now. It is asked again shortly."),
    ],
)
def test_a_server_that_hangs_or_fails_is_grey_within_two_seconds(page: Page, fault: str, says: str) -> None:
    """Wherever between two questions it begins, soon after the chat was opened and later."""
    for passed_ms in (0, 130, 260, 390, 480, 12_000, 170, 340, 510, 680, 850, 990):
        page.clock.run_for(passed_ms)
        assert state(page) == "green"
        page.evaluate(f"() => {{ settings.{fault} }}")
        page.clock.run_for(2000)
        assert state(page) == "grey", passed_ms
        assert page.evaluate("() => seen().tip") == says
        page.evaluate("() => { settings.delay_ms = 0; settings.failing = 0 }")
        page.clock.run_for(4100)
        assert state(page) == "green", passed_ms


def test_five_hundred_switches_with_random_delays_and_failures(page: Page) -> None:
    """No cue of another chat at any change of the cue or the address, and nothing is left behind."""
    page.evaluate("() => { settings.delay_ms = 250; settings.failing = 0.1; watching(); window.done = switchMany(1) }")
    page.clock.run_for(1000)
    before: int = page.evaluate("() => window.done.then(({ nodes }) => nodes)")
    page.evaluate("() => { window.done = switchMany(500) }")
    page.clock.run_for(500 * 25 + 100 * 350)  # more than they can take
    result = page.evaluate("() => window.done")
    assert result["wrong"] == []
    assert result["drawn"] > 15  # or nothing would have been shown at all
    assert result["roots"] == 1
    assert result["nodes"] <= before * 1.05 + 8


def test_a_first_question_that_hangs_is_grey_within_two_seconds(page: Page) -> None:
    page.evaluate("() => { settings.delay_ms = 1e9; desk.go('1002') }")
    page.clock.run_for(1500)
    assert state(page) == "loading"
    page.clock.run_for(500)
    assert state(page) == "grey"


def test_it_asks_often_at_first_then_every_second_and_rarely_when_hidden(page: Page) -> None:
    assert asked_in(page, 9000) == 18
    page.clock.run_for(2000)
    assert asked_in(page, 10_000) == 10
    page.evaluate("() => { window.hidden = true }")
    page.clock.run_for(1000)
    assert asked_in(page, 60_000) == 3
    assert state(page) == "green"
    page.evaluate("() => { window.hidden = false; document.dispatchEvent(new Event('visibilitychange')) }")
    assert asked_in(page, 10_000) >= 10  # one of them at once


@pytest.mark.parametrize("set_back_ms", [0, 86_400_000])
def test_a_cue_never_outlives_its_life(page: Page, set_back_ms: int) -> None:
    page.evaluate("() => { settings.ttl_s = 5 }")
    page.clock.run_for(1500)
    page.evaluate("() => { window.hidden = true }")
    page.clock.run_for(1000)  # now nobody asks any more
    page.clock.set_system_time((page.evaluate("() => Date.now()") - set_back_ms) / 1000)
    page.clock.run_for(3000)
    assert state(page) == "green"
    page.clock.run_for(2100)
    assert state(page) == "grey"


def test_a_wall_clock_a_day_off_ends_the_cue_or_changes_nothing(page: Page) -> None:
    """Only the monotonic clock prolongs a life; a wall clock that has run further, as after a sleep, ends it."""
    now_ms: int = page.evaluate("() => Date.now()")
    page.clock.set_system_time((now_ms + 86_400_000) / 1000)
    page.evaluate("() => { told.reports.length = 0; dispatchEvent(new Event('focus')) }")
    assert page.evaluate("() => told.reports.map(({ state, reason }) => [state, reason])") == [["grey", "stale"]]
    page.clock.run_for(1000)
    assert state(page) == "green"
    page.clock.set_system_time((now_ms - 86_400_000) / 1000)
    page.evaluate("() => { told.reports.length = 0; dispatchEvent(new Event('focus')) }")
    page.clock.run_for(3000)
    assert state(page) == "green"
    assert page.evaluate("() => told.reports") == []


BUSY = """(change) => {
  window.searches = 0;
  const all = Document.prototype.querySelectorAll;
  Document.prototype.querySelectorAll = function (...given) {
    window.searches += 1;
    return all.apply(this, given);
  };
  const list = document.createElement("ul");
  document.body.append(list);
  const changes = {
    elements: () => {
      list.append(document.createElement("li"));
      if (list.childElementCount > 50) list.firstElementChild.remove();
    },
    names: () => desk.claim("1001"),
  };
  window.busy = () => setInterval(() => { for (let i = 0; i < 10; i += 1) changes[change](); }, 2);
}"""


@pytest.mark.parametrize(("change", "looks"), [("elements", 1), ("names", 5)])
def test_a_page_that_never_rests_is_looked_at_sixty_times_a_second(page: Page, change: str, looks: int) -> None:
    """5,000 changes a second; more often only where what names the open chat changes. `make bench-cue` times it."""
    page.evaluate(BUSY, change)
    page.evaluate("() => dispatchEvent(new Event('focus'))")
    one: int = page.evaluate("() => window.searches")  # what one look costs
    assert one > 0
    page.evaluate("() => { window.searches = 0; window.busy() }")
    page.clock.run_for(1000)
    searches = page.evaluate("() => window.searches")
    assert 30 * one <= searches <= 70 * one * looks
    assert state(page) == "green"


def test_an_idle_page_asks_nothing_says_so_and_comes_back(page: Page) -> None:
    page.clock.fast_forward(601_000)
    page.clock.run_for(1000)  # what was under way
    assert asked_in(page, 50_000) == 0
    assert state(page) == "green"
    assert asked_in(page, 20_000) == 0
    assert state(page) == "grey"
    assert "ten minutes" in page.evaluate("() => seen().tip")
    page.mouse.move(30, 30)
    page.clock.run_for(100)
    assert state(page) == "green"
