"use strict";
// The cue's style sheet, from the one palette. Sizes are fixed, so that a change of cue moves nothing on the desk.
(() => {
  /** @param {"light" | "dark"} theme */
  const colours = (theme) =>
    Object.entries(CuelightContent.shapes.palette[theme])
      .map(([cue, { shape, ink, tint, line }]) => `--${cue}-shape:${shape};--${cue}-ink:${ink};--${cue}-tint:${tint};--${cue}-line:${line};`)
      .join("");

  const states = ["red", "amber", "green", "grey"]
    .map((cue) => `.cue[data-state="${cue}"]{--shape:var(--${cue}-shape);--ink:var(--${cue}-ink);--tint:var(--${cue}-tint);--line:var(--${cue}-line)}`)
    .join("");

  const style = () => `
.cue{${colours("light")}--ground:#fff;--text:#1d2430;--soft:#55606e;--edge:#d5dbe1;--focus:#1f5fbf;--cue-contrast:#fff;
  --shape:var(--grey-shape);--ink:var(--grey-ink);--tint:var(--grey-tint);--line:var(--grey-line);
  font:500 13px/1.35 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--text);text-align:start;display:block;block-size:32px}
.cue[data-theme="dark"]{${colours("dark")}--ground:#171c22;--text:#e8ecf1;--soft:#a9b3be;--edge:#3a434d;--focus:#8ab8ff;--cue-contrast:#14181d}
${states}
*{box-sizing:border-box}
[data-say]::before{content:attr(data-say)}
.chip{all:unset;box-sizing:border-box;display:inline-flex;align-items:center;gap:7px;block-size:32px;max-inline-size:100%;padding:0 11px 0 7px;border-radius:16px;
  background:var(--tint);box-shadow:inset 0 0 0 1px var(--line);color:var(--ink);cursor:pointer;user-select:none;position:relative}
.cue:dir(rtl) .chip{padding:0 7px 0 11px}
.chip:hover{box-shadow:inset 0 0 0 1px var(--shape)}
.chip:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.word{font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.shape{flex:none;display:block;color:var(--shape)}
.mark{flex:none;font-size:15px;line-height:1;min-inline-size:16px;text-align:center;color:var(--text)}
[data-state="loading"] .chip{cursor:default}
[data-state="loading"] .word,[data-state="loading"] .shape{color:var(--grey-ink)}
[data-state="loading"] .shape{animation:turn 1.1s linear infinite}
[data-state="red"] .chip{background:var(--shape);box-shadow:none;color:#fff;animation:arrive .9s ease-out 1}
[data-theme="dark"][data-state="red"] .chip{color:#2a0907}
[data-state="red"] .chip .shape{color:#fff;--cue-contrast:var(--shape)}
[data-theme="dark"][data-state="red"] .chip .shape{color:#2a0907}
[data-state="red"] .mark{background:var(--ground);border-radius:9px;padding:2px;min-inline-size:20px;font-size:13px}
[data-state="amber"] .chip{box-shadow:inset 0 0 0 1.5px var(--shape);animation:arrive-amber .9s ease-out 1}
[data-state="green"] .chip{animation:settle 1.2s ease 5s 1 forwards}
[data-state="grey"] .chip{box-shadow:none;border:1.5px dashed var(--shape);padding-block:0}
@keyframes turn{to{rotate:1turn}}
@keyframes arrive{from{box-shadow:0 0 0 0 color-mix(in srgb,var(--shape) 55%,transparent)}to{box-shadow:0 0 0 12px transparent}}
@keyframes arrive-amber{from{outline:0 solid color-mix(in srgb,var(--shape) 45%,transparent);outline-offset:0}to{outline:6px solid transparent;outline-offset:2px}}
@keyframes settle{to{background:transparent;box-shadow:inset 0 0 0 1px transparent}}
.tip,.card{position:fixed;inset:auto;margin:0;border:1px solid var(--edge);background:var(--ground);color:var(--text);font:inherit;font-weight:400;
  box-shadow:0 6px 24px rgb(15 22 32/.18),0 1px 3px rgb(15 22 32/.14);overflow:auto;overscroll-behavior:contain}
.tip{padding:7px 11px;border-radius:8px;max-inline-size:280px;pointer-events:none}
.card{padding:14px 16px;border-radius:12px;inline-size:min(340px,calc(100vw - 24px));max-block-size:min(460px,calc(100vh - 24px))}
.card:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.head{display:flex;gap:10px;align-items:center}
.title{font-size:15px;font-weight:650;color:var(--ink)}
.age{font-size:12px;color:var(--soft)}
h2{margin:14px 0 5px;font-size:12px;font-weight:600;line-height:1.3;color:var(--soft)}
ul{margin:0;padding:0;list-style:none;display:grid;gap:5px}
li{padding-inline-start:14px;position:relative;overflow-wrap:anywhere}
li::after{content:"";position:absolute;inset-inline-start:2px;inset-block-start:.55em;inline-size:5px;block-size:5px;border-radius:50%;background:var(--shape)}
.note{margin:12px 0 0;color:var(--soft);overflow-wrap:anywhere}
.warn{position:fixed;inset:auto;margin:0;box-sizing:border-box;padding:9px 10px 9px 12px;border:1px solid var(--line);border-radius:10px;background:var(--ground);color:var(--text);
  font:inherit;font-weight:400;box-shadow:0 4px 16px rgb(15 22 32/.16);gap:10px;align-items:center}
.cue:dir(rtl) .warn{padding:9px 12px 9px 10px}
.warn:popover-open{display:flex}
.warn .body{flex:1;min-inline-size:0;overflow-wrap:anywhere}
.warn b{font-weight:650;color:var(--ink)}
.warn small{display:block;font-size:12px;color:var(--soft)}
.dismiss{all:unset;box-sizing:border-box;flex:none;padding:5px 10px;border-radius:7px;cursor:pointer;font-weight:550;color:var(--ink);box-shadow:inset 0 0 0 1px var(--line)}
.dismiss:hover{box-shadow:inset 0 0 0 1px var(--shape)}
.dismiss:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.spoken{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (prefers-reduced-motion:reduce){*,.chip,.shape{animation:none!important;transition:none!important}
  [data-state="green"] .chip{background:transparent;box-shadow:inset 0 0 0 1px var(--line)}}
@media (forced-colors:active){.cue,.cue[data-theme][data-state]{--shape:CanvasText;--ink:CanvasText;--text:CanvasText;--soft:CanvasText;--ground:Canvas;--cue-contrast:Canvas;--tint:Canvas;--focus:Highlight}
  .cue .chip,.cue[data-state] .chip{background:Canvas;color:CanvasText;border:2px solid CanvasText;animation:none;forced-color-adjust:none}
  li::after{forced-color-adjust:none}
  .cue .warn,.cue .dismiss{background:Canvas;color:CanvasText;border:1px solid CanvasText}
  .cue[data-state="grey"] .chip{border-style:dashed}
  .cue[data-state] .chip .shape,.cue[data-state] .chip .word{color:CanvasText;--cue-contrast:Canvas}}
`;

  CuelightContent.style = style;
})();
