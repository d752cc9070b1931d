// Draws the charts of the Overview page; the same numbers stand in its table, for who has no script or no eyes for charts.
"use strict";
(() => {
  const figures = document.querySelectorAll("figure[data-chart]");
  if (!figures.length || typeof uPlot === "undefined") return;
  const colour = (name) => {
    // light-dark() and friends are resolved by asking for a computed colour.
    const probe = document.createElement("i");
    probe.className = `ink-${name}`;
    document.body.appendChild(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const bars = uPlot.paths.bars({ size: [0.7, 26] });

  const draw = (figure) => {
    const data = JSON.parse(figure.dataset.series);
    const soft = colour("soft"), edge = colour("edge");
    const axis = { stroke: soft, grid: { stroke: edge, width: 1 }, ticks: { stroke: edge, width: 1 }, font: "12px system-ui" };
    const friction = figure.dataset.chart === "friction";
    const budget = data.at_s.map(() => data.budget);
    const both = data.warned.map((count, day) => count + data.missed[day]);
    const series = friction
      ? [{ label: "amber", stroke: colour("amber"), width: 2 }, { label: "red", stroke: colour("red"), width: 2.5 },
         { label: "budget for reds", stroke: soft, width: 1, dash: [5, 4], points: { show: false } }]
      : [{ label: "not warned of", stroke: colour("grey"), fill: colour("grey"), paths: bars, points: { show: false }, value: (_, __, ___, i) => (i === null ? "" : data.missed[i]) },
         { label: "warned of", stroke: colour("red"), fill: colour("red"), paths: bars, points: { show: false } }];
    const rows = friction ? [data.amber, data.red, budget] : [both, data.warned];
    const day = (_, at) => new Date(at * 1000).toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
    figure.replaceChildren();
    new uPlot({
      width: Math.max(260, figure.clientWidth),
      height: 210,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
      scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [{ ...axis, values: (self, ticks) => ticks.map((at) => day(self, at)) }, { ...axis, size: 44 }],
      series: [{ label: "day", value: (self, at) => (at === null ? "" : day(self, at)) }, ...series],
      legend: { live: true },
    }, [data.at_s, ...rows], figure);
  };

  const all = () => figures.forEach(draw);
  all();
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(all, 150); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
