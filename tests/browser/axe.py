"""Accessibility by axe-core, run inside the open page; its script comes with axe-core-python."""

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

WIDTHS = (390, 1280)
RUN = """async () => {
  const found = await axe.run();
  if (!found.passes.length) throw new Error("axe did not run");
  const where = nodes => nodes.map(node => node.html.slice(0, 150)).join(" | ");
  return found.violations.map(one => `${one.id}: ${where(one.nodes)}`);
}"""


@cache
def script() -> str:
    return (files("axe_core_python") / "axe.min.js").read_text("utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds in the page as it is now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(script())
    return list(page.evaluate(RUN))


def troubles(page: Page) -> list[str]:
    """What axe finds at a phone's and a desk's width, and what does not fit into either."""
    before, found = page.viewport_size, []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 860})
        found += [f"{width} px: {one}" for one in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{width} px: the page is {wide} px wide")
    if before:
        page.set_viewport_size(before)
    return found
