"""Settings of nbgrader for this repository: the source is solutions/, the release is course/.

Every cohort's own nbgrader_config.py loads this file first; `hindcast build` releases with it too.
"""

from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import ClearHiddenTests, GetGrades

c = get_config()  # noqa: F821  (traitlets puts it here)

REPOSITORY = Path(__file__).resolve().parents[1]

# Absolute, so that a command works from any folder.
c.CourseDirectory.source_directory = str(REPOSITORY / "solutions")
c.CourseDirectory.release_directory = str(REPOSITORY / "course")

# Workbooks and benches give points. Lessons and field notebooks are released but never graded.
c.CourseDirectory.notebook_id = "[wb]*"

# A stub runs without an error. nbgrader's default would put an exception in the place of the solution.
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = "Write here."

# A grading kernel has nothing to save. Ending it at once saves half a second for each notebook.
c.Execute.shutdown_kernel = "immediate"

# A learner's feedback page shows what the tests said, not how the hidden ones look.
c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]

# The formgrader is a page of the trainer's JupyterLab. Sanitising keeps learners' HTML from running there.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "markdown2html": "hindcast.kit.formgrader.formgrader_markdown",
    "clean_html": "hindcast.kit.formgrader.formgrader_markup",
}
