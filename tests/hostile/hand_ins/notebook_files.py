"""Files that are no notebook, or a notebook in another form, under another name or twice."""

import json

import nbformat

from .register import notebook, text, whole_folder
from .unit import NAME, put


@text
def refused_invalid_json(sound):
    return sound[: len(sound) // 2]


@text
def refused_empty_file(sound):
    return ""


@text
def refused_bytes_that_are_no_text(sound):
    return bytes(range(256)) * 4


@text
def refused_json_that_is_no_notebook(sound):
    return '["a", "list"]\n'


@text
def refused_nested_too_deeply(sound):
    return "[" * 20_000 + "]" * 20_000


@text
def refused_nbformat_99(sound):
    return sound.replace('"nbformat": 4', '"nbformat": 99')


@text
def refused_cells_that_are_no_cells(sound):
    return json.dumps({**json.loads(sound), "cells": [1, "two", None, {"cell_type": "code"}]}) + "\n"


@text
def points_kept_byte_order_mark(sound):
    return sound.encode("utf-8-sig")


@text
def points_kept_without_outputs_and_counts(sound):
    content = json.loads(sound)
    for any_cell in content["cells"]:
        any_cell.pop("outputs", None)
        any_cell.pop("execution_count", None)
    return json.dumps(content, indent=1) + "\n"


@text
def points_kept_nbformat_3(sound):
    """The format of IPython 3: one worksheet, `input` for a cell's source, no ids."""
    content = json.loads(sound)
    cells = []
    for any_cell in content["cells"]:
        source, metadata = any_cell["source"], any_cell["metadata"]
        if any_cell["cell_type"] == "code":
            more = {"input": source, "outputs": [], "language": "python", "collapsed": False}
        else:
            more = {"source": source}
        cells.append({"cell_type": any_cell["cell_type"], "metadata": metadata, **more})
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    return json.dumps({**old, "worksheets": [{"cells": cells, "metadata": {}}]}, indent=1) + "\n"


@notebook
def points_kept_other_kernel(nb):
    nb.metadata.kernelspec = nbformat.from_dict({"name": "ir", "language": "R", "display_name": "R"})
    nb.metadata.language_info = nbformat.from_dict({"name": "R"})


@whole_folder
def points_kept_notebook_renamed(nb, folder):
    put(folder, nb, f"{NAME} (1).ipynb")


@whole_folder
def points_kept_a_copy_beside_the_notebook(nb, folder):
    put(folder, nb)
    put(folder, nb, f"{NAME}-Copy1.ipynb")


@whole_folder
def nothing_no_notebook_in_the_folder(nb, folder):
    (folder / "notes.txt").write_text("I could not open it.\n", encoding="utf-8")
