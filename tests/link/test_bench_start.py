"""`styleclipdraw bench start` measures real processes; what it measures is not judged here."""

import sys
from pathlib import Path

import pytest

from styleclipdraw_core import bench_start
from styleclipdraw_core.errors import StyleClipDrawError

HERE = Path(__file__).parent
DRAW = [sys.executable, str(HERE / "fake_cli.py")]
WORKER = [sys.executable, str(HERE / "slow_worker.py"), "0"]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(bench_start, "COLD_RUNS", 1)
    monkeypatch.setattr(bench_start, "WARM_RUNS", 2)


def test_both_figures_are_measured():
    measured = bench_start.measure(draw=DRAW, worker=WORKER)
    assert measured["cold_s"] > 0 and measured["warm_s"] > 0
    assert len(measured["cold_runs_s"]) == 1 and len(measured["warm_runs_s"]) == 2


def test_a_command_that_fails_is_no_measurement():
    broken = [sys.executable, "-c", "import sys; sys.exit('It is broken.')"]
    with pytest.raises(StyleClipDrawError, match="It is broken"):
        bench_start.measure(draw=broken, worker=WORKER)
