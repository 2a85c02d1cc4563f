"""The handover page in real browsers: what one reads, the other signs, without loading it anew."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from telemetry import wire
from tests.dashboard import scene
from tests.servers.chromium import Watch
from tests.system.sky import Console, Sky

WITHIN_MS = 15_000

expect.set_options(timeout=WITHIN_MS)


@pytest.fixture
def desks(browser: Browser, console: Console, sky: Sky) -> Iterator[list[tuple[Page, Watch]]]:
    """The same page twice, as outgoing and incoming controllers have it."""
    sky.run(sky.flight.announce(label="ms18: reconstruction"))
    sky.run(sky.flight.log_shift())
    sky.fly()
    contexts = [browser.new_context(viewport={"width": 1366, "height": 768}) for _ in range(2)]
    desks = []
    for context in contexts:
        page = context.new_page()
        page.set_default_timeout(WITHIN_MS)
        watch = Watch.over(page)
        page.goto(f"{console.url}handover")
        expect(page.locator("#handover-body")).to_contain_text("Signatures")
        page.evaluate("window.opened = true")
        desks.append((page, watch))
    yield desks
    for context in contexts:
        context.close()


def sign(page: Page, button: str, name: str, text: str = "") -> None:
    page.locator("#operator").fill(name)
    page.locator("#shift-text").fill(text)
    page.get_by_role("button", name=button).click()


def test_shift_is_handed_over_by_two_people(sky: Sky, desks: list[tuple[Page, Watch]]) -> None:
    (outgoing, _), (incoming, _) = desks
    bodies = [page.locator("#handover-body") for page in (outgoing, incoming)]
    for body in bodies:
        expect(body).to_contain_text("SIMULATION: ms18: reconstruction")
        expect(body).to_contain_text("No alarm is open.")

    # what comes while the page is open is on it
    sky.run(sky.flight.put(scene.alarm()))
    plan = scene.thruster_test()
    topic = sky.flight.topics.plan("soyuz", plan.activity.id)
    sky.run(sky.flight.retain(topic, wire.encode(plan)))
    incident = sky.flight.topics.incident(scene.INCIDENT)
    sky.run(sky.flight.retain(incident, wire.encode(scene.incident())))
    for body in bodies:
        expect(body).to_contain_text("Open alarms (1)")
        expect(body).to_contain_text("Soyuz MS-18 thruster test")
        expect(body).to_contain_text("Soyuz thrusters fire unplanned")

    # a note by one is read by the other
    sign(outgoing, "Add note", "A. Outgoing", "watch CMG 3")
    expect(outgoing.locator("#handover-answer")).to_have_text("Noted.")
    expect(bodies[1]).to_contain_text("watch CMG 3")

    # the outgoing signs; the same person cannot take over
    sign(outgoing, "Sign out (outgoing)", "A. Outgoing")
    expect(outgoing.locator("#handover-answer")).to_have_text("Signed out.")
    expect(bodies[1]).to_contain_text("A. Outgoing at")
    sign(incoming, "Sign in (incoming)", "a. outgoing")
    expect(incoming.locator("#handover-answer")).to_contain_text("another person must take over")
    sign(incoming, "Sign in (incoming)", "B. Incoming")
    expect(incoming.locator("#handover-answer")).to_have_text("Signed in: the shift is yours.")
    for body in bodies:
        expect(body).to_contain_text("B. Incoming since")

    for page, watch in desks:
        assert page.evaluate("window.opened") is True
        assert watch.elsewhere == []
        assert watch.complaints == []


def test_page_needs_a_name_and_says_when_it_is_no_longer_true(
    sky: Sky, console: Console, desks: list[tuple[Page, Watch]]
) -> None:
    page, _ = desks[0]
    sign(page, "Sign in (incoming)", " ")
    expect(page.get_by_text("Enter your name")).to_be_visible()
    sky.land()
    expect(page.locator("#handover-body")).to_contain_text("STALE: ingest is silent since")
    console.stop()
    expect(page.locator("#page-state")).to_contain_text("PAGE NOT UPDATING since")
    console.start()
    expect(page.locator("#page-state")).to_be_empty()
