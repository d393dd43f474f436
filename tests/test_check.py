"""hindcast.check: readiness, functions, scoring, instant checks and the catalogue."""

import json
import threading
import time

import numpy as np
import pandas as pd
import pytest

from hindcast import check


@pytest.fixture
def shown(monkeypatch):
    """Everything displayed during a test, as mime bundles."""
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: bundles.append(data))
    return bundles


# --- read ---


def read(**names):
    """Call check.read as a notebook cell would: with the names among its globals."""
    scope = {"check": check, **names}
    code = "answer = check.read('thing', points=2, a=check.Count(), b=check.Record(c=check.Share()))"
    exec(code, scope)
    return scope["answer"]


@pytest.mark.parametrize(
    ("names", "status", "words"),
    [
        ({"a": None, "b": {"c": None}}, check.NOT_ATTEMPTED, "Not attempted yet"),
        ({"a": 1, "b": {"c": None}}, check.INCOMPLETE, "`b`"),
        ({"a": None, "b": {"c": 0.5}}, check.INCOMPLETE, "`a`"),
        ({"a": 1}, check.BADLY_FORMED, "`b` does not exist"),
        ({"a": "1", "b": {"c": 0.5}}, check.BADLY_FORMED, "`a`"),
    ],
)
def test_an_answer_that_is_not_ready_says_why_and_is_recorded_as_data(shown, names, status, words):
    with pytest.raises(check.NotReady) as caught:
        read(**names)
    assert words in str(caught.value)
    assert shown[-1]["text/plain"] == f"({status})"
    assert shown[-1]["text/html"] == ""
    assert shown[-1][check.RESULT_MIME] == {
        "exercise": "thing",
        "status": status,
        "points": 0.0,
        "of": 2.0,
        "mistakes": [],
        "awards": [],
        "replies": [],
        "why": [],
        "fault": {"what": caught.value.what, "do_next": caught.value.do_next},
    }


@pytest.mark.parametrize(
    ("names", "what", "do_next"),
    [
        (
            {"a": None, "b": {"c": None}},
            "Not attempted yet.",
            "Fill in the answer cell above, run it, then run this cell.",
        ),
        ({"a": 1, "b": {"c": None}}, "Still to be filled in: `b`.", ""),
        (
            {"a": 1},
            "`b` does not exist. Expected: the answer cell above gives it a value.",
            "Next: run that cell; if it is gone or empty, press Ctrl+Z in it or use Edit, Undo Cell "
            "Operation, or copy your answers into a fresh copy of this notebook.",
        ),
        (
            {"a": 1, "b": {"c": 0.5}, "sum": 50},
            "`sum` is a name of Python's own, and this notebook gives it another value, so that the check "
            "cannot use it.",
            "Next: choose another name for yours, then Kernel, Restart Kernel and Run All Cells.",
        ),
        (
            {"a": "1", "b": {"c": 0.5}},
            "`a`: expected a whole number, 0 or more, but the text '1' came.",
            "Write the number without quotes or unit.",
        ),
        ({"a": 1, "b": {"c": -1}}, "`b`['c']: expected a share from 0 to 1, but -1 came.", ""),
    ],
)
def test_what_happened_and_what_to_do_next_are_two_fields(shown, names, what, do_next):
    with pytest.raises(check.NotReady) as caught:
        read(**names)
    assert (caught.value.what, caught.value.do_next) == (what, do_next)
    assert str(caught.value) == f"{what} {do_next}".strip()


def test_not_ready_shows_one_sentence_without_a_traceback():
    assert check.NotReady(check.INCOMPLETE, "One sentence.")._render_traceback_() == ["One sentence."]


def test_a_complete_answer_is_plain_data_by_name(shown):
    answer = read(a=np.int64(3), b={"c": np.float64(0.5)})
    assert dict(answer) == {"a": 3, "b": {"c": 0.5}}
    assert list(answer.forms) == ["a", "b"]
    assert isinstance(answer.forms["a"], check.Count)
    assert "Complete" in shown[-1]["text/plain"]


def test_a_mistake_can_be_named_before_anything_is_scored(shown):
    answer = read(a=3, b={"c": 0.5})
    answer.notice("base_rate_ignored", when=False)
    assert len(shown) == 1
    answer.notice("base_rate_ignored", when=True)
    assert check.misconceptions()["base_rate_ignored"]["believed"] in shown[-1]["text/plain"]
    assert shown[-1][check.REPLY_MIME] == {"mistakes": ["base_rate_ignored"]}
    assert check.RESULT_MIME not in shown[-1]


def test_a_learner_who_overwrites_a_name_that_the_check_calls_is_told_so(shown):
    with pytest.raises(check.NotReady, match="`sum` is a name of Python's own"):
        read(a=1, b={"c": 0.5}, sum=50)


@pytest.mark.parametrize(
    ("session", "warned"),
    [
        ("", False),
        ("/course/06/workbook.ipynb", False),
        ("/course/06/bench.ipynb", False),
        ("/course/06/workbook (2).ipynb", True),
        ("/course/06/mine.ipynb", True),
    ],
)
def test_a_learner_who_renames_the_notebook_is_told_what_it_has_to_be_called(
    shown, monkeypatch, session, warned
):
    monkeypatch.setenv("JPY_SESSION_NAME", session)
    read(a=1, b={"c": 0.5})
    assert any("The grader looks for workbook.ipynb" in bundle["text/plain"] for bundle in shown) is warned


def test_a_reply_that_was_given_at_once_is_not_given_again_with_the_points(shown):
    answer = read(a=3, b={"c": 0.5})
    answer.notice("base_rate_ignored", when=True)
    result = check.Result(answer)
    result.award(2, "everything", False)
    result.recognise("base_rate_ignored", True)
    result.show()
    assert shown[-1][check.RESULT_MIME]["mistakes"] == ["base_rate_ignored"]
    assert shown[-1][check.RESULT_MIME]["replies"] == []
    assert (
        sum(check.misconceptions()["base_rate_ignored"]["look"] in bundle["text/plain"] for bundle in shown)
        == 1
    )


# --- functions ---


def answer_with(function):
    form = check.Function(example=(pd.DataFrame({"n": [1, 2]}),), gives=check.Count())
    return check.Answer("thing", 1, {"f": form}, {"f": function})


def test_a_function_is_called_on_copies_so_that_it_cannot_spoil_the_next_case():
    table = pd.DataFrame({"n": [1, 2]})

    def spoil(given):
        given["n"] = 0
        return 1

    assert answer_with(spoil).call("f", table) == 1
    assert table["n"].tolist() == [1, 2]


def test_what_a_function_prints_or_warns_is_kept_out_of_the_graded_cell(capsys):
    def noisy(table):
        import sys
        import warnings

        warnings.warn("careful", stacklevel=1)
        print("out")
        print("err", file=sys.stderr)
        return len(table)

    assert answer_with(noisy).call("f", pd.DataFrame({"n": [1, 2]})) == 2
    assert capsys.readouterr() == ("", "")


def test_a_function_that_stops_or_returns_nonsense_gives_nothing_and_raises_nothing():
    assert answer_with(lambda table: 1 / 0).call("f", pd.DataFrame()) is None
    assert answer_with(lambda table: object()).call("f", pd.DataFrame()) is None


def test_only_an_answer_that_is_a_function_can_be_called():
    with pytest.raises(TypeError, match="n is no function"):
        check.Answer("thing", 1, {"n": check.Count()}, {"n": 3}).call("n")


def test_a_function_that_asks_python_to_exit_gives_nothing_and_the_grader_goes_on():
    def leave(table):
        raise SystemExit("enough")

    class Silent(BaseException):
        def __str__(self):
            raise RuntimeError

    def hide(table):
        raise Silent

    assert answer_with(leave).call("f", pd.DataFrame()) is None
    assert answer_with(hide).call("f", pd.DataFrame()) is None


def test_a_function_that_never_returns_is_stopped_said_so_and_not_called_again():
    calls = []

    def turn(table):
        calls.append(threading.current_thread())
        while True:
            pass

    form = check.Function(example=(1,), gives=check.Count(), seconds=0.1)
    with pytest.raises(check.NotReady, match="did not come back within"):
        form.read(turn, "`f`")
    started = time.monotonic()
    assert check.Answer("thing", 1, {"f": form}, {"f": turn}).call("f", 1) is None
    assert time.monotonic() - started < 0.1
    assert len(calls) == 1
    assert not calls[0].is_alive()


# --- scoring ---


def scored(shown, points=2, **awards):
    result = check.Result(check.Answer("thing", points, {}, {}))
    for name, (offered, earned) in awards.items():
        result.award(offered, name, earned)
    return result, shown


def test_points_are_a_python_float_and_may_be_partial(shown):
    result, _ = scored(shown, first=(1, True), second=(1, 1 / 3))
    points = result.show()
    assert type(points) is float
    assert points == 1.3333
    assert shown[-1][check.RESULT_MIME]["points"] == 1.3333


def test_a_result_is_a_record_of_what_was_awarded_recognised_and_said(shown):
    result, _ = scored(shown, first=(1, True), second=(1, 1 / 4))
    result.recognise("accuracy_is_enough", True)
    result.show("Because.", "And so.")
    assert shown[-1][check.RESULT_MIME] == {
        "exercise": "thing",
        "status": "scored",
        "points": 1.25,
        "of": 2.0,
        "mistakes": ["accuracy_is_enough"],
        "awards": [
            {"for_what": "first", "earned": 1.0, "of": 1.0},
            {"for_what": "second", "earned": 0.25, "of": 1.0},
        ],
        "replies": ["accuracy_is_enough"],
        "why": ["Because.", "And so."],
    }
    assert json.loads(json.dumps(shown[-1], allow_nan=False)) == shown[-1]


def test_what_is_shown_is_the_record_in_sentences(shown):
    result, _ = scored(shown, first=(1, True), second=(1, 1 / 3))
    result.recognise("accuracy_is_enough", True)
    result.show("Because.")
    assert shown[-1]["text/plain"].split("\n") == [
        "1.33 of 2 points.",
        "1 of 1: first",
        "0.33 of 1: second",
        *check.reply("accuracy_is_enough"),
        "Because.",
    ]
    assert shown[-1]["text/html"].startswith(
        '<div role="status" style="border-left:4px solid #0072B2;padding:0.2em 0.8em;margin:0.3em 0;'
        'max-width:46em;line-height:1.5"><b>1.33 of 2 points.</b>'
        "<div style='margin-top:0.2em'>1 of 1: first</div>"
    )


@pytest.mark.parametrize(
    ("choice", "reason", "earned"),
    [
        (True, True, 3.0),
        (True, False, 1.0),
        (False, True, 0.0),
        (False, False, 0.0),
        (True, 1 / 2, 2.0),
        (True, 0.0, 1.0),
        (True, 7, 3.0),
        (True, -7, 1.0),
        (np.bool_(True), np.bool_(False), 1.0),
    ],
)
def test_a_choice_without_its_reason_earns_a_third(shown, choice, reason, earned):
    result, _ = scored(shown, points=3)
    result.award_reasoned(3, "the choice, for its reason", choice=choice, reason=reason)
    assert result.show() == earned
    assert f"{earned:g} of 3: the choice, for its reason" in shown[-1]["text/plain"]


def test_an_exercise_without_awards_is_a_fault_of_ours_too(shown):
    with pytest.raises(ValueError, match=r"worth 2\.0 points, but 0\.0 were offered"):
        scored(shown)[0].show()


def test_points_never_leave_the_range_of_the_exercise(shown):
    result, _ = scored(shown, first=(2, 17))
    assert result.show() == 2.0
    result, _ = scored(shown, first=(2, -3))
    assert result.show() == 0.0


def test_an_exercise_that_offers_other_points_than_it_is_worth_is_a_fault_of_ours(shown):
    result, _ = scored(shown, first=(1, True))
    with pytest.raises(ValueError, match=r"worth 2\.0 points, but 1\.0 were offered"):
        result.show()


def test_a_recognised_mistake_is_shown_once_and_recorded_by_its_id(shown):
    result, _ = scored(shown, first=(2, False))
    for _ in range(2):
        result.recognise("accuracy_is_enough", True)
    result.recognise("base_rate_ignored", False)
    result.show("Because.")
    assert shown[-1][check.RESULT_MIME]["mistakes"] == ["accuracy_is_enough"]
    text = shown[-1]["text/plain"]
    assert text.count(check.misconceptions()["accuracy_is_enough"]["look"]) == 1
    assert "Because." in text


def test_why_is_not_said_to_someone_who_has_every_point(shown):
    result, _ = scored(shown, first=(2, True))
    result.show("Because.")
    assert "Because." not in shown[-1]["text/plain"]
    assert shown[-1][check.RESULT_MIME]["why"] == []


def test_an_unknown_mistake_is_a_fault_of_ours_even_when_it_is_not_made(shown):
    result, _ = scored(shown, first=(2, True))
    with pytest.raises(KeyError):
        result.recognise("no_such_id", False)


def test_what_a_learner_wrote_is_escaped_in_the_page(shown):
    with pytest.raises(check.NotReady):
        read(a="<script>", b={"c": 0.5})
    check.Question(check.Choice("A"), lambda a: True, "", ["h"]).check("<script>")
    assert "<script>" not in "".join(bundle["text/html"] for bundle in shown)


@pytest.mark.parametrize(
    ("value", "expected", "verdict"), [(0.3, 0.3, True), (0.305, 0.3, True), (0.306, 0.3, False)]
)
def test_close_takes_what_lies_within_its_limit(value, expected, verdict):
    assert check.close(value, expected) is verdict


@pytest.mark.parametrize("value", [None, "0.3", [0.3]])
def test_close_is_false_for_what_is_no_number(value):
    assert check.close(value, 0.3) is False


# --- instant checks ---


@pytest.fixture
def question():
    return check.Question(
        check.Count("members", 100),
        right=lambda n: n == 42,
        because="Forty-two it is.",
        hints=["A nudge.", "Nearly there."],
        mistakes={"base_rate_ignored": lambda n: n == 40},
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Not attempted"),
        (42, "Right.\nForty-two it is."),
        (40, "Not yet.\nThis looks like: a share of one group"),
        (7, "Not yet.\nHint 1 of 2: A nudge."),
        ("42", "Badly formed"),
        (float("nan"), "Badly formed"),
        (pd.DataFrame(), "a whole table (DataFrame)"),
    ],
)
def test_an_instant_check_replies_to_whatever_is_written_and_never_raises(shown, question, answer, words):
    question.check(answer)
    assert words in shown[-1]["text/plain"]


def test_hints_come_in_steps_and_stay_at_the_last(shown, question):
    question.check(1)
    question.hint(42)
    question.hint(42)
    assert [bundle["text/plain"].split(": ")[1] for bundle in shown] == [
        "A nudge.",
        "Nearly there.",
        "Nearly there.",
    ]


# --- the catalogue ---


def test_every_misconception_says_what_is_believed_why_it_tempts_and_where_to_look():
    assert check.misconceptions()
    for name, entry in check.misconceptions().items():
        assert set(entry) == {"believed", "tempting", "look"}, name
        assert all(text.strip().endswith(".") or text.strip().endswith("?") for text in entry.values()), name


ROWS = [("ranking", "cancels", "order", "callers"), ("classification", "cancels", "chance", "callers")]


@pytest.mark.parametrize(
    ("said", "share"),
    [
        (ROWS[0], 1),
        (ROWS[1], 1),
        (("ranking", "cancels", "order", "member"), 2 / 3),
        (("ranking", "cancels", "chance", "callers"), 1 / 3),
        (("classification", "months", "order", "member"), 1 / 3),
        (("grouping", "cancels", "order", "callers"), 0),
    ],
)
def test_parts_that_are_right_only_together_earn_by_the_row_they_belong_to(said, share):
    parts = dict(zip(("kind", "outcome", "unit", "actor"), said, strict=True))
    assert check.jointly(parts, ROWS) == pytest.approx(share)
