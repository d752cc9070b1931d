"""Draws extension/icons/ from content/shapes.js: `python -m tests.extension.make_icons`.

The SVG files are for the console and the documents, the PNG files for the toolbar and the browser's own pages.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
ICONS = EXTENSION / "icons"
STATES = ("red", "amber", "green", "grey", "loading", "none")
SIZES_PX = (16, 32)
TOLD = {"red": 48, "amber": 48}
"""Those a notification shows: a cue got worse."""
# A mark of three lamps in a dark housing: the product's own icon, never a cue.
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect x="1" y="1" width="30" height="30" rx="8" fill="#1d2430"/>'
    '<path d="M9.5 16a6.5 6.5 0 1 1 11.6 4" fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round"/>'
    '<path d="M9.5 16a6.5 6.5 0 0 0 6.5 6.5" fill="none" stroke="#52c48d" stroke-width="3.4" stroke-linecap="round"/>'
    '<circle cx="16" cy="16" r="2.3" fill="#f0ae3c"/></svg>'
)

DRAW = """(state) => {
  const { draw, palette } = CuelightContent.shapes;
  const svg = draw(state, 20);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  for (const name of ["class", "focusable", "aria-hidden", "width", "height"]) svg.removeAttribute(name);
  // One grey that stands out from light and dark toolbars alike.
  const colour = (palette.light[state] ?? { shape: "#7d8896" }).shape;
  for (const path of svg.children) {
    path.removeAttribute("class");
    for (const { name, value } of [...path.attributes]) {
      const own = state === "grey" ? "#7d8896" : colour;
      path.setAttribute(name, value.replace("currentColor", own).replace("var(--cue-contrast, #fff)", "#fff"));
    }
  }
  return svg.outerHTML;
}"""


def svg_of(page: Page, state: str) -> str:
    """One state's file, as it must stand in icons/."""
    return str(page.evaluate(DRAW, state)) + "\n"


def open_shapes(page: Page) -> None:
    page.set_content("<!doctype html><body></body>")
    page.add_script_tag(path=EXTENSION / "content" / "shapes.js")


def png(page: Page, svg: str, size_px: int, target: Path) -> None:
    page.set_viewport_size({"width": size_px, "height": size_px})
    page.set_content(
        f"<!doctype html><style>body{{margin:0}}svg{{display:block;width:{size_px}px;height:{size_px}px}}</style>{svg}"
    )
    page.screenshot(path=target, omit_background=True)


def main() -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        open_shapes(page)
        drawn = {state: svg_of(page, state) for state in STATES}
        for state, svg in drawn.items():
            (ICONS / f"{state}.svg").write_text(svg)
            for size_px in (*SIZES_PX, *([TOLD[state]] if state in TOLD else [])):
                png(page, svg, size_px, ICONS / f"{state}-{size_px}.png")
        (ICONS / "cuelight.svg").write_text(LOGO + "\n")
        for size_px in (16, 32, 48, 128):
            png(page, LOGO, size_px, ICONS / f"cuelight-{size_px}.png")
        browser.close()


if __name__ == "__main__":
    main()
