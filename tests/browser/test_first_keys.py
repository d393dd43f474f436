"""The first thing a lesson asks for: press Shift+Enter until the folded cell has run."""

import pytest
from lab import CELLS

pytestmark = pytest.mark.acceptance

HAS_RUN = f"""name => {{
    const model = {CELLS}.find(cell => cell.model.id === name).model;
    return model.executionState === 'idle' && model.executionCount > 0
}}"""
IS_FOLDED = f"name => {CELLS}.find(cell => cell.model.id === name).inputHidden"


@pytest.mark.parametrize(
    "unit", ["00_starting_here", "02_telling_prediction_from_classification", "06_reading_classifications"]
)
def test_shift_and_enter_from_the_top_run_the_folded_cell_and_leave_it_folded(opened, unit):
    notebook = opened("lesson", unit=unit)
    names = notebook.cell_names()
    for _ in names[: names.index("set-up-run-this-cell") + 1]:
        notebook.page.keyboard.press("Shift+Enter")
    notebook.page.wait_for_function(HAS_RUN, arg="set-up-run-this-cell")
    assert notebook.page.evaluate(IS_FOLDED, "set-up-run-this-cell")
