"""A made-up unit, small enough to build and grade in a second or two, and a checkout to put it in."""

import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
UNIT = "01_tiny"

LESSON = """\
# %% [markdown]
# # A tiny lesson

# %% hidden=true tags=["figure"]
from IPython.display import display
from ipywidgets import IntSlider

display(IntSlider())
display({"text/plain": "a sentence", "application/vnd.jupyter.widget-view+json": {}}, raw=True)

# %%
print("one")
print("two")
1 + 1
"""

WORKBOOK = """\
# %% [markdown] id="chosen-by-hand"
# Count the letters of *ham*.

# %% answer="letters"
letters = None
### BEGIN SOLUTION
letters = len("ham")
### END SOLUTION

# %% test="letters" points=2
from hindcast import check

answer = check.read("letters", points=2, letters=check.Count())
### BEGIN HIDDEN TESTS
result = check.Result(answer)
result.award(2, "three letters counted", answer["letters"] == 3)
result.recognise("count_is_rate", answer["letters"] == 100)
result.show()
### END HIDDEN TESTS
"""


def checkout(folder: Path) -> Path:
    """An empty checkout in `folder`: nbgrader's configuration and no unit."""
    (folder / "solutions").mkdir(parents=True)
    (folder / "grading").mkdir()
    shutil.copy(REPOSITORY / "grading" / "nbgrader_config.py", folder / "grading")
    return folder
