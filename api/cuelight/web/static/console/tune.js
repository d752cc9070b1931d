// The Tune page with a script: thresholds are dragged on the picture, weights with a slider. Without it, type and send.
"use strict";
(() => {
  const form = document.getElementById("tune");
  const plot = document.querySelector(".plot");
  if (!form || !plot) return;
  document.documentElement.classList.add("scripted");
  const SPACE = "http://www.w3.org/2000/svg";
  const handles = plot.querySelector(".handles");
  const fields = { amber: form.elements.namedItem("amber"), red: form.elements.namedItem("red") };

  const told = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  const draw = (name, attributes, parent) => {
    const made = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return parent.appendChild(made);
  };

  const groups = {};
  for (const cue of ["amber", "red"]) {
    const group = draw("g", { class: cue }, handles);
    draw("rect", { class: "grip", x: -14, y: 0, width: 28, height: 215 }, group);
    draw("line", { x1: 0, y1: 0, x2: 0, y2: 215 }, group);
    draw("rect", { class: "knob", x: -5, y: 0, width: 10, height: 26, rx: 3 }, group);
    groups[cue] = group;
    group.addEventListener("pointerdown", (event) => {
      group.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    group.addEventListener("pointermove", (event) => {
      if (!group.hasPointerCapture(event.pointerId)) return;
      const box = plot.getBoundingClientRect();
      const at = clamp(((event.clientX - box.left) / box.width) * 100, 0, 100);
      const low = cue === "red" ? Number(fields.amber.value) + 0.1 : 0;
      const high = cue === "amber" ? Number(fields.red.value) - 0.1 : 100;
      fields[cue].value = clamp(at, low, high).toFixed(1);
      told(fields[cue]);
    });
  }

  const place = () => {
    for (const cue of ["amber", "red"]) {
      const value = clamp(Number(fields[cue].value) || 0, 0, 100);
      groups[cue].setAttribute("transform", `translate(${value * 10} 0)`);
    }
  };

  for (const input of form.querySelectorAll("[data-slide]")) {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: "0", max: input.dataset.slide, step: "0.05", value: input.value, tabIndex: -1 });
    slider.setAttribute("aria-hidden", "true");
    input.parentElement.insertBefore(slider, input);
    slider.addEventListener("input", (event) => {
      event.stopPropagation();
      input.value = slider.value;
      told(input);
    });
    input.addEventListener("input", () => { slider.value = input.value; });
  }

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset && "live" in field.dataset) {
      const holder = field.closest("label, .weight");
      if (holder) holder.classList.toggle("changed", field.value !== field.dataset.live);
    }
    place();
  });
  place();
})();
