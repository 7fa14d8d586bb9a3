"""Jobs for the tests of the optimizer, and what they need to watch one being drawn."""

from dataclasses import replace

from styleclipdraw_core import run, worker
from styleclipdraw_core.job import Canvas, Job, NewStrokes, Prompt
from styleclipdraw_core.job_folder import JobFolder, create

IDS = [f"20260301-14223{number}-a1b2c3" for number in range(4)]
WISH = Job(
    IDS[0],
    prompts=(Prompt("a red apple"),),
    canvas=Canvas(32, 32),
    strokes=NewStrokes(4),
    iterations=6,
    device="cpu",
)


def queued(number=0, **fields):
    return create(replace(WISH, id=IDS[number], **fields), {})


def events_of(folder, kind):
    return [event for event in folder.read_events()[0] if event["event"] == kind]


def draw(folder):
    return worker.draw_one(folder, run.Models())


def at_step(monkeypatch, number, act):
    """Call ``act`` right after the result of that step was written."""
    real = JobFolder.write_result

    def write(folder, result, *, durable=False):
        real(folder, result, durable=durable)
        if result.step == number and result.state == "drawing":
            act(folder)

    monkeypatch.setattr(JobFolder, "write_result", write)
