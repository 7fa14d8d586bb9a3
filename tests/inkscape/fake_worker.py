"""Stands in for the optimizer: answers every queued job at once, with its own paths.

Standard library only. STYLECLIPDRAW_FAKE_SHIFT: canvas pixels to the right; a refusal when "fail".
"""

import json
import os
import pathlib

home = pathlib.Path(os.environ["STYLECLIPDRAW_HOME"])
shift = os.environ.get("STYLECLIPDRAW_FAKE_SHIFT", "0")
for folder in sorted((home / "jobs").iterdir()):
    if (folder / "result.json").exists() or not (folder / "job.json").exists():
        continue
    job = json.loads((folder / "job.json").read_text())
    result = {"schema": 1, "job": job["id"], "state": "done", "step": 1, "steps": 1, "paths": []}
    if shift == "fail":
        result.update(
            state="failed",
            error={
                "code": "fake",
                "sentence": "The fake worker was told to fail.",
                "next_step": "Tell it not to.",
            },
        )
    else:
        for path in job["paths"]:
            subpaths = [
                dict(sub, points=[[x + float(shift), y] for x, y in sub["points"]])
                for sub in path["subpaths"]
            ]
            result["paths"].append(dict(path, subpaths=subpaths, **{"from": path["id"]}))
        count = (job.get("strokes") or {}).get("count", 0)
        for index in range(count):
            y = (index + 0.5) * job["canvas"]["height"] / count
            points = [[10, y], [40, y - 20], [80, y + 20], [job["canvas"]["width"] - 10, y]]
            result["paths"].append(
                {
                    "id": f"new{index}",
                    "from": None,
                    "subpaths": [{"closed": False, "points": points}],
                    "stroke": {
                        "width": 2 + index % 7,
                        "colour": [index / count, 0.2, 0.6, 0.8],
                        "cap": "round",
                        "join": "round",
                        "miter_limit": 4,
                    },
                }
            )
    new = folder / "result.json.new"
    new.write_text(json.dumps(result))
    new.replace(folder / "result.json")
