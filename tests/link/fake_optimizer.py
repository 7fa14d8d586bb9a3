"""The job folder's other side in a few lines, from docs/job-folder.md alone: draws a cross per job.

Standard library only, and nothing of ours: what it writes must be enough for window and extension.
"""

import json
import os
import pathlib
import sys


def write(path, value):
    path.with_suffix(".tmp").write_text(json.dumps(value), "utf-8")
    os.replace(path.with_suffix(".tmp"), path)


for folder in sorted(pathlib.Path(sys.argv[1], "jobs").iterdir()):
    if not (folder / "job.json").exists() or (folder / "result.json").exists():
        continue
    job = json.loads((folder / "job.json").read_text("utf-8"))
    width, height = job["canvas"]["width"], job["canvas"]["height"]
    event = {
        "time": "2026-03-01T14:22:35Z",
        "event": "step",
        "step": 1,
        "steps": 1,
        "scores": {"clip": 0.5},
        "seconds_left": 0,
    }
    with open(folder / "events.jsonl", "a", encoding="utf-8") as events:
        events.write(json.dumps(event) + "\n")
    points = [[0, 0], [width / 3, height / 3], [width / 2, height / 2], [width, height]]
    stroke = {"width": 2, "colour": [1, 0, 0, 1], "cap": "round", "join": "round"}
    path = {
        "id": "stroke-1",
        "from": None,
        "stroke": stroke,
        "subpaths": [{"closed": False, "points": points}],
    }
    kept = [dict(path, **{"from": path["id"]}) for path in job["paths"]]
    write(
        folder / "result.json",
        {
            "schema": 1,
            "job": job["id"],
            "state": "done",
            "step": 1,
            "steps": 1,
            "paths": kept + [path],
        },
    )
