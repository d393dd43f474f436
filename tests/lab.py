"""JupyterLab as the tests use it: a server to start and stop, and a notebook that is open in a browser."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page

from hindcast.kit import learn

REPOSITORY = Path(__file__).resolve().parents[1]
UNIT = "06_reading_classifications"
LAPTOP = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1}
# at 200 % zoom the same laptop has half as many CSS pixels, each drawn twice as large
ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}

SECONDS = 60_000  # the longest wait for anything, in milliseconds: the machine may be busy
ERROR = "[data-mime-type='application/vnd.jupyter.stderr']"
CHANGE_THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
SIDEBAR_WIDTH = "() => document.querySelector('#jp-left-stack').offsetWidth"
NOTEBOOK = "window.jupyterapp?.shell?.currentWidget"
CELLS = f"{NOTEBOOK}.content.widgets"
FIND = f"{CELLS}.find(cell => cell.model.id === name)"
# the lines of code that a reader sees
VISIBLE_LINES = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code' && !cell.inputHidden)
    .flatMap(cell => cell.model.sharedModel.getSource().split('\\n'))
    .filter(line => line.trim())"""
# Elements of an output that are wider than their container, or whose text is.
# A table of numbers may scroll in a box that the keyboard can reach.
TOO_WIDE = """cell => [...cell.querySelectorAll('.jp-OutputArea-output')].flatMap(output => {
    const edge = output.getBoundingClientRect().right;
    return [output, ...output.querySelectorAll('div, span, strong, p, img')]
        .filter(part => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== 'inline'
            || part.getBoundingClientRect().right > edge + 1)
        .filter(part => !part.closest('.jp-mod-noninteractive-slider, .widget-slider'))
        .filter(part => !part.querySelector(':scope > table') || getComputedStyle(part).overflowX !== 'auto')
        .map(part => part.textContent.trim().slice(0, 60) || part.tagName);
})"""
RAN_AGAIN = f"""([name, before]) => {{
    const model = {FIND}.model;
    return model.executionState === 'idle' && model.executionCount > before
}}"""
# for twenty frames in a row: cells above are drawn late and move it
AT_THE_TOP = f"""name => {{
    const cell = {FIND}.node, panel = cell.closest('.jp-WindowedPanel-outer');
    const distance = cell.getBoundingClientRect().top - panel.getBoundingClientRect().top;
    cell.scrollIntoView({{block: 'start'}});
    window.framesAtTheTop = Math.abs(distance) < 20 ? (window.framesAtTheTop ?? 0) + 1 : 0;
    return window.framesAtTheTop >= 20 && !(window.framesAtTheTop = 0)
}}"""
# every code cell has run, or an error has stopped the rest
ALL_RAN = f"""() => {{
    const cells = {CELLS}.filter(cell => cell.model.type === 'code').map(cell => cell.model);
    const failed = cell => cell.outputs.toJSON().some(output => output.output_type === 'error');
    const mayFail = cell => cell.getMetadata('tags')?.includes('raises-exception');
    return cells.every(cell => cell.executionState === 'idle')
        && (cells.every(cell => cell.executionCount) || cells.some(cell => failed(cell) && !mayFail(cell)))
}}"""
KERNEL_IS_IDLE = f"""() => {{
    const session = {NOTEBOOK}?.sessionContext;
    return session?.isReady && session.session?.kernel?.status === 'idle' && {CELLS}.length > 0
}}"""


class Server:
    """A running JupyterLab over a copy of the repository."""

    def __init__(self, root: Path, address: str):
        self.root = root
        self.base, _, self.token = address.partition("?token=")
        self.base = self.base.partition("/lab/tree/")[0]

    def url(self, path: str) -> str:
        """The address of a page, which also signs the browser in."""
        return f"{self.base}/{path}{'&' if '?' in path else '?'}token={self.token}"

    def end_kernels(self, page: Page) -> None:
        """Stop every kernel, so that none is left for the next test."""
        for session in page.request.get(self.url("api/sessions")).json():
            page.request.delete(self.url(f"api/sessions/{session['id']}"))


@contextlib.contextmanager
def serving(root: Path, folder: Path, log: Path, **environment: str) -> Iterator[Server]:
    """JupyterLab over `root`, as `hindcast learn` starts it, but in `folder`.

    nbgrader looks for its settings in `folder`. `environment` overrides what `hindcast learn` would set.
    """
    port = learn.find_port(9000)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            learn.server_command(root, port, browser=False),
            cwd=folder,
            env=learn.server_environment() | environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Server(root, learn.wait_for_address(process, root, port, log))
        finally:
            learn.stop_server(process)


class Notebook:
    """A notebook in a browser. A cell's name is its id; for an exercise that is also its grade_id."""

    def __init__(self, page: Page, server: Server, path: Path):
        self.page, self.path = page, path
        page.goto(server.url(f"lab/tree/{path.relative_to(server.root).as_posix()}?reset"))
        page.wait_for_function(KERNEL_IS_IDLE)

    def run_all(self) -> None:
        """Menu Run, Run All Cells, and wait until the last cell is done."""
        self.menu("Run", "Run All Cells")
        self.page.wait_for_function(ALL_RAN)

    def menu(self, name: str, entry: str) -> None:
        """Choose an entry of a menu."""
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.get_by_role("menuitem", name=entry, exact=True).click()

    def cell(self, name: str) -> Locator:
        """The cell, scrolled into view: JupyterLab draws others only when they come near."""
        position = self.page.evaluate(f"name => {CELLS}.findIndex(cell => cell.model.id === name)", name)
        assert position >= 0, f"{self.path.name} has no cell {name!r}"
        found = self.page.locator(".jp-NotebookPanel:visible .jp-Notebook .jp-Cell").nth(position)
        found.scroll_into_view_if_needed()
        return found

    def to_the_top(self, name: str) -> None:
        """Scroll until the cell is at the top of the window, also while other cells are still drawn."""
        self.cell(name)
        self.page.wait_for_function(AT_THE_TOP, arg=name)

    def select(self, name: str) -> Locator:
        """Select the cell for the keyboard, as a click beside its text does."""
        cell = self.cell(name)
        cell.locator(".jp-InputArea-prompt, .jp-Placeholder-prompt").first.click()
        self.page.keyboard.press("Escape")
        return cell

    def type_over(self, name: str, lines: dict[int, str]) -> None:
        """Replace the lines of an answer cell with these numbers (from 0), by the keyboard."""
        for number, line in lines.items():
            self.cell(name).locator(".cm-line").nth(number).click()
            self.page.keyboard.press("Home")
            self.page.keyboard.press("Shift+End")
            self.page.keyboard.type(line)

    def run(self, *names: str) -> None:
        """Press Shift+Enter for each of these cells, which follow each other; the first is selected."""
        for name in names:
            before = self.page.evaluate(
                f"name => {CELLS}.find(c => c.model.id === name).model.executionCount", name
            )
            self.page.keyboard.press("Shift+Enter")
            self.page.wait_for_function(
                f"""([name, before]) => {{
                    const model = {CELLS}.find(cell => cell.model.id === name).model;
                    return model.executionState === 'idle' && model.executionCount > (before ?? 0)
                }}""",
                arg=[name, before],
            )

    def shown(self, name: str) -> str:
        """Everything that is shown under a cell."""
        return self.cell(name).locator(".jp-Cell-outputArea").first.inner_text()

    def source(self, name: str) -> str:
        """What is written in a cell."""
        return self.page.evaluate(f"name => {FIND}.model.sharedModel.getSource()", name)

    def error_of(self, name: str) -> str:
        """What a cell shows as its error, as a reader sees it."""
        return self.cell(name).locator(ERROR).inner_text().strip()

    def cell_names(self) -> list[str]:
        """The names of all cells, in order."""
        return self.page.evaluate(f"() => {CELLS}.map(cell => cell.model.id)")

    def error_cells(self) -> list[str]:
        """The cells that show an error."""
        return self.page.evaluate(
            f"""() => {CELLS}.filter(cell => cell.model.type === 'code'
                && cell.model.outputs.toJSON().some(output => output.output_type === 'error'))
                .map(cell => cell.model.id)"""
        )

    def toggle_sidebar(self) -> None:
        """Show the list of files, or put it away, as Ctrl+B does."""
        before = self.page.evaluate(SIDEBAR_WIDTH)
        self.page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        self.page.wait_for_function(f"before => ({SIDEBAR_WIDTH})() !== before", arg=before)

    def use_theme(self, theme: str) -> None:
        """Change JupyterLab's colours, as menu Settings, Theme does."""
        self.page.evaluate(CHANGE_THEME, theme)
        self.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)

    def validate(self) -> Locator:
        """Press nbgrader's Validate; the dialog with its verdict."""
        self.page.get_by_role("button", name="Validate", exact=True).click()
        # the verdict comes after nbgrader has saved the notebook and run all of it
        dialog = self.page.locator(".jp-Dialog")
        dialog.wait_for()
        return dialog
