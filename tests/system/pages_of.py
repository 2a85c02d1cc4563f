"""Going from page to page as people do: by the links of the top bar, never loading anew."""

from playwright.sync_api import Locator, Page, expect


def on(page: Page, name: str) -> Page:
    """The page when it shows what the top bar calls so."""
    if page.locator(f"#page [data-page='{name.lower()}']").count() == 0:
        page.locator("#nav").get_by_role("link", name=name, exact=True).click()
        expect(page.locator(f"#page [data-page='{name.lower()}']")).to_be_attached()
    return page


def parameter_row(page: Page, key: str) -> Locator:
    return on(page, "Systems").locator(f"[data-parameter='{key}']")


def panel_header(page: Page, key: str) -> Locator:
    return on(page, "Systems").locator(f"[data-panel='{key}'] .panel-header")


def alarm_row(page: Page, identity: str) -> Locator:
    return on(page, "Alarms").locator(f".ag-center-cols-container [row-id='{identity}']")
