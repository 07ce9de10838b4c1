"""What axe finds on a page in a browser, and whether the page is wider than its window."""

from collections.abc import Sequence

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

CONTRAST = ("color-contrast",)  # what another colour scheme can change
# Style sheets are no concern of axe's own requests, and there are no frames: both only take time.
RUN = """async rules => {
    // What answers to a window's new size does so in the frame after it.
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    const which = rules.length ? {runOnly: {type: "rule", values: rules}} : {};
    const more = {rules: {"target-size": {enabled: true}}};  // of WCAG 2.2, and off unless it is asked for
    const quick = {resultTypes: ["violations"], preload: false, iframes: false};
    const {violations} = await axe.run(document, {...quick, ...(rules.length ? which : more)});
    return violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html}`));
}"""
WIDTH = "document.documentElement.scrollWidth"
TWICE_THE_TEXT = "document.documentElement.style.fontSize = '200%'"
AS_BEFORE = "document.documentElement.style.fontSize = ''"
LONGEST = 200  # letters of an element's tag that are quoted


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Each element that breaks one of axe's rules, as "rule: its HTML"; all rules unless some are named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    broken: list[str] = page.evaluate(RUN, list(rules))
    return [each[:LONGEST] for each in broken]


def overflow(page: Page, *, width: int, height: int = 900) -> int:
    """How many pixels the page reaches beyond a window of that width; 0 when it scrolls only down."""
    page.set_viewport_size({"width": width, "height": height})
    wide: int = page.evaluate(WIDTH)
    return max(0, wide - width)


def overflow_of_large_text(page: Page, *, width: int) -> int:
    """How far the page reaches beyond the window when its text is twice as large."""
    page.evaluate(TWICE_THE_TEXT)
    beyond = overflow(page, width=width)
    page.evaluate(AS_BEFORE)
    return beyond
