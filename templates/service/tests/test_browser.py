"""The pages in a real browser: Chrome, Chromium or Edge, whichever is installed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import handmade
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)
from running import process

PROGRAMS = ("google-chrome", "chromium", "chromium-browser", "microsoft-edge")
CHANNELS = ("chrome", "msedge", "chromium")  # where installers put them, and playwright's own
SCHEMES: list[Any] = ["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the first browser that starts."""
    found = [{"executable_path": path} for name in PROGRAMS if (path := shutil.which(name))]
    ways: list[dict[str, Any]] = [*found, *({"channel": channel} for channel in CHANNELS)]
    with sync_playwright() as playwright:
        for way in ways:
            try:
                browser = playwright.chromium.launch(**way)
            except Error:  # not there, or not fit to run here
                continue
            yield browser
            browser.close()
            return
    pytest.skip("no Chrome, Chromium or Edge is installed")


@pytest.fixture(scope="module")
def url(tiny: Path) -> Iterator[str]:
    """Return the address of a service that warns of what its training never saw."""
    with process(tiny) as (_, url):
        yield url


@pytest.fixture(scope="module")
def strict_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of another model, with missing values, by a service that refuses."""
    folder = handmade.kinds(tmp_path_factory.mktemp("kinds"))
    with process(folder, OUT_OF_RANGE="refuse") as (_, url):
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return an empty page; at the end, nothing may have failed in it or been asked elsewhere."""
    failures: list[str] = []
    hosts: set[str] = set()

    def note(message: ConsoleMessage) -> None:
        if not message.location["url"].endswith("/predict"):  # a refusal is no failure of the page
            failures.append(message.text)

    context = browser.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", note)
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    yield page
    context.close()
    assert failures == []
    assert len(hosts) == 1


def field(page: Page, name: str) -> Locator:
    """Return a field of the form, found as a screen reader finds it."""
    return page.get_by_label(name, exact=True)


def output(command: list[str]) -> str:
    """Return what a command prints."""
    return subprocess.check_output(command, text=True, timeout=30)  # noqa: S603  our own page's


def test_a_person_gets_a_prediction(page: Page, url: str) -> None:
    """Filled in with the keyboard alone, the form is answered, and names the model."""
    page.goto(url)
    field(page, "region").focus()
    page.keyboard.type("we")  # a select goes to what is typed
    page.keyboard.press("Tab")
    expect(field(page, "count")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("22")
    with page.expect_response("**/predict") as asked:
        page.keyboard.press("Enter")
    row = json.loads(asked.value.request.post_data or "")
    assert (row["region"], row["count"]) == ("west", 22)
    yes = asked.value.json()["predictions"][0]["probabilities"]["yes"]
    result = page.get_by_role("region", name="Prediction")
    expect(result).to_contain_text(f"{100 * yes:.1f} %")
    expect(result).to_contain_text("tiny 1.0.0")


def test_what_is_wrong_is_said_at_its_field(page: Page, url: str) -> None:
    """A refused value is marked, described and focused until the fields are right again."""
    page.goto(url)
    count, size = field(page, "count"), field(page, "size")
    count.fill("noon")
    size.fill("")
    count.press("Enter")
    expect(count).to_have_accessible_description(re.compile("^expected an integer, got a string"))
    expect(count).to_have_attribute("aria-invalid", "true")
    expect(count).to_be_focused()
    expect(page.get_by_text("is missing")).to_be_visible()
    expect(page.get_by_role("region", name="Prediction")).to_contain_text("Invalid rows")
    page.get_by_role("button", name="Example values").click()
    expect(count).to_have_attribute("aria-invalid", "false")
    expect(page.get_by_text("is missing")).to_be_hidden()


def test_what_the_training_never_saw_is_a_warning(page: Page, url: str) -> None:
    """The prediction is shown, and beside the field why not to lean on it."""
    page.goto(url)
    field(page, "size").fill("9000")
    page.get_by_role("button", name="Predict").click()
    result = page.get_by_role("region", name="Prediction")
    expect(result).to_contain_text("tiny 1.0.0")
    expect(result).to_contain_text("far off: size.")
    expect(page.get_by_text("9000 is outside")).to_be_visible()


def test_or_an_error_by_policy(page: Page, strict_url: str) -> None:
    """Where the service refuses such values, the field says so and there is no prediction."""
    page.goto(strict_url)
    field(page, "size").fill("9000")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text("9000 is outside")).to_be_visible()
    expect(field(page, "size")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("region", name="Prediction")).to_contain_text("Unlike training")


def test_a_value_may_be_not_known(page: Page, strict_url: str) -> None:
    """An empty number and the first choice are null, where the model takes null."""
    page.goto(strict_url)
    field(page, "size").fill("")
    field(page, "kind").select_option(label="not known")
    page.get_by_role("button", name="Predict").click()
    result = page.get_by_role("region", name="Prediction")
    expect(result).to_contain_text("no number")
    expect(result).to_contain_text("(missing)")


def test_a_service_that_is_gone_is_said_to_be(page: Page, url: str) -> None:
    """Without an answer there is a sentence, and the form can be sent again."""
    page.goto(url)
    page.route("**/predict", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    button = page.get_by_role("button", name="Predict")
    button.click()
    expect(page.get_by_text("Status 502")).to_be_visible()
    expect(button).to_be_enabled()


def test_a_column_may_be_called_anything(page: Page, url: str) -> None:
    """A name is text and never markup; a finding that belongs to no field is shown all the same."""
    name = "<b>size</b> (in m²)"

    def renamed(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"size"', json.dumps(name)))

    page.route("**/openapi.json", renamed)
    page.goto(url)
    field(page, name).press("Enter")
    said = re.compile("^is no field of this model 100 to 1100 in training")
    expect(field(page, name)).to_have_accessible_description(said)
    result = page.get_by_role("region", name="Prediction")
    expect(result).to_contain_text("size is missing")


def test_a_model_that_took_over_is_noticed(page: Page, url: str) -> None:
    """When another model answers than the page was made for, the page says so."""

    def swapped(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("sha256:", "sha256:0"))

    page.goto(url)
    page.route("**/predict", swapped)
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("link", name="Load its fields")).to_be_visible()


def test_the_examples_work(page: Page, url: str) -> None:
    """The program and the command that the page shows print what the page would."""
    page.goto(url)
    field(page, "count").fill("5")
    with page.expect_response("**/predict") as asked:
        page.get_by_role("button", name="Predict").click()
    prediction = asked.value.json()["predictions"][0]
    program = page.get_by_label("the Python program", exact=True).inner_text()
    assert '"count": 5,' in program
    assert output([sys.executable, "-c", program]).strip() == str(prediction)
    if shutil.which("curl"):
        command = page.get_by_label("the curl command", exact=True).inner_text()
        words = shlex.split(command.replace("\\\n", " "))
        assert output([*words, "--silent"]) == asked.value.text()


def test_an_example_can_be_copied(browser: Browser, url: str) -> None:
    """The button puts the example into the clipboard."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name="Copy the curl command").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert str(page.evaluate("navigator.clipboard.readText()")).startswith("curl ")
    context.close()


def test_every_documented_example_can_be_sent(page: Page, url: str) -> None:
    """Each operation of the documentation is sent as it stands there, and answered with 200."""
    page.goto(f"{url}/docs")
    expect(page.get_by_role("heading", name="tiny")).to_be_visible()
    operations = page.locator("#operations > details")
    assert operations.count() >= 6
    for operation in operations.all():
        operation.evaluate("block => block.open = true")
        operation.get_by_role("button", name="Send").click()
        expect(operation).to_contain_text("Status 200")
    page.get_by_role("link", name="Row").first.click()
    expect(page.locator("#schema-Row")).to_have_attribute("open", "")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_nobody_is_shut_out(page: Page, url: str, path: str, scheme: Any) -> None:  # noqa: ANN401
    """The axe rules find no fault: names, roles and contrast, by day and by night."""
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{url}{path}")
    if path == "/":
        field(page, "size").fill("9000")
        page.get_by_role("button", name="Predict").click()
        expect(page.get_by_text("9000 is outside")).to_be_visible()
    else:
        page.evaluate("document.querySelectorAll('details').forEach(block => block.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_small_screen_needs_no_scrolling_sideways(page: Page, url: str) -> None:
    """On a phone everything stands below each other."""
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/docs"):
        page.goto(f"{url}{path}")
        expect(page.get_by_role("heading", name="tiny")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
