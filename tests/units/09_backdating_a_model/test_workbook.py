"""The workbook of unit 09: keys are those of the tables, mistakes have their own values, guessing fails."""

import ast
import random
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import hindcast
from hindcast import check
from hindcast.units.backdating_a_model import members, replays, workbook

ROOT = Path(__file__).parents[3]
UNIT = "09_backdating_a_model"
DAY = pd.Timedelta(days=1)
EVENINGS = list(workbook.EVENINGS)
TABLES = ("arrivals", "demand", "cancellations")


def code_cells(folder):
    path = ROOT / folder / UNIT / "workbook.ipynb"
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def graded(cell):
    return cell.metadata.get("nbgrader", {})


CELLS = code_cells("solutions")
TESTS = {graded(c).grade_id.removesuffix("_test"): c.source for c in CELLS if graded(c).get("grade")}
SOLVED = {graded(c).grade_id: c.source for c in CELLS if graded(c).get("solution")}


def sheets(cell_id):
    """Title -> (heads, rows) of each sheet that the learner sees under a cell."""
    found = {}
    for output in next(cell for cell in CELLS if cell.id == cell_id).outputs:
        title, *lines = output["data"]["text/plain"].splitlines()
        found[title.strip("[]")] = [line.split(" | ") for line in lines if " | " in line]
    return {title: (lines[0], lines[1:]) for title, lines in found.items() if lines}


def prose(cell_id):
    """What is written in a cell of words."""
    cells = nbformat.read(ROOT / "solutions" / UNIT / "workbook.ipynb", as_version=4).cells
    return next(cell.source for cell in cells if cell.id == cell_id)


@cache
def table(name):
    """A shipped table. Shared by tests: read only."""
    return getattr(hindcast, f"load_{name}")()


@cache
def compiled(exercise):
    return compile(TESTS[exercise], exercise, "exec")


@pytest.fixture
def judge(monkeypatch):
    """A function from an exercise and its named answers to what the test cell shows as data."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    for name in ("demand", "demand_replays", *(f"backdated_{name}" for name in TABLES)):
        for module in (hindcast, members, replays, workbook):
            if hasattr(module, f"load_{name}"):
                monkeypatch.setattr(module, f"load_{name}", table(name).copy)

    def judged(exercise, **answers):
        shown.clear()
        exec(compiled(exercise), answers)
        return next(page[check.RESULT_MIME] for page in shown if check.RESULT_MIME in page)

    return judged


def points(judge, exercise, **answers):
    return judge(exercise, **answers)["points"]


def solved(exercise):
    names = {}
    exec(SOLVED[exercise], names)
    return {name: value for name, value in names.items() if not name.startswith("__")}


@pytest.mark.parametrize("exercise", TESTS)
def test_no_helper_of_a_hidden_part_stays_in_the_notebook(exercise, judge):
    names = dict(solved(exercise))
    exec(compiled(exercise), names)
    visible = {
        node.id
        for node in ast.walk(ast.parse(TESTS[exercise].partition("### BEGIN")[0]))
        if isinstance(node, ast.Name)
    }
    new = set(names) - set(solved(exercise)) - {"__builtins__"}
    assert new <= visible | {"_judged", "check", "members", "replays", "workbook"}


# 1. Compared with what came


def station():
    rows = table("backdated_demand")
    return rows[(rows["store"] == "Station") & (rows["horizon_days"] == 7)].set_index("origin")


def errors_against(days_later):
    came = station().set_index("day")["actual_orders"]
    return [
        int(station()["prediction_orders"][e] - came[pd.Timestamp(e) + days_later * DAY]) for e in EVENINGS
    ]


def test_the_five_errors_are_those_of_the_table_and_of_no_other_day():
    rows = station().loc[EVENINGS]
    error = rows["prediction_orders"] - rows["actual_orders"]
    answer = solved("held_against")
    assert list(answer["errors"].values()) == error.tolist() == errors_against(7)
    nearer = error.abs() < (rows["baseline_orders"] - rows["actual_orders"]).abs()
    assert answer["model_nearer"] == nearer.sum()
    for days in (0, 1, 6, 8):
        shifted = errors_against(days)
        assert sum(a == b for a, b in zip(shifted, errors_against(7), strict=True)) == 0
        assert sum(-a == b for a, b in zip(shifted, errors_against(7), strict=True)) == 0


def test_the_two_screens_of_the_station_are_of_those_evenings_and_of_every_day_they_may_be_held_against():
    said, came = (rows for _, rows in sheets("five-evenings-at-the-station").values())
    known = station().loc[EVENINGS]
    assert said == [
        [day, f"{row.prediction_orders}", f"{row.baseline_orders}"]
        for day, row in zip(EVENINGS, known.itertuples(), strict=True)
    ]
    actual = station().set_index("day")["actual_orders"]
    days = pd.date_range(EVENINGS[0], pd.Timestamp(EVENINGS[-1]) + 9 * DAY)
    assert came == [[f"{day:%Y-%m-%d}", f"{actual[day]:.0f}"] for day in days]


def test_no_evening_is_a_tie_with_the_same_weekday():
    rows = station().loc[EVENINGS]
    off = (rows["prediction_orders"] - rows["actual_orders"]).abs()
    assert (off - (rows["baseline_orders"] - rows["actual_orders"]).abs()).abs().min() >= 3


# 2. Since when


def weekly(name):
    if name == "arrivals":
        rows = table("backdated_arrivals").assign(day=lambda t: t["origin"] + DAY)
        rows["error"] = rows["prediction_minutes"] - rows["actual_minutes"]
        cluster = "order"
    else:
        rows = table("backdated_demand").query("horizon_days == 7").copy()
        rows["error"] = rows["prediction_orders"] - rows["actual_orders"]
        cluster = "day"
    cases = rows.groupby([cluster, "day"] if cluster != "day" else ["day"])["error"].mean().reset_index()
    week = cases["day"] - pd.to_timedelta(cases["day"].dt.day_of_week, unit="D")
    return cases, cases.groupby(week)["error"].agg(["mean", "sem"])


@pytest.mark.parametrize(("name", "side", "weeks_long"), [("arrivals", -1, 5), ("demand", 1, 2)])
def test_from_the_week_of_the_key_the_error_stays_on_one_side(name, side, weeks_long):
    changed = pd.Timestamp(solved("since_when")[name]["changed"])
    cases, weeks = weekly(name)
    for monday in pd.date_range(changed, periods=weeks_long, freq="7D"):
        assert side * weeks.loc[monday, "mean"] > 3 * weeks.loc[monday, "sem"]
    before = weeks.loc[changed - 4 * 7 * DAY : changed - DAY]
    assert (side * before["mean"] < 3 * before["sem"]).all()
    step = cases.loc[cases["day"].between(changed, changed + 27 * DAY), "error"]
    earlier = cases.loc[cases["day"].between(changed - 28 * DAY, changed - DAY), "error"]
    assert side * (step.mean() - earlier.mean()) > 3 * (step.sem() ** 2 + earlier.sem() ** 2) ** 0.5


def test_the_verdicts_on_december_are_clear():
    for name, step in (("arrivals", -6), ("demand", 10)):
        cases, _ = weekly(name)
        error = cases.loc[cases["day"] >= "2025-12-01", "error"]
        still = solved("since_when")[name]["verdict"] == "still wrong"
        away_from_half = abs(error.mean()) - abs(step) / 2
        assert (away_from_half > 0) == still
        assert abs(away_from_half) > 3 * error.sem()


def test_the_screen_shows_each_number_of_the_key_in_the_row_that_is_about_its_week():
    weeks_before = {
        "arrivals": 0,
        "demand": 1,
    }  # arrivals are listed by their own day, demand by the evening before
    shown = [rows for _, rows in sheets("two-tables-week-by-week").values()]
    for (name, key), rows in zip(solved("since_when").items(), shown, strict=True):
        by_week = {week: (error, held) for week, error, held in rows}
        evening = pd.Timestamp(key["changed"]) - 7 * weeks_before[name] * DAY
        mondays = [week for week in by_week if week[:2] == "20"]
        assert mondays.index(f"{evening:%Y-%m-%d}") >= 4  # enough before it to see what is usual
        assert by_week[f"{evening:%Y-%m-%d}"][1] == str(key["held"])
        assert by_week["December, by day"][0] == str(key["december"])
        _, found = weekly(name)
        about = found.loc[key["changed"], "mean"]
        assert float(by_week[f"{evening:%Y-%m-%d}"][0]) == pytest.approx(about, abs=0.06)


# 3. The panel


def periods():
    said = table("backdated_demand").query("horizon_days == 1")
    own = table("demand").query("day.dt.year == 2025").groupby("store")["orders"].mean()
    for letter, (_, first, last) in workbook.PERIODS.items():
        if letter != "A":
            rows = said[said["day"].between(first, last)]
            came = rows["actual_orders"]
            plans = {
                "model": rows["prediction_orders"],
                "P": rows["baseline_orders"],
                "Q": rows["store"].map(own),
                "R": 0,
            }
            yield letter, rows, {name: (plan - came).abs() for name, plan in plans.items()}


def test_the_worst_period_is_the_worst_and_the_best_the_best_of_all_fortnights_shown():
    off = {letter: plans["model"].mean() for letter, _, plans in periods()}
    assert max(off, key=off.get) == "D"
    assert min(off, key=off.get) == "E"
    daily = {letter: plans["model"].groupby(rows["day"]).mean() for letter, rows, plans in periods()}
    for other in "BCEF":
        swing = (daily["D"].sem() ** 2 + daily[other].sem() ** 2) ** 0.5
        assert daily["D"].mean() - daily[other].mean() > 3 * swing


def test_rule_five_lets_whole_orders_stay_and_no_decimal():
    for letter, rows, plans in periods():
        daily = plans["model"].groupby(rows["day"]).mean()
        low, high = (round(daily.mean() + side * 2 * daily.sem(), 1) for side in (-1, 1))
        assert round(high) - round(low) <= 3, letter
        assert round(10 * high) - round(10 * low) >= 5, letter


def test_the_screen_of_the_panel_shows_what_the_tables_hold():
    heads, rows = sheets("what-you-can-choose-from")["Demand · a day ahead · off by, in orders of a store"]
    assert heads == [
        "period",
        *("days", "rows", "model off by", "could have been"),
        *(f"{p} off by" for p in "PQR"),
    ]
    by_letter = {row[0][0]: row[1:] for row in rows}
    assert list(by_letter) == list("ABCDEF")
    for letter, said, plans in periods():
        daily = plans["model"].groupby(said["day"]).mean()
        low, high = (f"{daily.mean() + side * 2 * daily.sem():.1f}" for side in (-1, 1))
        off = {name: f"{plan.mean():.2f}" for name, plan in plans.items()}
        days = [f"{said['day'].nunique():,}", f"{len(said):,}"]
        others = [off[plan] for plan in "PQR"]
        assert by_letter[letter] == [*days, off["model"], f"{low} to {high}", *others], letter


def test_no_number_of_the_panel_can_be_taken_for_another():
    for letter, rows, plans in periods():
        whole = {name: round(off.mean()) for name, off in plans.items()}
        assert len(set(whole.values())) == 4, letter
        counts = {rows["day"].nunique(), len(rows)}
        assert len(counts) == 2
        assert min(abs(off.mean() % 1 - 0.5) for off in plans.values()) > 0.01


def test_of_the_closing_sentences_one_is_clearly_true_and_three_are_clearly_false():
    said = table("backdated_demand").query("horizon_days == 1")
    error = said["prediction_orders"] - said["actual_orders"]
    by_day = error.groupby(said["day"]).mean()
    off = error.abs().groupby(said["day"]).mean()
    worst = by_day.index.to_series().between("2025-05-19", "2025-06-01")
    before = off[off.index < "2025-05-19"]
    swing = (off[worst].sem() ** 2 + before.sem() ** 2) ** 0.5
    assert workbook.WORDS["closing"] == {
        "W": "It is never off by more than ten orders.",
        "X": "After a sudden change it is worse for some weeks.",
        "Y": "On average it is right, in good weeks and bad.",
        "Z": "It is right on eight of ten days.",
    }
    assert error.abs().max() > 30  # W
    assert off[worst].mean() - before.mean() > 3 * swing  # X
    assert by_day[worst].mean() > 3 * by_day[worst].sem()  # Y
    assert (error == 0).mean() < 0.1  # Z


def test_every_panel_that_keeps_the_rules_is_worth_all_points(judge):
    said = {letter: (rows["day"].nunique(), plans) for letter, rows, plans in periods()}

    def line(letter):
        days, plans = said[letter]
        return {
            "period": letter,
            "days": days,
            "off_by": round(plans["model"].mean()),
            "beside_off_by": round(plans["P"].mean()),
        }

    earned = {
        pair: points(judge, "panel", first_line=line(pair[0]), second_line=line(pair[1]), words="PJX")
        for pair in product("BCDEF", repeat=2)
    }
    full = {pair for pair, got in earned.items() if got == 5}
    assert full == {pair for pair in product("BCDEF", repeat=2) if "D" in pair and set(pair) & set("BCF")}
    for words in product("PQR", "JKLM", "WXYZ"):
        got = points(judge, "panel", first_line=line("B"), second_line=line("D"), words="".join(words))
        assert (got == 5) == (words == ("P", "J", "X"))


# 4. Four replays


def answers_about(replay):
    """(evening, store) -> the first day on which the value that the replay used was on record, or None."""
    found = {}
    book = table("demand").set_index(["store", "day"])
    for evening, rows in table("demand_replays").query("replay == @replay").groupby("origin"):
        counts = as_of(evening)
        for row in rows.itertuples():
            known = counts[row.store]
            late = None
            if row.last_week_used != known[row.day - 7 * DAY]:
                late = book.loc[(row.store, row.day - 7 * DAY), "revised_on"]
            elif abs(row.recent_used - known.iloc[-7:].mean()) > 0.06:
                late = row.day + DAY
            assert abs(row.usual_used - known.mean()) < 0.06
            found[evening.strftime("%Y-%m-%d"), row.store] = late and late.strftime("%Y-%m-%d")
    return found


@cache
def as_of(evening):
    known = hindcast.load_demand(as_of=evening).dropna(subset=["orders"])
    return known.pivot(index="day", columns="store", values="orders").astype(float)


@pytest.fixture(scope="module")
def rows_that_tell():
    return {replay: answers_about(replay) for replay in "ADEF"}


HONEST = {"verdict": "honest", "evening": None, "store": None, "known_on": None}


def accusation(evening, store, known_on):
    return {"verdict": "dishonest", "evening": evening, "store": store, "known_on": known_on}


def test_the_four_replays_are_what_the_key_says():
    key = pd.read_csv(ROOT / "datasets" / "truth" / "replays_key.csv")
    key = key[key["table"] == "demand_replays"].set_index("replay")
    verdicts = {name: said["verdict"] == "honest" for name, said in solved("four_replays").items()}
    assert verdicts == key.loc[list("ADEF"), "honest"].to_dict()
    assert key.loc["A", "giveaway"] == "recent_used"
    assert key.loc["E", "giveaway"] == "last_week_used"


def test_looks_do_not_tell_who_is_honest():
    rows = table("demand_replays")
    off = (rows["prediction_orders"] - rows["actual_orders"]).abs()
    by_day = off.groupby([rows["replay"], rows["day"]]).mean().unstack("replay")

    def apart(one, other):
        difference = by_day[one] - by_day[other]
        return difference.mean() / difference.sem()

    assert apart("D", "A") > 3
    assert apart("A", "F") > 3
    assert abs(apart("D", "E")) < 1


def test_honest_replays_used_what_the_book_had_and_dishonest_ones_show_it_in_many_rows(rows_that_tell):
    tell = {name: sum(late is not None for late in rows.values()) for name, rows in rows_that_tell.items()}
    assert tell["D"] == tell["F"] == 0
    assert tell["A"] > 200
    assert tell["E"] > 50
    used = table("demand_replays").query("replay == 'F'").set_index(["day", "store"])["booked_used"]
    booked = table("demand").set_index(["day", "store"])["booked_ahead"]
    assert (used == booked.loc[used.index]).all()


@pytest.fixture(scope="module")
def drawer():
    """The learner's drawer, from replay, evening and perhaps store to (heads, rows)."""

    def opened(*about):
        lines = replays.drawer(*about)._repr_mimebundle_()["text/plain"].splitlines()
        return [line.split(" | ") for line in lines]

    return opened


def test_the_drawer_shows_used_and_book_apart_exactly_where_a_row_tells(drawer, rows_that_tell):
    for replay, rows in rows_that_tell.items():
        for evening in sorted({evening for evening, _ in rows})[::6]:
            _, heads, *lines = drawer(replay, evening)
            assert [head.partition(": ")[2] for head in heads[1:]] == ["used", "book"] * (len(heads) // 2)
            for store, *numbers in lines:
                pairs = zip(numbers[::2], numbers[1::2], strict=True)
                apart = any(abs(float(used) - float(book)) > 0.06 for used, book in pairs)
                assert apart == bool(rows[evening, store]), (replay, evening, store)


def test_with_a_store_the_drawer_shows_the_day_of_the_key(drawer, rows_that_tell):
    for replay, column, about in (("A", 1, 1), ("E", 3, -6)):
        rows = {place: late for place, late in rows_that_tell[replay].items() if late}
        for (evening, store), late in sorted(rows.items())[::9]:
            day = f"{pd.Timestamp(evening) + about * DAY:%Y-%m-%d}"
            line = next(line for line in drawer(replay, evening, store) if line[0] == day)
            assert line[column] == late


def test_an_empty_drawer_says_what_it_expected_and_names_the_nearest_evenings(drawer):
    text = str(drawer("A", "2025-01-06"))
    assert "Nothing lies in this drawer" in text
    assert "2025-01-04 and 2025-01-12" in text
    for about in (("B", "2025-01-04"), ("A", "in May"), ("A", "2025-01-04", "Staton")):
        assert "Expected" in str(drawer(*about)), about


def test_every_true_row_proves_and_no_other_does(judge, rows_that_tell):
    pick = random.Random(9)
    for replay, worth in (("A", 1.5), ("E", 1.5)):
        for (evening, store), late in pick.sample(sorted(rows_that_tell[replay].items(), key=str), 40):
            answers = dict.fromkeys("ADEF", HONEST)
            answers[replay] = accusation(evening, store, late or "2025-07-01")
            assert points(judge, "four_replays", **answers) == 1 + worth * (late is not None)
            answers[replay] = accusation(evening, store, "2026-01-20")
            assert points(judge, "four_replays", **answers) == 1 + worth / 3 * (late is not None)


def test_accusing_all_or_none_or_by_one_row_earns_little(judge, rows_that_tell):
    assert points(judge, "four_replays", **dict.fromkeys("ADEF", HONEST)) == 1
    best = max(
        points(judge, "four_replays", **dict.fromkeys("ADEF", accusation(evening, store, day)))
        for (evening, store), late in rows_that_tell["E"].items()
        if late
        for day in {late, rows_that_tell["A"][evening, store]} - {None}
    )
    assert best <= 4 / 3
    proved = solved("four_replays")
    assert points(judge, "four_replays", **(proved | {"D": proved["A"], "F": proved["A"]})) == 1


# 5. The members we called


def test_the_rows_that_count_were_not_called_and_are_known():
    scored = table("backdated_cancellations").set_index(["member", "origin"])
    known = hindcast.load_members(as_of="2025-09-20").set_index(["member", "month"])["cancelled"]
    answer, counts, left = solved("members_called")["counted"], "", 0
    for letter, case in members.ROWS.items():
        row, came = scored.loc[case], known.loc[case]
        assert row["score"] >= 0.10
        assert pd.isna(came) == (row["known_on"] > pd.Timestamp("2025-09-20"))
        assert pd.isna(came) or came == row["cancelled"]
        if not row["called"] and not pd.isna(came):
            counts, left = counts + letter, left + came
    assert answer == {"rows": counts, "left": left, "of": len(counts)}
    cases = members.ROWS.items()
    assert len({member for _, (member, _) in cases}) == len(cases)
    outcomes = {letter: known.loc[case] for letter, case in cases}
    sets = [
        [letter for letter, case in cases if scored.loc[case, "called"]],
        [letter for letter, came in outcomes.items() if pd.isna(came)],
        [letter for letter, came in outcomes.items() if pd.notna(came) and came],
        [letter for letter, came in outcomes.items() if pd.notna(came) and not came],
    ]
    written = ", ".join(f'set("{"".join(letters)}")' for letters in sets)
    assert f"called, still_open, left, stayed = {written}" in TESTS["members_called"]


def test_the_screens_of_the_retention_desk_show_what_was_known_and_the_whole_year():
    (_, eleven), (_, year) = sheets("eleven-flagged-members").values()
    known = hindcast.load_members(as_of="2025-09-20").set_index(["member", "month"])["cancelled"]
    scored = table("backdated_cancellations").set_index(["member", "origin"])
    came = {True: "left", False: "stayed"}
    for letter, case in members.ROWS.items():
        called = "called" if scored.loc[case, "called"] else "not called"
        then = "not known yet" if pd.isna(known.loc[case]) else came[bool(known.loc[case])]
        score = f"{100 * scored.loc[case, 'score']:.0f} of 100"
        assert eleven["ABCDEFGHIJK".index(letter)] == [letter, *case, score, called, then]
    rows = table("backdated_cancellations")
    rows = rows[(rows["score"] >= 0.10) & (rows["origin"] >= "2025-01-01")]
    for line, part in zip(year, (rows[rows["called"]], rows[~rows["called"]], rows), strict=True):
        sums = [f"{part[score].sum():.0f}" for score in ("score", "baseline_score")]
        assert line[1:] == [str(len(part)), *sums, str(part["cancelled"].sum())]


def test_the_year_of_those_not_called_agrees_with_the_scores_and_each_count_has_its_value():
    rows = table("backdated_cancellations")
    rows = rows[(rows["score"] >= 0.10) & (rows["origin"] >= "2025-01-01")]
    alone = rows[~rows["called"]]
    of_100 = 100 * alone["cancelled"].mean()
    assert solved("members_called")["whole_year"]["leave_of_100"] == round(of_100)
    assert abs(of_100 % 1 - 0.5) > 0.1
    swing = (alone["score"] * (1 - alone["score"])).sum() ** 0.5
    assert round(2 * swing) == 8
    assert "up to eight members more or fewer" in " ".join(prose("1-on-the-evening-of").split())
    assert abs(alone["cancelled"].sum() - alone["score"].sum()) < swing
    shares = sorted(100 * part["cancelled"].mean() for part in (alone, rows, rows[rows["called"]]))
    assert min(b - a for a, b in pairwise(shares)) > 3


def test_among_all_sets_of_rows_only_one_is_right(judge):
    year = {"leave_of_100": 19, "scores": "about right"}
    full = []
    for chosen in product((False, True), repeat=11):
        rows = "".join(letter for letter, yes in zip("ABCDEFGHIJK", chosen, strict=True) if yes)
        if rows:
            counted = {"rows": rows, "left": len(set(rows) & set("ACFH")), "of": len(rows)}
            if points(judge, "members_called", counted=counted, whole_year=year) > 1.5:
                full.append(rows)
    assert full == ["ACEHJ"]


# 6. A note for Thursday


def test_the_numbers_of_the_exemplary_note_are_those_of_the_tables():
    note = " ".join(prose("note_for_thursday").split())
    said = {letter: (rows["day"].nunique(), plans) for letter, rows, plans in periods()}
    numbers = {
        letter: [round(said[letter][1][plan].mean()) for plan in ("model", "P")] for letter in ("B", "D")
    }
    model, same_weekday = numbers["B"]
    assert (
        "from 2 January to 31 December 2025, it would have been off by "
        f"{model} orders for a store and day, where the same weekday of the week before would have been off "
        f"by {same_weekday}."
    ) in note
    model, same_weekday = numbers["D"]
    worst = f"19 May to 1 June, it would have been off by {model} orders against {same_weekday}."
    assert worst in note
    names = {letter: words for letter, (words, *_) in workbook.PERIODS.items()}
    assert names["B"] == "2 January to 31 December 2025" and names["D"] == "19 May to 1 June 2025"


def test_what_the_rubric_asks_for_stands_on_the_screens_and_what_it_refuses_is_called_so():
    heads, rows = sheets("what-you-can-choose-from")["Demand · a day ahead · off by, in orders of a store"]
    assert {"days", "model off by", "P off by"} <= set(heads)
    assert rows[0][0].endswith("days it learned from")
    assert workbook.WORDS["beside"]["P"] == "the same weekday of the week before"
    rubric = " ".join(prose("note_for_thursday_rubric").split())
    assert "the number of the same weekday" in rubric and "days the model learned from" in rubric


# Guessing


def a_guess(pick, rows_that_tell):
    """A random answer sheet, drawn from the numbers that may be meant."""
    number = lambda: pick.choice([-12, -4, 0, 4, 8, 9, 16])  # noqa: E731
    weeks = pd.date_range("2025-04-14", "2025-10-13", freq="7D").strftime("%Y-%m-%d")
    since = lambda: {  # noqa: E731
        "changed": pick.choice(list(weeks)),
        "held": pick.randint(45, 90),
        "december": pick.choice([-5.4, 1.2]),
        "verdict": pick.choice(["still wrong", "learned it"]),
    }
    line = lambda: {  # noqa: E731
        "period": pick.choice("ABCDEF"),
        "days": pick.choice([14, 137, 199, 364]),
        "off_by": pick.choice([6, 7, 8, 10]),
        "beside_off_by": pick.choice([9, 10, 11, 12]),
    }
    rows = list(rows_that_tell["A"])

    def replay():
        evening, store = pick.choice(rows)
        known_on = pd.Timestamp(evening) + pick.randint(-6, 8) * DAY
        return pick.choice([HONEST, accusation(evening, store, known_on.strftime("%Y-%m-%d"))])

    return {
        "held_against": {"errors": {e: number() for e in EVENINGS}, "model_nearer": pick.randint(0, 5)},
        "since_when": {"arrivals": since(), "demand": since()},
        "panel": {
            "first_line": line(),
            "second_line": line(),
            "words": pick.choice("PQR") + pick.choice("JKLM") + pick.choice("WXYZ"),
        },
        "four_replays": {name: replay() for name in "ADEF"},
        "members_called": {
            "counted": {"rows": "".join(pick.sample("ABCDEFGHIJK", pick.randint(1, 11))), "left": 3, "of": 5},
            "whole_year": {
                "leave_of_100": pick.choice([8, 14, 19]),
                "scores": pick.choice(["far too high", "far too low", "about right"]),
            },
        },
    }


def test_guessing_earns_less_than_a_third_of_any_exercise(judge, rows_that_tell):
    pick, earned = random.Random(2025), {exercise: [] for exercise in TESTS}
    for _ in range(60):
        for exercise, answers in a_guess(pick, rows_that_tell).items():
            result = judge(exercise, **answers)
            earned[exercise].append(result["points"] / result["of"])
    assert earned.keys() == TESTS.keys()
    for exercise, shares in earned.items():
        assert sum(shares) / len(shares) < 1 / 3, exercise
        assert max(shares) < 1, exercise
