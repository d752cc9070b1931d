"use strict";
// What the picker shows on the desk's page: a pane of glass that keeps clicks from the desk, a frame around the element in
// question, and a bar with what to do. In a closed shadow root, in the browser's top layer.
(() => {
  const PLACES = /** @type {const} */ (["append", "prepend", "before", "after"]);
  const STYLE = `
*{box-sizing:border-box}
.all{--ground:#171c22;--text:#f1f4f7;--soft:#b9c3cd;--edge:#4a5560;--accent:#8ab8ff;font:400 14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--text);text-align:start}
.glass,.bar{all:unset;box-sizing:border-box;position:fixed;display:none}
.glass{inset:0;cursor:crosshair}
.glass:popover-open{display:block}
.frame{position:absolute;border:2px solid #1f5fbf;outline:2px solid #fff;background:rgb(31 95 191/.14);border-radius:3px;pointer-events:none}
.bar{inset-block-end:16px;inset-inline:0;margin-inline:auto;inline-size:min(560px,calc(100vw - 24px));padding:13px 16px 14px;border-radius:12px;border:1px solid var(--edge);background:var(--ground);
  box-shadow:0 8px 30px rgb(0 0 0/.35);gap:10px;color:var(--text)}
.bar.top{inset-block:16px auto}
.bar:popover-open{display:grid}
p{margin:0}
.what{font-weight:600}
.said{color:var(--soft);font-size:13px;overflow-wrap:anywhere;min-block-size:1.45em}
.hint{color:var(--soft);font-size:12px}
[hidden]{display:none!important}
.said{font-family:ui-monospace,"SFMono-Regular","Noto Sans Mono",monospace}
.row{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
label{display:flex;flex:1 0 100%;gap:8px;align-items:center;color:var(--soft);font-size:13px}
button,select{font:inherit;min-block-size:36px;padding:4px 13px;border-radius:8px;border:1px solid var(--edge);background:#252c34;color:var(--text);cursor:pointer}
button:hover,select:hover{border-color:var(--soft)}
button.main{background:var(--accent);border-color:var(--accent);color:#0d1a2b;font-weight:600}
:is(button,select):focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.glass:focus-visible{outline:none}
@media (forced-colors:active){.frame{border-color:Highlight;outline:none}.bar{border:2px solid CanvasText}}
`;

  /** @param {Words} words @param {PickerActs} act @param {AbortSignal} signal @returns {PickerView} */
  const make = (words, act, signal) => {
    const { dom, cueHost } = CuelightContent;
    const host = dom.make("cuelight-pick");
    for (const [name, value] of [["all", "initial"], ["display", "block"], ["position", "fixed"], ["inline-size", "0"], ["block-size", "0"]]) {
      host.style.setProperty(/** @type {string} */ (name), /** @type {string} */ (value), "important");
    }
    const root = host.attachShadow({ mode: "closed" });
    cueHost.dress(root, STYLE);

    /** @param {string} className @param {string} text @param {() => void} onClick */
    const button = (className, text, onClick) => {
      const made = dom.make("button", className);
      made.setAttribute("type", "button");
      made.textContent = text;
      made.addEventListener("click", (event) => event.isTrusted && onClick(), { signal });
      return made;
    };
    const all = dom.make("div", "all");
    all.setAttribute("dir", words("text_direction"));
    const glass = dom.make("div", "glass");
    glass.setAttribute("popover", "manual");
    glass.setAttribute("role", "application");
    glass.setAttribute("aria-label", words("pick_hint"));
    glass.tabIndex = -1;
    const frame = dom.make("div", "frame");
    frame.hidden = true;
    glass.append(frame);
    const bar = dom.make("div", "bar");
    bar.setAttribute("popover", "manual");
    bar.setAttribute("role", "dialog");
    bar.setAttribute("aria-label", words("options_pick"));
    const what = dom.make("p", "what");
    const said = dom.make("p", "said");
    said.setAttribute("role", "status");
    const hint = dom.make("p", "hint");
    hint.textContent = words("pick_hint");
    const row = dom.make("div", "row");
    bar.append(what, said, hint, row);
    all.append(glass, bar);
    root.append(all);

    const begin = button("main", words("pick_choose"), act.begin);
    const take = button("main", words("pick_take"), act.take);
    const again = button("", words("pick_again"), act.again);
    const cancel = button("", words("options_desk_cancel"), act.cancel);
    const label = dom.make("label");
    const select = /** @type {HTMLSelectElement} */ (dom.make("select"));
    select.addEventListener("change", () => act.place(/** @type {Place} */ (select.value)), { signal });
    label.append(words("options_desk_place"), select);

    /** @param {HTMLElement} layer @param {boolean} open */
    const show = (layer, open) => {
      if (layer.matches(":popover-open") !== open) layer.togglePopover(open);
    };
    const on = (/** @type {EventTarget} */ target, /** @type {string} */ type, /** @type {(event: any) => void} */ listener) =>
      target.addEventListener(type, (event) => event.isTrusted && listener(event), { signal });
    on(glass, "pointermove", ({ clientX, clientY }) => act.at(clientX, clientY));
    on(glass, "click", ({ clientX, clientY }) => {
      act.at(clientX, clientY);
      act.choose();
    });
    const WAYS = /** @type {Record<string, "out" | "in" | "past" | "next">} */ ({ ArrowUp: "out", ArrowDown: "in", ArrowLeft: "past", ArrowRight: "next" });
    on(glass, "keydown", (event) => {
      const way = WAYS[event.key];
      if (way) act.move(way);
      else if (event.key === "Enter") act.choose();
      else return;
      event.preventDefault();
    });
    on(root, "keydown", (event) => event.key === "Escape" && act.cancel());
    // Not for the desk, nor the last one; single letters are shortcuts on many desks.
    for (const type of ["keydown", "keyup", "pointerdown", "mousedown", "click", "dblclick", "contextmenu"]) root.addEventListener(type, (event) => event.stopPropagation());
    signal.addEventListener("abort", () => Element.prototype.remove.call(host));

    return {
      host,
      step(step, places = [], place = "append") {
        what.textContent = words({ open: "pick_open", point: "pick_point", sample: "pick_sample" }[step]);
        select.replaceChildren(...PLACES.filter((each) => places.includes(each)).map((each) => new Option(words(`place_${each}`), each, false, each === place)));
        row.replaceChildren(...{ open: [begin, cancel], point: [cancel], sample: [label, take, again, cancel] }[step]);
        frame.hidden = true;
        hint.hidden = step !== "point";
        show(bar, false);
        show(glass, step === "point");
        show(bar, true); // after the glass, so that it lies over it
        if (step === "point") glass.focus({ preventScroll: true });
        else (step === "open" ? begin : take).focus({ preventScroll: true });
      },
      frame(element) {
        frame.hidden = element === null;
        if (!element) return;
        const at = dom.box(element);
        frame.style.left = `${at.left}px`;
        frame.style.top = `${at.top}px`;
        frame.style.width = `${at.width}px`;
        frame.style.height = `${at.height}px`;
      },
      say(text) {
        if (said.textContent !== text) said.textContent = text;
      },
      clear(of) {
        // The bar steps aside for the sample it speaks of.
        bar.className = "bar";
        const at = bar.getBoundingClientRect();
        if (of && of.bottom > at.top - 8 && of.right > at.left && of.left < at.right) bar.className = "bar top";
      },
    };
  };

  CuelightContent.pickerView = Object.freeze({ make });
})();
