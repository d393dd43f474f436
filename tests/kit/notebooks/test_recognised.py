"""Which mistakes a cell can recognise: those it names, and those that a question of its unit names."""

from hindcast.kit.notebooks.recognised import mistakes_in, unit_modules

UNIT = "06_reading_classifications"


def test_a_mistake_that_the_cell_names_is_found():
    assert mistakes_in('result.recognise("count_is_rate", True)', UNIT) == ["count_is_rate"]
    assert mistakes_in("# count_is_rate", UNIT) == []


def test_a_mistake_that_a_question_of_the_unit_names_is_found():
    source = "rare_alerts = lesson.rare_alerts(recall, false_alarm_share)"
    assert set(mistakes_in(source, UNIT)) == {"base_rate_ignored", "false_alarm_miss_swapped"}
    assert mistakes_in(source, "09_backdating_a_model") == []


def test_a_unit_may_be_a_module_a_package_or_nothing():
    assert [path.name for path in unit_modules("00_starting_here")] == ["starting_here.py"]
    assert "lesson.py" in {path.name for path in unit_modules(UNIT)}
    assert unit_modules("90_our_own_case") == []
    assert mistakes_in('"count_is_rate"', "90_our_own_case") == ["count_is_rate"]
