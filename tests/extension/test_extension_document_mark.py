"""Recognising a document some minutes later: the same one, renamed or edited, and no other."""

import os
import time

import pytest
from documents import document
from styleclipdraw_inkscape.document_mark import is_same_document, mark_of

CONTENT = '<path id="a" d="M0 0"/><path id="b" d="M0 0"/><path id="c" d="M0 0"/>'


@pytest.fixture
def saved(monkeypatch, tmp_path):
    """Says where the document at hand is saved; "" when it is not."""

    def say(name, age=0.0):
        path = str(tmp_path / name) if name else ""
        if name:
            (tmp_path / name).touch()
            os.utime(path, (time.time() - age,) * 2)
        monkeypatch.setenv("DOCUMENT_PATH", path)

    return say


def marked(saved, name, content=CONTENT):
    saved(name)
    return mark_of(document(content))


def test_a_saved_document_is_known_by_its_file(saved):
    mark = marked(saved, "a.svg")
    assert is_same_document(document(""), mark)  # whatever was deleted in it


def test_another_file_is_another_document(saved):
    mark = marked(saved, "a.svg")
    saved("b.svg")
    assert not is_same_document(document('<path id="z" d="M0 0"/>'), mark)
    assert not is_same_document(document('<path id="a" d="M0 0"/>'), mark)


def test_saved_under_another_name(saved):
    mark = marked(saved, "a.svg")
    saved("b.svg")
    assert is_same_document(document(CONTENT + '<path id="d" d="M0 0"/>'), mark)


def test_an_unsaved_document_is_known_by_its_page_and_ids(saved):
    mark = marked(saved, "")
    assert is_same_document(document(CONTENT), mark)
    assert is_same_document(document('<path id="a" d="M0 0"/><path id="b" d="M0 0"/>'), mark)
    assert not is_same_document(document('<path id="z" d="M0 0"/>'), mark)
    assert not is_same_document(document(CONTENT, 'id="svg1" width="10"'), mark)


def test_an_unsaved_document_may_be_saved_meanwhile(saved):
    mark = marked(saved, "")
    saved("new.svg")
    assert is_same_document(document(CONTENT), mark)


def test_a_file_that_was_there_before_is_not_the_unsaved_document(saved):
    """Inkscape's new documents all have the same ids."""
    mark = marked(saved, "", "")
    saved("old.svg", age=3600)
    assert not is_same_document(document(""), mark)


@pytest.mark.parametrize("mark", [None, 3, {}, {"ids": 5}, {"ids": [], "page": 1}])
def test_a_damaged_mark_fits_no_document(saved, mark):
    saved("")
    assert not is_same_document(document(CONTENT), mark)
