"""Running notebooks top to bottom, each in a fresh kernel, two at a time."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from nbformat import NotebookNode

from hindcast.errors import HindcastError

WORKERS = 2
SECONDS_PER_CELL = 120
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{4,}")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def execute_all(notebooks: dict[str, NotebookNode], folder: Path, more: dict[str, str]) -> dict[str, str]:
    """Run each notebook (by name) in `folder` and keep its outputs. Return name -> fault with its cell.

    `more` is added to the environment variables of the kernels.
    """
    with tempfile.TemporaryDirectory() as settings:
        Path(settings, "matplotlibrc").write_text("svg.hashsalt: hindcast\n", encoding="utf-8")
        environment = os.environ | {
            "MATPLOTLIBRC": settings,  # the course's style, not the user's own
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": "0",
        }
        faults = asyncio.run(_execute_all(list(notebooks.values()), folder, environment | more))
    return {name: fault for name, fault in zip(notebooks, faults, strict=True) if fault}


async def _execute_all(
    notebooks: list[NotebookNode], folder: Path, environment: dict[str, str]
) -> list[str | None]:
    seats = asyncio.Semaphore(WORKERS)

    async def run(notebook: NotebookNode) -> str | None:
        async with seats:
            return await _execute(notebook, folder, environment) or _fault_in_outputs(notebook)

    return await asyncio.gather(*(run(notebook) for notebook in notebooks))


async def _execute(notebook: NotebookNode, folder: Path, environment: dict[str, str]) -> str | None:
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,  # `_fault_in_outputs` finds errors afterwards, with their cells
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,  # so that outputs do not depend on when prints are flushed
        record_timing=False,
        shutdown_kernel="immediate",  # the kernel has nothing to save
        store_widget_state=False,
    )
    try:
        await client.async_execute(env=environment)
    except NoSuchKernel:
        raise HindcastError(
            "There is no Jupyter kernel named python3 in this environment.",
            "`python -m ipykernel install --sys-prefix` puts one there.",
        ) from None
    except CellTimeoutError:
        return f"a cell ran for more than {SECONDS_PER_CELL} seconds"
    except DeadKernelError:
        return "the kernel died while a cell ran"
    return None


def _fault_in_outputs(notebook: NotebookNode) -> str | None:
    """Return the first error, warning, or output that would differ in the next run; None without any."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            fault = _fault_of_output(output)
            if fault:
                name = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id
                return f"cell {number} ({name}): {fault}"
    return None


def _fault_of_output(output: NotebookNode) -> str | None:
    if output.output_type == "error":
        return f"{_line_at_fault(output.traceback)}{output.ename}: {output.evalue}"
    if output.output_type == "stream" and output.name == "stderr":
        return f"expected nothing on stderr, got: {output.text.strip()}"
    address = _ADDRESS.search(str(output.get("text") or output.get("data", {}).get("text/plain", "")))
    if address:
        return (
            f"the output holds a memory address ({address[0]}), which differs at every run. "
            "End the line with a semicolon, or assign its value."
        )
    return None


def _line_at_fault(traceback: list[str]) -> str:
    """Return the line of the cell that raised, from IPython's traceback, "" if there is none."""
    lines = _COLOURS.sub("", "\n".join(traceback)).split("\n")
    arrows = [match for line in lines if (match := re.match(r"-+> (\d+) (.*)", line))]
    return f"line {arrows[0][1]}, `{arrows[0][2].strip()}`: " if arrows else ""
