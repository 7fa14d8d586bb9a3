"""``styleclipdraw models``, ``doctor`` and ``bench``: what other modules know, shown or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from styleclipdraw_core.download import in_words
from styleclipdraw_core.errors import StyleClipDrawError

DONE, FAILED = 0, 1


def run(options: argparse.Namespace) -> int:
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "models list": _list,
        "models fetch": _fetch,
        "models verify": _verify,
        "models remove": _remove,
        "doctor": _doctor,
        "bench render": _bench_render,
        "bench iteration": _bench_iteration,
        "bench start": _bench_start,
    }
    return commands[f"{options.command} {getattr(options, 'action', '')}".strip()](options)


# ------------------------------------------------------------------------------- models


def _list(options: argparse.Namespace) -> int:
    from styleclipdraw_core import weights

    rows = [weights.status(name) for name in weights.MODELS]
    if options.json:
        _print_json(
            [
                {
                    "name": row.model.name,
                    "title": row.model.title,
                    "licence": row.model.licence,
                    "state": row.state,
                    "fetched_bytes": row.model.fetched_bytes,
                    "kept_bytes": row.model.kept_bytes,
                    "bytes_on_disk": row.bytes_on_disk,
                    "path": str(row.path),
                }
                for row in rows
            ]
        )
        return DONE
    table = _table("name", "what", "download", "size on disk", "state", "licence")
    for row in rows:
        model = row.model
        table.add_row(
            model.name,
            model.title,
            in_words(model.fetched_bytes),
            in_words(row.bytes_on_disk or model.kept_bytes),
            row.state,
            model.licence,
        )
    table.add_row("built-in", "small CLIP of this project", "-", "-", "ready", "the project's own")
    _console().print(table)
    return DONE


def _fetch(options: argparse.Namespace) -> int:
    from styleclipdraw_core import weights

    models = [weights.find(name) for name in options.name]  # all names first: a typo costs nothing
    for model in models:
        if weights.status(model.name).state == "ready":
            print(f"{model.title} is here already.")
            continue
        wanted = sum(file.size for file in model.files) if options.whole else model.fetched_bytes
        print(
            f"{model.title}: {in_words(wanted)} to fetch, "
            f"{in_words(model.kept_bytes)} kept; {model.licence}.",
            file=sys.stderr,
        )
        with _download_bar() as bar:
            task = bar.add_task(model.name, total=wanted)

            def advance(done: int, total: int, bar: Progress = bar, task: Any = task) -> None:
                bar.update(task, completed=done, total=total)

            path = weights.ensure(model.name, advance, whole=options.whole)
        print(path)
    return DONE


def _download_bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    return Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True), transient=True)


def _verify(options: argparse.Namespace) -> int:
    from styleclipdraw_core import weights

    here = [name for name in weights.MODELS if weights.status(name).state != "missing"]
    if not (options.name or here):
        print("No models are on this computer beside the built-in ones.")
    status = DONE
    for name in options.name or here:
        try:
            weights.verify(name)
        except StyleClipDrawError as error:  # the others are looked at all the same
            print(f"styleclipdraw: {error.for_person()}", file=sys.stderr)
            status = FAILED
        else:
            print(f"{weights.find(name).title} is whole.")
    return status


def _remove(options: argparse.Namespace) -> int:
    from styleclipdraw_core import weights

    for model in [weights.find(name) for name in options.name]:
        freed = weights.remove(model.name)
        if freed:
            print(f"{model.title} is removed: {in_words(freed)} are free again.")
        else:
            print(f"{model.title} was not here.")
    return DONE


# ------------------------------------------------------------------------------- doctor


def _doctor(options: argparse.Namespace) -> int:
    from styleclipdraw_core import doctor

    rows = doctor.report()
    if options.json:
        names = ("name", "ok", "sentence", "next_step")
        _print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, ok, sentence, next_step in rows:
            mark = "[green]ok[/green]" if ok else "[red]no[/red]"
            advice = f"\n[yellow]{escape(next_step)}[/yellow]" if next_step else ""
            table.add_row(mark, escape(name), escape(sentence) + advice)
        _console().print(table)
    return DONE if all(ok for _, ok, _, _ in rows) else FAILED


# ------------------------------------------------------------------------------- bench


def _bench_render(options: argparse.Namespace) -> int:
    from styleclipdraw_core import bench_render

    measured = bench_render.measure(options.files, renderer=options.renderer, finer=options.finer)
    return _print_measured(measured, options.json)


def _bench_iteration(options: argparse.Namespace) -> int:
    from styleclipdraw_core import bench_iteration

    measured = bench_iteration.measure(options.preset, styled=not options.without_style)
    return _print_measured(measured, options.json)


def _bench_start(options: argparse.Namespace) -> int:
    from styleclipdraw_core import bench_start

    return _print_measured(bench_start.measure(), options.json)


def _print_measured(measured: Any, as_json: bool) -> int:
    if as_json:
        _print_json(measured)
        return DONE
    rows: Sequence[dict[str, Any]] = measured if isinstance(measured, list) else [measured]
    if isinstance(measured, list) and rows:
        table = _table(*rows[0])
        for row in rows:
            table.add_row(*(escape(_value(value)) for value in row.values()))
    else:
        table = _table("what", "measured")
        for row in rows:
            for name, value in row.items():
                table.add_row(name, escape(_value(value)))
    _console().print(table)
    return DONE


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


# ------------------------------------------------------------------------------- output


def _table(*headings: str) -> Table:
    return Table(*headings, box=None, pad_edge=False, header_style="bold")


def _console() -> Console:
    # In a pipe there is no width to fit into; 80 would cut the lines of whoever reads them.
    return Console(width=None if sys.stdout.isatty() else 200)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
