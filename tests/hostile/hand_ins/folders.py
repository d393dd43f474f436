"""Folders with links, pipes, odd names, modes and times in them, and files of unusual size."""

import os
from pathlib import Path

import nbformat

from .register import whole_folder
from .unit import NAME, WRONG, answer, answered, cell, put


@whole_folder
def refused_50_mb(nb, folder):
    cell(nb, "letters").outputs = [nbformat.v4.new_output("stream", text="x" * 50_000_000)]
    put(folder, nb)


@whole_folder
def points_kept_10_000_cells(nb, folder):
    for number in range(10_000):
        more = nbformat.v4.new_code_cell(f"n = {number}")
        more.id = f"n-{number}"
        nb.cells.insert(1, more)
    put(folder, nb)


@whole_folder
def points_kept_names_many_modules_that_are_not_there(nb, folder):
    """The grader reads the names of the libraries that notebooks import before it runs any of them."""
    cell(nb, "why").source += "".join(f"\nimport numpy.n{number}" for number in range(200_000))
    put(folder, nb)


@whole_folder
def points_kept_names_in_other_case(nb, folder):
    put(folder, nb)
    put(folder, answered(nb, WRONG), f"{NAME.capitalize()}.ipynb")


@whole_folder
def refused_notebook_is_a_link(nb, folder):
    beyond = folder.parents[2] / "of-somebody-else.ipynb"
    put(beyond.parent, nb, beyond.name)
    (folder / f"{NAME}.ipynb").symlink_to(beyond)


@whole_folder
def refused_link_out_of_the_folder(nb, folder):
    beyond = folder.parents[2] / "secret.txt"
    beyond.write_text("3")
    answer(nb, letters="letters = int(open('secret.txt').read())")
    (folder / "secret.txt").symlink_to(beyond)
    (folder / "everything").symlink_to(beyond.parent)
    put(folder, nb)


@whole_folder
def points_kept_unicode_bomb_in_names(nb, folder):
    put(folder, nb)
    (folder / ("z" + "\u0301\u0323" * 60)).write_text("marks")
    (folder / "\u202egnp.exe").write_text("right to left")
    (folder / "\ufeff\u200b.txt").write_text("nothing to see")
    (folder / ("\U0001f9d1\u200d" * 30)).write_text("joined")
    (folder / "two\nlines\x1b[31m.txt").write_text("control")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.txt")).write_text("no UTF-8")


@whole_folder
def points_kept_clock_of_the_hand_in_in_the_past(nb, folder):
    (folder / "timestamp.txt").write_text("1970-01-01 00:00:00 UTC")
    path = put(folder, nb)
    os.utime(path, (0, 0))
    os.utime(folder, (0, 0))


@whole_folder
def points_kept_timestamp_that_is_none(nb, folder):
    (folder / "timestamp.txt").write_text("But I want to be a timestamp string :(")
    put(folder, nb)


@whole_folder
def points_kept_pipe_in_the_folder(nb, folder):
    os.mkfifo(folder / "pipe")
    put(folder, nb)


@whole_folder
def points_kept_read_only_folder(nb, folder):
    put(folder, nb).chmod(0o444)
    folder.chmod(0o555)
