"""looks_ahead(): test a replay from outside. Changing what is known later must not move a prediction."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.looking_ahead.answers import Answers
from hindcast.replay.looking_ahead.changes import ROWS, WAYS, Future, read_future
from hindcast.replay.request import ReplayRequest, read_request
from hindcast.replay.times import INSTANT, from_instants, instant, instants, read_origins, value_text

# How often the function is called to find columns and days, once predictions have moved.
TRIES = 100


def looks_ahead(
    replay_fn: Callable[..., pd.DataFrame],
    table: pd.DataFrame,
    *,
    case: str | Sequence[str],
    due: str,
    outcome: str,
    known_at: str | None,
    origins: Iterable,
    horizon: str | pd.Timedelta | Sequence,
    span: str | pd.Timedelta | None = None,
    decided: str | None = None,
    versions: pd.DataFrame | None = None,
    known: Mapping[str, str | list[str]] | None = None,
    at: Iterable | None = None,
) -> pd.DataFrame:
    """What a replay used that was not known then. Empty when nothing was found.

    For origins in `at` everything that was first known after the origin is changed, by type: outcomes, later
    reports, later rows; the function is called again, and each prediction of that origin, or of one before,
    that moved is reported. A prediction may use what was known by its origin, and of its own case what was
    known by its decision; where `known_at` holds days, the day of the origin counts with all its hours. The
    cases replayed are compared with those due in the table.

    Parameters
    ----------
    replay_fn : called as replay_fn(table, origins), or replay_fn(table, versions, origins) where `versions`
        is given. It returns a row for each origin and case, like `replay`: the columns origin, (horizon,)
        those of `case`, and prediction or score; low, high and baseline are looked at too. It is called a
        dozen times or more, so give it a table and origins that it is done with in seconds.
    table, case, due, outcome, known_at, origins, horizon, span, decided, versions : as for `replay`.
    known : for each other column that was not known by its row's decision, when it was: a column of days or a
        rule of datapackage.json, such as {"rating": "rated_on", "booked_ahead": "day - 1 days"}.
    at : the origins to test; by default the first, the middle and the last one.

    Returns
    -------
    A row for each prediction and column that moved it: found ("moved"), origin, (horizon,) the columns of
    `case`, said (which column of the replay moved), column (of the table or of `versions`; "(rows)" where
    later rows were left out; missing where only several columns together move it), known_on (the latest day
    such that a change of what became known then, or later, moves it), was and became. Further rows are
    "missing" (a case that was due and is not in the replay; known_on is the day its outcome became known),
    "extra" (a case that was not due; known_on is its due day) and "stopped" (the function failed on a table
    whose past had not changed; became says how). A case without a prediction belongs into a replay, with a
    missing one: left out it counts as missing.

    Raises HindcastError for arguments that cannot be tested, and for a function that does not repeat itself.
    """
    request = read_request(
        table,
        case=case,
        due=due,
        outcome=outcome,
        known_at=known_at,
        origins=origins,
        horizon=horizon,
        span=span,
        decided=decided,
        versions=versions,
    )
    changes = read_future(table, versions, request, known or {})
    answers = Answers(replay_fn, request, table, versions)
    test = _Test(answers, request, changes)
    tested = _tested(request, at)
    found = test.cases()
    for origin in tested:
        found += test.at(origin)
    keys = ["origin", *answers.horizon, *request.case]
    return pd.DataFrame(found, columns=["found", *keys, "said", "column", "known_on", "was", "became"])


def _tested(request: ReplayRequest, at: Iterable | None) -> pd.DatetimeIndex:
    origins = request.origins
    if at is None:
        return origins[np.unique([0, (len(origins) - 1) // 2, len(origins) - 1])]
    tested = read_origins(at, request.zone, request.due, "at")
    strangers = tested.difference(origins)
    if len(strangers):
        raise HindcastError(
            f"at has {value_text(strangers[0])}, which is not among the origins.", "Leave it out."
        )
    return tested


class _Test:
    """The test of one function: the calls that show what it used, and from which day on."""

    def __init__(self, answers: Answers, request: ReplayRequest, future: Future):
        self._answers, self._request, self._future = answers, request, future
        self._tries = TRIES
        self._reported: set[tuple] = set()

    # --- the cases

    def cases(self) -> list[dict]:
        """Cases that were due and are missing from the replay, and cases in it that were not due."""
        request = self._request
        number = pd.Series(
            range(len(request.rows)), index=pd.MultiIndex.from_frame(request.rows[request.case])
        )
        keys = self._answers.first.index.to_frame(index=False)
        where = number.reindex(pd.MultiIndex.from_frame(keys[request.case])).to_numpy(dtype=float)
        known = self._outcome_known()
        due = request.instants(request.due)
        found = []
        for origin in request.origins:
            moment = instant(origin)
            here = (pd.DatetimeIndex(keys["origin"]) == origin) if len(keys) else np.empty(0, dtype=bool)
            expected = self._due_at(origin)
            replayed = where[here]
            # what is known already need not be predicted
            gone = [row for row in np.setdiff1d(expected, replayed) if not known[row] <= moment]
            found += [self._case("missing", origin, row, known[row]) for row in gone]
            strange = ~np.isin(replayed, expected)
            for row, key in zip(replayed[strange], keys[here][strange].to_dict("records"), strict=True):
                day = pd.NaT if np.isnan(row) else due[int(row)]
                found.append({"found": "extra", **key, "known_on": self._moment(day)})
        return found

    def _due_at(self, origin: pd.Timestamp) -> np.ndarray:
        due, found = self._request.instants(self._request.due), []
        for number in range(len(self._request.horizons)):
            after, until = self._request.due_at(origin, number)
            found.append(np.flatnonzero((due > after) & (due <= until)))
        return np.unique(np.concatenate(found))

    def _outcome_known(self) -> np.ndarray:
        request = self._request
        if request.outcome in request.versions:
            first = request.versions[request.outcome].groupby("row")["known"].min()
            return first.reindex(range(len(request.rows))).to_numpy()
        return request.outcome_known()

    def _case(self, what: str, origin: pd.Timestamp, row: int, known_on: np.datetime64) -> dict:
        case = self._request.rows.loc[row, self._request.case].to_dict()
        return {"found": what, "origin": origin, **case, "known_on": self._moment(known_on)}

    def _moment(self, known: np.datetime64) -> pd.Timestamp:
        return from_instants(np.array([known], dtype=INSTANT), self._request.zone)[0]

    # --- the changed future

    def at(self, origin: pd.Timestamp) -> list[dict]:
        """The predictions up to this origin that move when what became known later is changed."""
        after = self._request.decided_until(origin)
        found = []
        for own in self._halves(origin, after):
            checked = self._checked(origin, after, own)
            for way in WAYS:
                found += self._changed(way, origin, after, own, checked)
        return found

    def _halves(self, origin: pd.Timestamp, after: np.datetime64) -> list[np.ndarray]:
        """Which rows keep what their own decision knew: one half, then the other, of cases decided later.

        So each half is tested against the other: a case may use its own inputs, not its neighbour's.
        """
        rows = self._due_at(origin)
        later = rows[self._future.decided[rows] > after]
        halves = [later[::2], later[1::2]] if len(later) else [later]
        return [np.isin(np.arange(len(self._future.table)), half) for half in halves]

    def _checked(self, origin: pd.Timestamp, after: np.datetime64, own: np.ndarray) -> np.ndarray:
        """For each prediction whether it must not move."""
        request, keys = self._request, self._answers.first.index.to_frame(index=False)
        cases = pd.MultiIndex.from_frame(request.rows[request.case])
        here = cases.get_indexer(pd.MultiIndex.from_frame(keys[request.case]))
        stood = instants(pd.DatetimeIndex(keys["origin"]))
        decided = self._future.decided[here]
        by_then = np.isnat(decided) | (decided <= after)
        mine = own[here] & (stood == instant(origin))
        return (here >= 0) & (stood <= after) & (by_then | mine)

    def _changed(
        self, way: str, origin: pd.Timestamp, after: np.datetime64, own: np.ndarray, checked: np.ndarray
    ) -> list[dict]:
        def try_it(columns: list[str] | None = None, since: np.datetime64 | None = None) -> dict:
            answer = self._answers.to(*self._future.changed(way, after, own, columns, since))
            return self._answers.moved(answer, checked) | self._answers.appeared(answer, after)

        try:
            moved = try_it()
        except Exception as error:
            # fewer rows may be too few for an honest function; the other ways are tried as well
            return [] if way == "thinned" else [self._stopped(origin, error)]
        moved = {key: change for key, change in moved.items() if key not in self._reported}
        if moved and way == "thinned" and self._by_order():
            # Where the order of rows alone moves predictions, only cases that come or go tell something.
            moved = {key: change for key, change in moved.items() if any(one is None for one in change)}
        if not moved:
            return []
        self._reported |= set(moved)
        columns = [ROWS] if way == "thinned" else self._future.columns
        found, explained = [], set()
        for column in columns:
            since = self._since(column, after, moved, try_it)
            explained |= set(since)
            found += [self._finding(key, moved[key], column, day) for key, day in since.items()]
        return found + [self._finding(key, moved[key], None, pd.NaT) for key in moved if key not in explained]

    def _since(
        self, column: str, after: np.datetime64, moved: dict, try_it: Callable[..., dict]
    ) -> dict[tuple, pd.Timestamp]:
        """The predictions that this column alone moves, each with the latest day whose change moves it.

        Halving, for all predictions at once. When TRIES are used up, the day is the latest that was tried.
        """
        days = self._future.days(column, after)
        alone = self._attempt(try_it, column, days[0]) if len(days) else set()
        low = {key: 0 for key in moved if key in alone}
        high = dict.fromkeys(low, len(days))
        while self._tries > 0:
            middle = {(low[key] + high[key]) // 2 for key in low if high[key] - low[key] > 1}
            if not middle:
                break
            for number in sorted(middle):
                still = self._attempt(try_it, column, days[number])
                for key in low:
                    if low[key] < number < high[key]:
                        (low if key in still else high)[key] = number
        return {key: self._moment(days[number]) for key, number in low.items()}

    def _attempt(self, try_it: Callable[..., dict], column: str, since: np.datetime64) -> set[tuple]:
        """The predictions that a change of one column since `since` moves; none where the function fails."""
        self._tries -= 1
        try:
            return set(try_it([column], since))
        except Exception:
            return set()

    def _by_order(self) -> bool:
        """Whether the function predicts something else when only the order of the rows changes."""
        mixed = self._future.table.sample(frac=1, random_state=0)
        return bool(self._answers.moved(self._answers.to(mixed, self._future.versions)))

    def _finding(self, key: tuple, change: tuple, column: str | None, known_on: pd.Timestamp) -> dict:
        names = dict(zip(self._answers.first.index.names, key, strict=True))
        name, was, became = change
        told = {"said": name, "column": column, "known_on": known_on, "was": was, "became": became}
        return {"found": "moved", **names, **told}

    def _stopped(self, origin: pd.Timestamp, error: Exception) -> dict:
        lines = str(error).strip().splitlines() or ["without a word"]
        return {"found": "stopped", "origin": origin, "became": f"{type(error).__name__}: {lines[0]}"}
