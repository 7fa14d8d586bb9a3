"""Generated documents there and back, and what the optimizer's own reader says of the requests."""

import json
import math

import pytest
import zero_step
from documents import NAMESPACES, document
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from styleclipdraw_inkscape.job_folder import JobFolder, all_jobs
from styleclipdraw_inkscape.result_reader import read_paths
from styleclipdraw_inkscape.svg_scene import Scene

from styleclipdraw_core import job_folder as core_folder
from styleclipdraw_core.job_json import read_job, read_result, write_result

number = st.floats(-200, 200, allow_nan=False).map(lambda value: round(value, 3))
factor = st.sampled_from([0.01, 0.5, 1, 3, 40, -2])
transform = st.one_of(
    st.builds("translate({},{})".format, number, number),
    st.builds("rotate({},{},{})".format, number, number, number),
    st.builds("scale({},{})".format, factor, factor),
    st.builds("skewX({})".format, st.integers(-70, 70)),
    st.builds(
        "matrix(1,{},{},1,{},{})".format, *[st.sampled_from([0, 0.25, -0.5])] * 2, number, number
    ),
    st.just(""),
)
command = st.one_of(
    st.builds("L{} {}".format, number, number),
    st.builds("h{}".format, number),
    st.builds("c{} {} {} {} {} {}".format, *[number] * 6),
    st.builds("s{} {} {} {}".format, *[number] * 4),
    st.builds("q{} {} {} {}".format, *[number] * 4),
    st.builds("t{} {}".format, number, number),
    st.builds(
        "a{} {} {} {} {} {} {}".format,
        number,
        number,
        number,
        st.integers(0, 1),
        st.integers(0, 1),
        number,
        number,
    ),
    st.sampled_from(["z", "Z M7 9", "m3,4"]),
)
path_data = st.lists(command, min_size=1, max_size=6).map(lambda parts: "M10 20 " + " ".join(parts))
shape = st.one_of(
    path_data.map('<path id="x" d="{}"'.format),
    st.builds(
        '<rect id="x" width="{}" height="9" rx="{}"'.format, st.integers(1, 99), st.integers(0, 9)
    ),
    st.builds('<ellipse id="x" rx="{}" ry="4" cx="{}"'.format, st.integers(1, 99), number),
)
page = st.sampled_from(
    [
        'width="210mm" height="297mm" viewBox="0 0 210 297"',
        'width="500" height="400"',
        'viewBox="-1000 20 5 7"',
        'width="300" height="100" viewBox="0 0 10 10" preserveAspectRatio="none"',
    ]
)


def page_points(root):
    """Every node of everything, in pixels of the page."""
    items = [i for i in Scene(root).find().items]
    return [item.to_page(p) for item in items for s in item.subpaths for p in s.points[::3]]


@settings(max_examples=150, deadline=None)
@given(
    page, st.lists(transform, max_size=3), transform, shape, st.sampled_from(["copy", "in-place"])
)
def test_generated_documents(page, groups, own, shape, put):
    inside = f'{shape} transform="{own}" style="fill:#123456;stroke:#654321"/>'
    for index, group in enumerate(groups):
        inside = f'<g id="g{index}" transform="{group}" opacity="0.9">{inside}</g>'
    root = document(inside, page)
    before = page_points(root)
    if not before or max(max(map(abs, p)) for p in before) > 1e5:
        return  # nothing to see, or beyond what a canvas may hold
    request = zero_step.request_of(root, ["x"], put=put)
    assert read_job(json.dumps(dict(request.body, schema=1, id=zero_step.JOB))).paths
    zero_step.put_back(root, request.body, zero_step.result_of(request.body))
    after = page_points(root)
    # a last segment that is a point is what Z draws
    assert abs(len(before) - len(after)) <= before.count(before[0])
    size = max(max(p[i] for p in before) - min(p[i] for p in before) for i in (0, 1))
    for point in after:
        assert min(math.dist(point, other) for other in before) <= 1e-6 * max(size, 1)
    (style,) = {e.get("style") for e in root.iter("{*}path") if "none" not in e.get("style", "")}
    declared = dict(part.split(":") for part in style.split(";"))
    assert (declared["fill"], declared["stroke"]) == ("#123456", "#654321")
    assert (declared["fill-opacity"], declared["stroke-opacity"]) == ("1", "1")
    assert float(declared["stroke-width"]) == pytest.approx(1, rel=1e-7)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"work_on": "refine-add", "kind": "fill", "seed": 2**31 - 1, "quality": "fine"},
        {"work_on": "new", "preset": "styleclipdraw-alternating", "clip": "clip-vit-b-32"},
        {"negative": "letters", "style_judge": "vgg16", "device": "cuda", "iterations": 7},
    ],
)
def test_the_optimizer_reads_what_is_written(options, tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path))
    root = document(
        '<path id="a" d="M0 0 L50 10 L20 40 Z" stroke="red" stroke-linejoin="miter-clip"'
        ' stroke-miterlimit="0.5"/><circle id="c" r="20" fill-rule="evenodd"/>'
    )
    job = zero_step.request_of(root, **options).write()
    (theirs,) = core_folder.all_jobs()
    read = theirs.read_job()
    assert read.id == job.id and theirs.state() == job.state == "queued"
    assert core_folder.data_folder() == tmp_path
    for name in ("stop", "insert"):
        job.mark(name)
    assert theirs.wants_stop() and not theirs.wants_cancel()


def test_what_the_optimizer_writes_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path))
    root = document('<path id="a" d="M0 0 L50 10 L20 40 Z" stroke="red"/>')
    request = zero_step.request_of(root)
    request.write()
    (theirs,) = core_folder.all_jobs()
    theirs.write_result(
        read_result(json.dumps(dict(zero_step.result_of(request.body), job=theirs.id)))
    )
    (ours,) = all_jobs()
    assert ours.state == theirs.state() == "done"
    (path,) = read_paths(ours.result())
    assert path.origin == "a" and path.subpaths[0].closed
    assert write_result(theirs.read_result())


def test_a_folder_without_a_request_is_no_job(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path))
    folder = JobFolder.create()
    assert list(all_jobs()) == [] and list(core_folder.all_jobs()) == []
    folder.write_request({}, [{"code": "c", "sentence": "s", "next_step": ""}])
    assert [job.id for job in all_jobs()] == [folder.id]
    (event,), _ = core_folder.JobFolder(tmp_path / "jobs" / folder.id).read_events()
    assert (event["event"], event["code"]) == ("warning", "c")


def test_there_is_no_way_out_of_the_job_folder(tmp_path):
    folder = JobFolder(str(tmp_path))
    for name in ("../style.png", "/etc/style.png", "style.svg", "job.json", ""):
        with pytest.raises(ValueError, match="picture"):
            folder.add_picture(name, b"")


def test_comments_and_foreign_elements_do_not_matter():
    text = (
        f"<svg {NAMESPACES}><!-- a --><?php b ?><x:y xmlns:x='urn:x'/>"
        '<g id="g"><!-- c --><path id="p" d="M0 0L9 9"/></g></svg>'
    )
    root = etree.fromstring(text)
    assert [item.name for item in Scene(root).find(["g"]).items] == ["p"]
