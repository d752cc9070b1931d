"""`python -m bench.detection bench`: report seeds through every scorer; JSON, plots and docs/detection.md."""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.detection import plots, report
from bench.detection.geo import Geo
from bench.detection.metrics import Figures
from bench.detection.runs import Run, ablation, joined, prepare, score, signal_names
from bench.detection.seeds import report_seeds

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"
SHARES = (0.05, 0.005)


def _run_all(shares: tuple[float, ...], count: int, work: Path, geo_dir: Path, **options: Any) -> list[Run]:
    geo = Geo(geo_dir)
    wanted = [(seed, share) for share in shares for seed in report_seeds(count)]

    def one(job: tuple[int, float]) -> Run:
        seed, share = job
        run = prepare(seed, share, work, customers=options["customers"])
        score(run, geo_dir, geo, policy=options["policy"])
        assert run.own is not None
        what = f"seed {seed}, impostors {share:.1%}"
        print(f"  {what}: {len(run.truth)} chats, replay {run.own.took_s:.0f} s", flush=True)
        return run

    # The replay is a process of its own, so two threads keep two cores busy.
    with ThreadPoolExecutor(options["jobs"]) as pool:
        return list(pool.map(one, wanted))


def _figures(runs: list[Run]) -> Figures:
    out: Figures = {}
    for share in sorted({run.share for run in runs}, reverse=True):
        out[f"{share:g}"] = joined([run.figures for run in runs if run.share == share])
    return out


def main(
    *,
    geo_dir: Path,
    seeds: int = 5,
    jobs: int = 2,
    ablation_seeds: int = 2,
    customers: int | None = None,
    policy: Path | None = None,
    out: Path | None = None,
) -> Figures:
    """Runs everything; returns the summary it wrote to `results/summary.json` (or to `out`, leaving docs alone)."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="cuelight-bench-") as folder:
        work = Path(folder)
        print(f"report seeds {', '.join(map(str, report_seeds(seeds)))}", flush=True)
        runs = _run_all(SHARES, seeds, work, geo_dir, jobs=jobs, customers=customers, policy=policy)
        main_runs = [run for run in runs if run.share == SHARES[0]]
        summary: Figures = {
            "seeds": list(report_seeds(seeds)),
            "chats": sum(len(run.truth) for run in main_runs),
            "shares": _figures(runs),
        }
        if ablation_seeds:
            print("each signal off in turn", flush=True)
            names = signal_names(policy or ROOT / "data" / "policy.json")
            summary["ablation"] = ablation(main_runs[:ablation_seeds], names, geo_dir, policy)
            summary["ablation_seeds"] = [run.seed for run in main_runs[:ablation_seeds]]
    summary["took_s"] = round(time.perf_counter() - started)
    target = out or RESULTS
    target.mkdir(parents=True, exist_ok=True)
    for run in runs:
        (target / f"seed-{run.seed}-{run.share:g}.json").write_text(json.dumps(run.figures, indent=1), encoding="utf-8")
    (target / "summary.json").write_text(json.dumps(_rounded(summary), indent=1) + "\n", encoding="utf-8")
    pictures = (ROOT / "docs" / "images") if out is None else target
    plots.draw(main_runs, pictures)
    page = report.page(summary)
    ((ROOT / "docs" / "detection.md") if out is None else target / "detection.md").write_text(page, encoding="utf-8")
    print(report.table(summary))
    print(f"took {summary['took_s']} s; figures in {target}")
    return summary


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value
