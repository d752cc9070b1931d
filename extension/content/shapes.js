"use strict";
// The five shapes and the one palette: page, toolbar, panel and console draw from here, so that a cue always looks the
// same. Shape, not colour, tells them apart: circle with a check, triangle, octagon, dashed circle with a question mark.
(() => {
  if (!Object.hasOwn(globalThis, "CuelightContent")) {
    // Panel and options load this file alone.
    Object.defineProperty(globalThis, "CuelightContent", { value: Object.create(null) });
  }

  /**
   * Paths in a 20 by 20 box. `outline` is filled, or stroked where `dash` is given (stroke-dasharray); `glyph` is
   * stroked in the contrast colour on a filled outline, else in the same colour.
   * @type {Readonly<Record<Shape, {outline: string, glyph: string, dash: readonly number[] | null}>>}
   */
  const paths = Object.freeze({
    green: { outline: "M10 1a9 9 0 1 1 0 18a9 9 0 1 1 0-18z", glyph: "M5.9 10.4l2.8 2.8l5.4-6", dash: null },
    amber: {
      outline: "M8.53 2.1a1.7 1.7 0 0 1 2.94 0l7.6 13.3a1.7 1.7 0 0 1-1.47 2.54H2.4a1.7 1.7 0 0 1-1.47-2.54z",
      glyph: "M10 7v4.6M10 14.6v.1",
      dash: null,
    },
    red: {
      outline: "M6.4 1h7.2a.8.8 0 0 1 .57.23l4.6 4.6a.8.8 0 0 1 .23.57v7.2a.8.8 0 0 1-.23.57l-4.6 4.6a.8.8 0 0 1-.57.23H6.4a.8.8 0 0 1-.57-.23l-4.6-4.6A.8.8 0 0 1 1 13.6V6.4a.8.8 0 0 1 .23-.57l4.6-4.6A.8.8 0 0 1 6.4 1z",
      glyph: "M6.9 6.9l6.2 6.2M13.1 6.9l-6.2 6.2",
      dash: null,
    },
    // Eight dashes round a circle of radius 8.2: circumference 51.5 = 8 x (4.24 + 2.2).
    grey: {
      outline: "M10 1.8a8.2 8.2 0 1 1 0 16.4a8.2 8.2 0 1 1 0-16.4",
      glyph: "M7.7 8.1a2.3 2.3 0 1 1 3.4 2c-.7.4-1.1.9-1.1 1.7M10 14.3v.1",
      dash: [4.24, 2.2],
    },
    loading: { outline: "M10 1.8a8.2 8.2 0 1 1-8.2 8.2", glyph: "", dash: [] },
    none: { outline: "M10 2.4a7.6 7.6 0 1 1 0 15.2a7.6 7.6 0 1 1 0-15.2", glyph: "M10 9.9v.2", dash: [] },
  });

  /**
   * `shape`: fills and strokes, 3:1 or more on `tint`; `ink`: text, 4.5:1 or more on `tint` and on the ground.
   * @type {Readonly<Record<"light" | "dark", Readonly<Record<"red" | "amber" | "green" | "grey", {shape: string, ink: string, tint: string, line: string}>>>>}
   */
  const palette = Object.freeze({
    light: {
      red: { shape: "#b8261d", ink: "#8f1c15", tint: "#fdecea", line: "#eab5b0" },
      amber: { shape: "#b36200", ink: "#7a4300", tint: "#fff3dd", line: "#ecca92" },
      green: { shape: "#1a7f4b", ink: "#13633a", tint: "#e7f5ed", line: "#aed9c1" },
      grey: { shape: "#5d6978", ink: "#47525f", tint: "#f1f3f6", line: "#cfd6dd" },
    },
    dark: {
      red: { shape: "#f4796e", ink: "#ffb4ac", tint: "#43191a", line: "#7c3430" },
      amber: { shape: "#f0ae3c", ink: "#ffd48a", tint: "#3a290d", line: "#71531d" },
      green: { shape: "#52c48d", ink: "#9be3bf", tint: "#14301f", line: "#2b5e41" },
      grey: { shape: "#9aa6b4", ink: "#c6ced7", tint: "#252c34", line: "#4a5560" },
    },
  });

  /** @param {string} state @returns {Shape} */
  const known = (state) => (Object.hasOwn(paths, state) ? /** @type {Shape} */ (state) : "grey");

  /**
   * The shape as an SVG element, coloured by `color` (outline) and the CSS variable `--cue-contrast` (glyph).
   * @param {string} state anything but a known state is drawn grey
   * @param {number} [size_px]
   * @returns {SVGElement}
   */
  const draw = (state, size_px = 20) => {
    const NS = "http://www.w3.org/2000/svg";
    const make = (/** @type {string} */ tag, /** @type {Record<string, string>} */ attributes) => {
      const element = /** @type {SVGElement} */ (Document.prototype.createElementNS.call(document, NS, tag));
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    };
    const name = known(state);
    const { outline, glyph, dash } = paths[name];
    const size = String(size_px);
    const svg = make("svg", { viewBox: "0 0 20 20", width: size, height: size, class: `shape ${name}`, "aria-hidden": "true", focusable: "false" });
    const line = { fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round" };
    svg.append(make("path", dash ? { ...line, class: "outline", d: outline, "stroke-dasharray": dash.join(" "), "stroke-linecap": "butt" } : { class: "outline", d: outline, fill: "currentColor" }));
    if (glyph) svg.append(make("path", { ...line, class: "glyph", d: glyph, "stroke-width": dash ? "1.8" : "2.1", stroke: dash ? "currentColor" : "var(--cue-contrast, #fff)" }));
    return svg;
  };

  CuelightContent.shapes = Object.freeze({ paths, palette, draw, known });
})();
