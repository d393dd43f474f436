"""looks_ahead(): tests a replay from outside. What came to be known later must not move what it says."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from hindcast import tables
from hindcast.errors import HindcastError
from hindcast.replay import asked as ask
from hindcast.replay.asked import Asked, said
from hindcast.replay.changes import ROWS, WAYS, Future

SAID = ("prediction", "low", "high", "score", "baseline")
HORIZON = ("horizon", "horizon_days")
# Sums in another order differ in the last digits; what a leak moves is far larger.
NOISE = 1e-7
# Calls of the function to find columns and days, once predictions have moved.
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
    known by its decision. The cases replayed are compared with those due in the table.

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
    asked = ask.read(
        *(table,),
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
    test = _Test(replay_fn, asked, _future(table, versions, asked, known or {}))
    tested = _tested(asked, at)
    found = test.cases()
    for origin in tested:
        found += test.at(origin)
    columns = ["found", "origin", *test.horizon, *asked.case, "said", "column", "known_on", "was", "became"]
    return pd.DataFrame(found, columns=columns)


def _tested(asked: Asked, at: Iterable | None) -> pd.DatetimeIndex:
    origins = asked.origins
    if at is None:
        return origins[np.unique([0, (len(origins) - 1) // 2, len(origins) - 1])]
    tested = ask.read_origins(at, asked.zone, asked.due, "at")
    strangers = tested.difference(origins)
    if len(strangers):
        raise HindcastError(f"at has {said(strangers[0])}, which is not among the origins. Leave it out.")
    return tested


def _future(
    table: pd.DataFrame, versions: pd.DataFrame | None, asked: Asked, rules: Mapping[str, str | list[str]]
) -> Future:
    """When each cell of the table became known."""
    unknown = [name for name in rules if name not in table.columns]
    if unknown:
        raise HindcastError(f"known names the column {unknown[0]!r}, which the table does not have.")
    own = table.reset_index(drop=True)
    rows_known = asked.decided_at(asked.horizons[-1])
    fixed = {*asked.case, asked.due, asked.decided}
    known = {name: rows_known for name in own.columns if name not in fixed}
    last = _last_reports(versions, asked)
    known |= {name: moments for name, moments in last.items() if name in known}
    if asked.known_at in known:
        known[asked.known_at] = asked.instants(asked.known_at)
        if asked.outcome in known and asked.outcome not in last:
            known[asked.outcome] = known[asked.known_at]
    known |= {name: _by_rule(own, rule) for name, rule in rules.items() if name in known}
    decided = (
        asked.instants(asked.decided) if asked.decided else np.full(len(own), np.datetime64("NaT", "us"))
    )
    future = Future(table, versions, known, rows_known, decided, {asked.outcome, asked.known_at})
    if versions is not None:
        future.row_of = ask.row_numbers(versions.reset_index(drop=True), asked)
    return future


def _last_reports(versions: pd.DataFrame | None, asked: Asked) -> dict[str, np.ndarray]:
    """A column that has reports holds the last of them: known when that came."""
    if versions is None:
        return {}
    versions = versions.reset_index(drop=True)
    reports = pd.DataFrame(
        {"row": ask.row_numbers(versions, asked), "known": ask.instants(versions["known_at"])}
    )
    last = reports.groupby([versions["column"], "row"], observed=True)["known"].max()
    every = range(len(asked.rows))
    return {name: last[name].reindex(every).to_numpy() for name in versions["column"].unique()}


def _by_rule(table: pd.DataFrame, rule: str | list[str]) -> np.ndarray:
    if isinstance(rule, str) and rule in table.columns:
        if not pd.api.types.is_datetime64_any_dtype(table[rule].dtype):
            raise HindcastError(
                f"known names {rule!r} as a column of days, but it holds {table[rule].dtype}."
            )
        return ask.instants(table[rule])
    try:
        return ask.instants(tables.known_on(table, rule))
    except HindcastError as error:
        raise HindcastError(
            f'known should give a column of days or a rule such as "day - 1 days", but gives {rule!r}.'
        ) from error


class _Test:
    """The function under test, what it says of the table as it is, and the calls it takes to find out why."""

    def __init__(self, replay_fn: Callable[..., pd.DataFrame], asked: Asked, future: Future):
        self._function, self._asked, self._future = replay_fn, asked, future
        self._tries = TRIES
        self.horizon: list[str] = []
        self._said: list[str] = []
        first = self._call(future.table, future.versions)
        self._read_columns(first)
        self._before = self._keyed(first)
        again = self._keyed(self._call(future.table, future.versions))
        self._scale = {name: _scale(self._before[name]) for name in self._said}
        everything = pd.Series(True, index=self._before.index)
        if len(again) != len(first) or self._moved(again, everything):
            raise HindcastError(
                "replay_fn says something else when it is called twice with the same table, so nothing can "
                "be tested. Give its estimator a fixed random_state."
            )
        self._reported: set[tuple] = set()

    # calling and reading

    def _call(self, table: pd.DataFrame, versions: pd.DataFrame | None) -> pd.DataFrame:
        """Its answer to a copy of the table."""
        given = [table.copy()] if versions is None else [table.copy(), versions.copy()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._function(*given, self._asked.origins)

    def _read_columns(self, answer: pd.DataFrame) -> None:
        case = self._asked.case
        if not isinstance(answer, pd.DataFrame):
            raise HindcastError(
                f"replay_fn should return a DataFrame, but returned a {type(answer).__name__}."
            )
        for name in ["origin", *case]:
            if name not in answer.columns:
                raise HindcastError(
                    f"replay_fn should return a table with the column {name!r}; its columns are "
                    f"{', '.join(map(str, answer.columns))}."
                )
        self.horizon = [name for name in HORIZON if name in answer.columns and name not in case][:1]
        self._said = [name for name in answer.columns if str(name).startswith(SAID) and name not in case]
        if not self._said:
            raise HindcastError("replay_fn should return a table with a column prediction or score.")

    def _keyed(self, answer: pd.DataFrame) -> pd.DataFrame:
        """The columns that say something, by origin, horizon and case, in order of these."""
        keys = ["origin", *self.horizon, *self._asked.case]
        answer = answer[keys + self._said]
        times = {"origin": self._asked.origins.dtype, **self._asked.rows[self._asked.case].dtypes}
        try:
            kept = {name: kind for name, kind in times.items() if kind.kind == "M"}
            keyed = answer.assign(
                **{name: pd.to_datetime(answer[name]).astype(kind) for name, kind in kept.items()}
            )
        except (TypeError, ValueError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise HindcastError(f"replay_fn should return days in {', '.join(kept)}: {reason}.") from error
        keyed = keyed.set_index(keys)
        if keyed.index.has_duplicates:
            twice = ", ".join(map(said, keyed.index[keyed.index.duplicated()][0]))
            raise HindcastError(
                f"replay_fn should return one row for each {', '.join(keys)}, but has two: {twice}."
            )
        return keyed

    # the cases

    def cases(self) -> list[dict]:
        """Cases that were due and are not in the replay, and the other way round."""
        asked = self._asked
        number = pd.Series(range(len(asked.rows)), index=pd.MultiIndex.from_frame(asked.rows[asked.case]))
        keys = self._before.index.to_frame(index=False)
        where = number.reindex(pd.MultiIndex.from_frame(keys[asked.case])).to_numpy(dtype=float)
        known = self._outcome_known()
        due = asked.instants(asked.due)
        found = []
        for origin in asked.origins:
            moment = ask.instants(pd.DatetimeIndex([origin]))[0]
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
        due, found = self._asked.instants(self._asked.due), []
        for number in range(len(self._asked.horizons)):
            after, until = self._asked.due_at(origin, number)
            found.append(np.flatnonzero((due > after) & (due <= until)))
        return np.unique(np.concatenate(found))

    def _outcome_known(self) -> np.ndarray:
        asked = self._asked
        if asked.outcome in asked.versions:
            first = asked.versions[asked.outcome].groupby("row")["known"].min()
            return first.reindex(range(len(asked.rows))).to_numpy()
        return asked.instants(asked.known_at)

    def _case(self, what: str, origin: pd.Timestamp, row: int, known_on: np.datetime64) -> dict:
        case = self._asked.rows.loc[row, self._asked.case].to_dict()
        return {"found": what, "origin": origin, **case, "known_on": self._moment(known_on)}

    def _moment(self, instant: np.datetime64) -> pd.Timestamp:
        moment, zone = pd.Timestamp(instant), self._asked.zone
        return moment if zone is None or moment is pd.NaT else moment.tz_localize("UTC").tz_convert(zone)

    # the future changed

    def at(self, origin: pd.Timestamp) -> list[dict]:
        """Each prediction up to this origin that moves when what was known later is changed."""
        after = ask.instants(pd.DatetimeIndex([origin]))[0]
        found = []
        for own in self._halves(origin, after):
            checked = self._checked(origin, after, own)
            for way in WAYS:
                found += self._changed(way, origin, after, own, checked)
        return found

    def _halves(self, origin: pd.Timestamp, after: np.datetime64) -> list[np.ndarray]:
        """Rows that keep what their own decision knew: cases decided after the origin, one half at a time.

        So each half is tested against the other: a case may use its own inputs, not its neighbour's.
        """
        rows = self._due_at(origin)
        later = rows[self._future.decided[rows] > after]
        halves = [later[::2], later[1::2]] if len(later) else [later]
        return [np.isin(np.arange(len(self._future.table)), half) for half in halves]

    def _checked(self, origin: pd.Timestamp, after: np.datetime64, own: np.ndarray) -> pd.Series:
        """Of each prediction whether it must stay as it is."""
        asked, keys = self._asked, self._before.index.to_frame(index=False)
        cases = pd.MultiIndex.from_frame(asked.rows[asked.case])
        here = cases.get_indexer(pd.MultiIndex.from_frame(keys[asked.case]))
        moments = ask.instants(pd.DatetimeIndex(keys["origin"]))
        decided = self._future.decided[here]
        by_then = np.isnat(decided) | (decided <= after)
        mine = own[here] & (moments == after)
        return pd.Series((here >= 0) & (moments <= after) & (by_then | mine), index=self._before.index)

    def _changed(
        self, way: str, origin: pd.Timestamp, after: np.datetime64, own: np.ndarray, checked: pd.Series
    ) -> list[dict]:
        def try_it(columns: list[str] | None = None, since: np.datetime64 | None = None) -> dict:
            answer = self._call(*self._future.changed(way, after, own, columns, since))
            keyed = self._keyed(answer)
            return self._moved(keyed, checked) | self._appeared(keyed, after)

        try:
            moved = try_it()
        except Exception as error:
            # fewer rows may be too few for an honest function; the other ways are tried as well
            return [] if way == "thinned" else [self._stopped(origin, error)]
        moved = {key: change for key, change in moved.items() if key not in self._reported}
        if moved and way == "thinned" and self._by_order():
            # to it another number of rows is another order: only cases that come or go tell something
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
        """The predictions that this column alone moves, each with the latest day that is enough to move it.

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
        """What moves when one column is changed from one day on; nothing where the function fails."""
        self._tries -= 1
        try:
            return set(try_it([column], since))
        except Exception:
            return set()

    def _by_order(self) -> bool:
        """Whether it says something else when the rows of the same table come in another order."""
        mixed = self._future.table.sample(frac=1, random_state=0)
        everything = pd.Series(True, index=self._before.index)
        return bool(self._moved(self._keyed(self._call(mixed, self._future.versions)), everything))

    # what moved

    def _moved(self, answer: pd.DataFrame, checked: pd.Series) -> dict[tuple, tuple]:
        """By key the column that moved first, what it was and what it became."""
        before = self._before[checked.to_numpy()]
        where = answer.index.get_indexer(before.index)
        gone, moved = where < 0, {}
        for name in self._said:
            was = before[name].reset_index(drop=True)
            became = answer[name].reset_index(drop=True).reindex(where).reset_index(drop=True)
            for row in np.flatnonzero(gone | _differ(was, became, self._scale[name])):
                moved.setdefault(before.index[row], (name, was[row], None if gone[row] else became[row]))
        return moved

    def _appeared(self, answer: pd.DataFrame, after: np.datetime64) -> dict[tuple, tuple]:
        """Predictions up to the origin that were not there before."""
        new = answer[~answer.index.isin(self._before.index)]
        early = ask.instants(pd.DatetimeIndex(new.index.get_level_values("origin"))) <= after
        name = self._said[0]
        return {key: (name, None, value) for key, value in new.loc[early, name].items()}

    def _finding(self, key: tuple, change: tuple, column: str | None, known_on: pd.Timestamp) -> dict:
        names = dict(zip(self._before.index.names, key, strict=True))
        name, was, became = change
        told = {"said": name, "column": column, "known_on": known_on, "was": was, "became": became}
        return {"found": "moved", **names, **told}

    def _stopped(self, origin: pd.Timestamp, error: Exception) -> dict:
        lines = str(error).strip().splitlines() or ["without a word"]
        return {"found": "stopped", "origin": origin, "became": f"{type(error).__name__}: {lines[0]}"}


def _scale(values: pd.Series) -> float:
    """How large the numbers of a column are; 0 where it holds none."""
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return 0.0
    return float(np.nanmax(np.abs(values.to_numpy(dtype=float, na_value=np.nan)), initial=0.0))


def _differ(was: pd.Series, became: pd.Series, scale: float) -> np.ndarray:
    """Which values differ by more than noise; missing is like missing."""
    if all(pd.api.types.is_numeric_dtype(one.dtype) for one in (was, became)):
        one, other = (values.to_numpy(dtype=float, na_value=np.nan) for values in (was, became))
        return ~np.isclose(one, other, rtol=NOISE, atol=NOISE * scale, equal_nan=True)
    one, other = was.astype(object), became.astype(object)
    return ((one != other) & ~(one.isna() & other.isna())).to_numpy(dtype=bool)
