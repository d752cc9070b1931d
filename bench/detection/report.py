"""The summary as text: the table for the console, and docs/detection.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.detection.metrics import APART, GROUPS, KINDS, Figures
from bench.detection.runs import OURS

_NONE = "n/a"
_HISTORY = {"all": "all customers", "5+": "5 or more earlier contacts", "1-4": "1 to 4", "0": "none"}


def _pct(value: Any, *, spread: bool = False) -> str:
    if value is None or value.get("mean") is None:
        return _NONE
    text = f"{100 * value['mean']:.1f}"
    return f"{text} ± {100 * value['spread']:.1f}" if spread else text


def _auc(value: Any) -> str:
    return _NONE if value is None or value.get("mean") is None else f"{value['mean']:.3f}"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ruler, *rows))


def _detection(share: Figures, group: str, what: str) -> str:
    """One table: rows are scorers, columns the kinds."""
    rows = []
    for scorer, figures in share["detection"].items():
        cells = figures["groups"][group]
        show = _auc if what == "auc" else _pct
        mean = _auc(cells["mean"][what]) if what == "auc" else _pct(cells["mean"][what], spread=True)
        rows.append(
            [
                f"**{scorer}**" if scorer == OURS else scorer,
                *(show(cells[k][what]) for k in KINDS),
                mean,
                show(cells[APART][what]),
            ]
        )
    return _markdown(["", *KINDS, "mean of six", APART], rows)


def _shipped(share: Figures) -> str:
    rows = []
    for group, name in _HISTORY.items():
        cells = share["shipped"]["groups"][group]
        for what, label in (("red", "red"), ("amber_or_red", "amber or red"), ("grey", "grey")):
            rows.append(
                [
                    f"{name}: {label}",
                    _pct(cells["legit"][what], spread=group == "all"),
                    *(_pct(cells[k][what]) for k in KINDS),
                    _pct(cells["mean"][what], spread=True),
                    _pct(cells[APART][what]),
                ]
            )
    return _markdown(["history: cue", "legit", *KINDS, "mean of six", APART], rows)


def _friction(share: Figures) -> str:
    rows = []
    others = share["friction"].get("Freeman / Wiefling", {})
    for table, name in (
        ("customer", "kind of customer"),
        ("network", "network"),
        ("identity", "identity"),
        ("history", "earlier contacts"),
        ("situation", "situation"),
    ):
        for key, cell in share["shipped"]["friction"][table].items():
            other = others.get(table, {}).get(key)
            rows.append(
                [
                    f"{name}: {key.replace('_', ' ')}",
                    f"{cell['n']['mean']:.0f}",
                    _pct(cell["red"]),
                    _pct(cell["amber_or_red"], spread=True),
                    _pct(cell["grey"]),
                    _pct(other["red"]) if other else _NONE,
                    _pct(other["amber_or_red"]) if other else _NONE,
                ]
            )
    return _markdown(["", "chats a seed", "red", "amber or red", "grey", "EXTEND at 0.5 %", "EXTEND at 5 %"], rows)


def _third(share: Figures) -> str:
    rows = [
        [scorer, *(_pct(figures["third_visit"][what], spread=True) for what in ("red", "amber"))]
        for scorer, figures in share["detection"].items()
    ]
    shipped = share["shipped"]
    rows += [
        [
            f"{OURS}, as shipped, visit {v}",
            _pct(shipped[f"visit_{v}"]["red"], spread=True),
            _pct(shipped[f"visit_{v}"]["amber_or_red"], spread=True),
        ]
        for v in (1, 2, 3)
    ]
    return _markdown(["third visit of a returning impostor", "red", "amber or red"], rows)


def _ablation(summary: Figures) -> str:
    full = summary["ablation"][""]
    rows = []
    for signal, figures in summary["ablation"].items():
        deltas = (
            []
            if not signal
            else sorted(
                ((figures["amber_by_kind"][k] or 0) - (full["amber_by_kind"][k] or 0), k) for k in full["amber_by_kind"]
            )
        )
        worst = ", ".join(f"{k} {100 * d:+.1f}" for d, k in deltas[:2] if d < -0.005)
        rows.append(
            [
                signal or "(all on)",
                *(f"{100 * figures[n]:.1f}" for n in ("red", "amber")),
                f"{figures['auc']:.3f}",
                f"{100 * figures['third_visit']:.1f}",
                worst,
            ]
        )
    head = ["signal off", "red at 0.5 %", "amber or red at 5 %", "AUC", "third visit", "which impostors gain most"]
    return _markdown(head, rows)


def table(summary: Figures) -> str:
    """The main table alone, for the console and a closing note."""
    share = summary["shares"]["0.05"]
    parts = [
        f"detection at red (legit red 0.5 %), {len(summary['seeds'])} seeds, %",
        _detection(share, "all", "red"),
        "",
        "detection at amber or red (legit 5 %), %",
        _detection(share, "all", "amber"),
        "",
        "as shipped, %",
        _shipped(share),
        "",
        _third(share),
    ]
    return "\n".join(parts)


_PAGE = Path(__file__).with_name("page.md")


def page(summary: Figures) -> str:
    """docs/detection.md."""
    share, rare = summary["shares"]["0.05"], summary["shares"]["0.005"]
    by_history = []
    for group in list(GROUPS)[1:]:
        by_history += [
            f"**Earlier contacts: {_HISTORY[group]}**, amber or red:",
            "",
            _detection(share, group, "amber"),
            "",
        ]
    incident = share["shipped"]["under_incident"]
    return _PAGE.read_text(encoding="utf-8").format(
        chats=f"{summary['chats']:,}",
        seeds=len(summary["seeds"]),
        seed_names=", ".join(map(str, summary["seeds"])),
        red=_detection(share, "all", "red"),
        amber=_detection(share, "all", "amber"),
        auc=_detection(share, "all", "auc"),
        by_history="\n".join(by_history).rstrip(),
        shipped=_shipped(share),
        third=_third(share),
        friction=_friction(share),
        incident_legit=_pct(incident["legit"]["red"]),
        incident_bad=_pct(incident["impostors"]["red"]),
        rare="\n\n".join(
            (
                "Red:",
                _detection(rare, "all", "red"),
                "Amber or red:",
                _detection(rare, "all", "amber"),
                "As shipped:",
                _shipped(rare),
            )
        ),
        ablation=_ablation(summary) if "ablation" in summary else "Not run.",
        ablation_seeds=", ".join(map(str, summary.get("ablation_seeds", []))),
    )
