"""INSIDE the sandbox: IPython's shell with a kernel's ways, but without a kernel.

What it shows goes to the host as messages (`link.py`).
"""

from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace

from IPython.core.autocall import ZMQExitAutocall
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any, Type
from traitlets.config import Config

from .compiling import CellCompiler, CellReader, CompiledStatements
from .link import CUT_NOTE, LINK
from .protocol import DISPLAY, ERROR, MOST_TEXT, MOST_TRACEBACK, RESULT, UPDATE


class CellHook(DisplayHook):
    """Sends the value of a cell's last line, which becomes an execute_result."""

    shell: "CellShell"
    showing = False
    data: dict
    about: dict

    def quiet(self) -> bool:
        """Whether the cell ends in a semicolon. Where that is hard to see, IPython reads the cell again."""
        cells = self.shell.history_manager.input_hist_parsed
        lines = cells[-1].rstrip().split("\n") if cells else [""]
        while len(lines) > 1 and _is_blank_or_comment(lines[-1]):
            lines.pop()
        last = lines[-1].rstrip()
        return super().quiet() if "#" in last or "\\" in last else last.endswith(";")

    def start_displayhook(self) -> None:
        self.data, self.about, self.showing = {}, {}, True

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self.data, self.about = format_dict, md_dict or {}

    def finish_displayhook(self) -> None:
        self.showing = False
        if self.data:
            LINK.say_output({"say": RESULT, "data": self.data, "metadata": self.about})


def _is_blank_or_comment(line: str) -> bool:
    """Whether a line is surely blank or a comment. One with a quote in it may belong to a text."""
    return not line.strip() or (line.lstrip().startswith("#") and "'" not in line and '"' not in line)


class CellPublisher(DisplayPublisher):
    """Sends what a cell displays, which becomes display_data."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **_) -> None:
        self._validate_data(data, metadata)
        LINK.say_output(
            {
                "say": UPDATE if update else DISPLAY,
                "data": data,
                "metadata": metadata or {},
                "id": str((transient or {}).get("display_id", "")),
            }
        )

    def clear_output(self, wait=False) -> None:
        LINK.say_cleared(wait)


class CellShell(InteractiveShell):
    """IPython's shell with the ways of a kernel's."""

    compile: CellCompiler
    displayhook: CellHook
    display_formatter: DisplayFormatter
    history_manager: HistoryManager
    compiler_class = Type(CellCompiler)
    displayhook_class = Type(CellHook)
    display_pub_class = Type(CellPublisher)
    exiter = Any()
    last_traceback = failed_to_show = None
    read_last = asked_last = None  # the last cell with its Python, and with whether it awaits
    before_code: Callable[[], None] | None = (
        None  # to call when nothing but the cell's own code is left to run
    )
    # ipywidgets' Output asks the kernel which cell it belongs to
    kernel = SimpleNamespace(get_parent=lambda: {"header": {"msg_id": "cell"}}, eventloop=None)
    keepkernel_on_exit = None

    def transform_cell(self, raw_cell: str) -> str:
        """The cell as Python, found once.

        IPython asks for it twice: to see whether the cell awaits, and to run it.
        """
        if self.read_last is None or self.read_last[0] != raw_cell:
            self.read_last = raw_cell, super().transform_cell(raw_cell)
        return self.read_last[1]

    def should_run_async(self, raw_cell: str, **read) -> bool:
        """Whether the cell awaits, found once: IPython compiles it for that."""
        if self.asked_last is None or self.asked_last[0] != raw_cell:
            self.asked_last = raw_cell, super().should_run_async(raw_cell, **read)
        return self.asked_last[1]

    async def run_ast_nodes(
        self, nodelist: list, cell_name, interactivity="last_expr", compiler=compile, result=None
    ) -> bool:
        """Whether the statements failed. Compiled ones run without `ast`, which a cell may have changed."""
        if self.before_code:
            self.before_code()
        if not isinstance(nodelist, CompiledStatements):
            return await super().run_ast_nodes(nodelist, cell_name, interactivity, compiler, result)
        for code in nodelist:
            if await self.run_code(code, result):
                return True
        return False

    def init_virtualenv(self) -> None:
        pass

    def init_hooks(self) -> None:
        super().init_hooks()
        self.set_hook("show_in_pager", lambda *_, **__: None, 99)  # nobody reads help in here

    def ask_exit(self) -> None:
        self.exit_now = True

    def enable_gui(self, gui=None) -> None:
        pass

    def _showtraceback(self, etype, evalue, stb) -> None:
        if self.displayhook.showing:
            self.failed_to_show = evalue  # a kernel counts a value that cannot be shown as an error
        self.last_traceback = [_cut_short(line) for line in stb]
        LINK.say_output({"say": ERROR, **error_fields(etype, evalue, self.last_traceback)})


# libraries (rich, tqdm) look for a notebook by the name of its shell's class
CellShell.__name__ = "ZMQInteractiveShell"


def error_fields(etype: type, evalue: BaseException, lines: list[str]) -> dict:
    """An error in the words of nbformat: ename, evalue, traceback. Its own `__str__` may fail."""
    try:
        value = str(evalue)
    except Exception as fault:
        value = f"<no text: {type(fault).__name__}>"
    name = _cut_short(str(etype.__name__))
    return {"ename": name, "evalue": _cut_short(value), "traceback": lines[-MOST_TRACEBACK:]}


def _cut_short(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + CUT_NOTE


def make_shell() -> CellShell:
    """IPython's shell, without history on disk and with colours, as a kernel has it."""
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.parent_appname = "hindcast"  # tqdm looks for this section
    shell = CellShell.instance(config=config)
    shell.exiter = ZMQExitAutocall(shell)
    shell.input_transformer_manager = CellReader()
    with suppress(ImportError):
        import comm

        comm.create_comm = _comm_without_kernel(comm.base_comm.BaseComm)
    return shell


def _comm_without_kernel(base: type) -> type:
    """A class of comms whose messages end here.

    One thing is passed on: whether an Output widget takes what is printed. That is then the widget's output,
    not the cell's.
    """

    def publish_msg(self, msg_type, data=None, **_) -> None:
        state = (data or {}).get("state") or {}
        if isinstance(state, dict) and "msg_id" in state:
            LINK.say_aside(on=bool(state["msg_id"]))

    return type("Comm", (base,), {"publish_msg": publish_msg})
