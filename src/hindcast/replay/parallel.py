"""Run over all origins, in one process or in several, with a progress bar. Ctrl-C keeps what is finished."""

import tempfile
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import joblib
from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import threadpool_limits

from hindcast.errors import HindcastError
from hindcast.replay.fitting import OriginPredictions, predict_at_origins
from hindcast.replay.schedule import Schedule
from hindcast.replay.times import value_text

LONGEST_PIECE = 10  # fits in one chunk: Ctrl-C loses at most so many in each process


def run_origins(
    schedule: Schedule, refit: int | None, n_jobs: int | None, progress: bool
) -> list[OriginPredictions]:
    """The predictions of all origins, in order; after Ctrl-C of the finished ones. Raises HindcastError."""
    parts, done, total = [], 0, len(schedule.request.origins)
    every, jobs = refit or total, _process_count(n_jobs)
    chunks = _chunks(total, every, jobs)
    alone = jobs == 1 or len(chunks) == 1
    pieces = _in_this_process(schedule, every) if alone else _in_processes(schedule, chunks, every, jobs)
    with _progress_bar(progress, total) as show, closing(pieces):
        try:
            for origins, said_there in pieces:
                parts += said_there
                done += origins
                show(done)
        except KeyboardInterrupt:
            if not parts:
                raise
            last = value_text(schedule.request.origins[done - 1])
            warnings.warn(
                f"Interrupted: {done} of {total} origins are finished and returned, up to {last}.",
                stacklevel=3,
            )
    return parts


def _process_count(n_jobs: int | None) -> int:
    try:
        return effective_n_jobs(n_jobs)
    except (ValueError, TypeError) as error:
        raise HindcastError(
            f"n_jobs should be a number of processes, or -1 for one on each core, but is {n_jobs!r}."
        ) from error


def _in_this_process(
    schedule: Schedule, every: int
) -> Generator[tuple[int, list[OriginPredictions]], None, None]:
    with threadpool_limits(
        1, "blas"
    ):  # as in the processes: sums on several threads differ in the last digit
        for parts in predict_at_origins(schedule, range(len(schedule.request.origins)), every):
            yield 1, parts


# --- several processes --------------------------------------------------------------------------------


def _chunks(total: int, every: int, jobs: int) -> list[range]:
    """The origins in chunks, several for each process. Origins that share a fit stay in one chunk."""
    size = every * min(max(1, total // (every * jobs * 4)), LONGEST_PIECE)
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


def _in_processes(
    schedule: Schedule, chunks: list[range], every: int, jobs: int
) -> Generator[tuple[int, list[OriginPredictions]], None, None]:
    """Run the chunks in several processes.

    Each process reads the schedule once, from a file: to send it with every chunk takes as long as is gained.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        [path] = joblib.dump(schedule.for_processes(), Path(folder) / "schedule")
        # Sent with each chunk: a class that was defined in a notebook cannot be read from a file.
        models = schedule.estimator, schedule.baseline
        tasks = (delayed(_run_chunk)(path, models, chunk, every) for chunk in chunks)
        results = Parallel(n_jobs=jobs, return_as="generator")(tasks)
        try:
            yield from zip(map(len, chunks), results, strict=True)
        except BaseException:
            results.close()
            get_reusable_executor().shutdown(wait=True, kill_workers=True)
            raise


def _run_chunk(path: str, models: tuple, chunk: range, every: int) -> list[OriginPredictions]:
    schedule = replace(_load_schedule(path), estimator=models[0], baseline=models[1])
    with threadpool_limits(1, "blas"):
        return [part for parts in predict_at_origins(schedule, chunk, every) for part in parts]


@lru_cache(maxsize=1)
def _load_schedule(path: str) -> Schedule:
    return joblib.load(path)


# --- shown --------------------------------------------------------------------------------------------


@contextmanager
def _progress_bar(progress: bool, total: int) -> Iterator:
    """A function that takes the number of finished origins. The bar on stderr goes away at the end."""
    if not progress:
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("origins"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    console = Console(stderr=True)
    nobody_looks = not (console.is_terminal or console.is_jupyter)
    with Progress(*columns, console=console, transient=True, disable=nobody_looks) as bar:
        task = bar.add_task("origins", total=total)
        yield lambda done: bar.update(task, completed=done)
