"""The learner of a notebook: found by whole names that agree, never guessed."""

import pytest

from hindcast.kit.collect.arrivals import FILE, FOLDER, SENDER, ZIP, Sign
from hindcast.kit.collect.learner_of_notebook import Roster
from hindcast.kit.roster.roster import Learner


def learner(id, name, email=""):
    return Learner(id, name, email, "other", "workbook")


ROSTER = Roster(
    [
        learner("amara", "Amara Okafor", "amara@example.org"),
        learner("zoe", "Zoë D’Souza", "zoe.d@example.org"),
        learner("mni", "Mateo Núñez Ibarra", "o'mateo@example.org"),
        learner("jm", "Jürgen Müller-Sørensen"),
        learner("sam", "Sam"),
        learner("bo", "Bo Sand"),
        learner("bo-2", "Lin Berg"),
        learner("a1", "Ana Lima"),
        learner("a2", "Ana Lima"),
        learner("ana", "Ana Prado"),
        learner("48210", "Ida Ek"),
        learner("7", "Noor Haddad"),
        learner("06", "Olu Ade"),
        learner("6", "Wanjiru Kamau"),
        learner("2026", "Kim Roe"),
        learner("final", "Petra Holm"),
        learner("q", "Yusuf Byrne"),
        learner("ram", "राम शर्मा"),
        learner("wei", "王 伟"),
    ],
    ["06_reading_classifications", "09_backdating_a_model", "workbook", "bench"],
)


def whose(*names):
    """Find the learner of a path: folders, then the file. `zip:` marks a zip's name, `from:` a sender."""
    kinds = {"zip": ZIP, "from": SENDER}
    signs = []
    for at, name in enumerate(names):
        kind, _, rest = name.partition(":")
        own = FILE if at == len(names) - 1 else FOLDER
        signs.append(Sign(kinds[kind], rest) if kind in kinds else Sign(own, name))
    return ROSTER.whose(signs)


@pytest.mark.parametrize(
    ("names", "id"),
    [
        (("amara", "workbook"), "amara"),
        (("Amara", "anything at all"), "amara"),
        (("handed in", "06_reading_classifications", "amara", "deep", "deeper", "workbook"), "amara"),
        (("amara@example.org", "workbook"), "amara"),
        (("AMARA@Example.org", "workbook"), "amara"),
        (("workbook_amara@example.org",), "amara"),
        (("o'mateo@example.org", "workbook"), "mni"),
        (("Amara Okafor", "workbook"), "amara"),
        (("Okafor, Amara", "workbook"), "amara"),
        (("amara_okafor", "workbook"), "amara"),
        (("AmaraOkafor_workbook",), "amara"),
        (("workbook - Amara Okafor (2)",), "amara"),
        (("zip:Amara Okafor", "workbook"), "amara"),
        (("ibarra_mateo_nunez", "workbook"), "mni"),
        (("Mateo Nu\u0301n\u0303ez Ibarra", "workbook"), "mni"),
        (("Zoe DSouza", "workbook"), "zoe"),
        (("ZOË D'SOUZA", "workbook"), "zoe"),
        (("Mueller-Soerensen Juergen", "workbook"), "jm"),
        (("jurgen muller sorensen", "workbook"), "jm"),
        (("राम_शर्मा_workbook",), "ram"),
        (("王伟", "王 伟 workbook"), "wei"),
        (("sam_workbook",), "sam"),
        (("09_backdating_a_model_workbook_sam",), "sam"),
        (("Unit 06 reading classifications workbook2 zoe v3",), "zoe"),
        (("bo (2)",), "bo"),
        (("bo-2_workbook",), "bo-2"),
        (("bo-2", "workbook"), "bo-2"),
        (("48210", "workbook"), "48210"),
        (("workbook_48210",), "48210"),
        (("7", "workbook"), "7"),
        (("Team sam and others", "amara", "workbook"), "amara"),
    ],
)
def test_a_learner_is_found_by_id_address_name_or_folder(names, id):
    assert whose(*names).learner == id


@pytest.mark.parametrize(
    ("names", "id"),
    [
        (("Amara Okafor_12345_assignsubmission_file_", "workbook"), "amara"),
        (("Amara Okafor_12345_assignsubmission_file", "my own folder", "workbook"), "amara"),
        (("Amara Okafor_12345_assignsubmission_file_workbook",), "amara"),
        (("zip:HC1-Sam and Ana course-481", "Zoë DSouza_9_assignsubmission_file_", "workbook"), "zoe"),
        (("Ida Ek_7_assignsubmission_file_", "workbook"), "48210"),
        (("Ana Lima_5_assignsubmission_file_", "a2 workbook"), "a2"),
        (("okaforamara_12345_67890_workbook-1",), "amara"),
        (("okaforamara_LATE_12345_67890_workbook (1)",), "amara"),
        (("dsouzazoë_48210_67890_workbook",), "zoe"),
        (("núñezibarramateo_3_4_workbook",), "mni"),
        (("müllersørensenjürgen_12345_67890_workbook",), "jm"),
    ],
)
def test_what_moodle_and_canvas_write_names_the_learner_and_their_numbers_do_not(names, id):
    assert whose(*names).learner == id


@pytest.mark.parametrize(
    "names",
    [
        ("workbook (2)",),
        ("Re_ workbook",),
        ("sample",),
        ("banana",),
        ("samantha_workbook",),
        ("x" * 5000,),
        ("06", "workbook"),
        ("6", "workbook"),
        ("workbook_2026",),
        ("final", "workbook"),
        ("workbook_7",),
        ("plan_q",),
        ("q",),
        ("zip:HC1-48210", "workbook"),
        ("zip:Unit 06-48210", "workbook"),
        ("from:Sam <sam@elsewhere.example>", "workbook"),
        ("from:", "workbook"),
        ("Mateo", "workbook"),
        ("okafor", "workbook"),
        ("workbook_20260301_48219",),
    ],
)
def test_a_part_of_a_word_or_name_names_nobody(names):
    assert whose(*names).learner == ""


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("Ana Lima", "workbook"), "“Ana Lima” may be a1 or a2."),
        (("ana_workbook",), "“ana_workbook” may be a1 or a2 or ana."),
        (
            ("amara", "sam_workbook"),
            "The names around it do not agree: “amara” says amara; “sam_workbook” says sam.",
        ),
        (("amara and sam workbook",), "do not agree"),
        (("amara", "Sam Spade"), "do not agree"),
        (("amara", "Zoë DSouza_9_assignsubmission_file_workbook"), "do not agree"),
        (("from:Amara <amara@example.org>", "zoe_workbook"), "do not agree"),
        (("Sam Spade workbook",), "may mean sam, but says more than a name: spade."),
        (("Ana Lima Prado",), "says more than a name: prado."),
        (("Amara Okafor Smith", "workbook"), "says more than a name: smith."),
        (("Sam A workbook",), "says more than a name: a."),
        (("Sam Reading", "workbook"), "says more than a name: reading."),
        (("zoe.d@example.org.invalid",), "says more than a name: invalid."),
        (("sam@elsewhere.example",), "says more than a name"),
        (
            ("Pat Stranger_9_assignsubmission_file_", "amara"),
            "Moodle says it is from “Pat Stranger”, who is not",
        ),
        (("Participant_9_assignsubmission_file_", "amara"), "Moodle says it is from “Participant”"),
        (("Amara Okafor Smith_9_assignsubmission_file_", "workbook"), "Moodle says it is from"),
        (("amara", "strangerpat_123_456_workbook"), "Canvas says it is from “strangerpat”"),
        (("anon_Ab1cD_67890_amara",), "Canvas says it is from “anon_Ab1cD”"),
        (("limaana_123_456_workbook",), "may be a1 or a2"),
        (("workbook",), "Nothing in its path says whose it is."),
    ],
)
def test_what_is_doubtful_is_not_guessed_and_the_reason_is_said(names, said):
    found = whose(*names)
    assert found.learner == ""
    assert said in found.reason


@pytest.mark.parametrize("name", ["notes_2026_11_final", "notes_20260301_123456_x", "unit_123_456_draft"])
def test_a_name_with_dates_is_none_of_canvas(name):
    assert whose("amara", name).learner == "amara"


def test_what_to_do_fits_the_reason():
    assert "folder called as the learner's id" in whose("workbook").advice
    assert whose("amara", "sam_workbook").advice == "Collect it alone with --learner ID."
    assert "add them to the roster" in whose("Pat Stranger_9_assignsubmission_file_", "workbook").advice


def test_a_mail_address_of_the_roster_says_whose_it_is_whatever_the_name_beside_it():
    assert whose("from:Ana Lima <AMARA@example.org>", "workbook").learner == "amara"
    assert whose("from:Amara Okafor <private@elsewhere.example>", "workbook").learner == "amara"


def test_looking_up_takes_no_longer_in_a_large_roster():
    """Accesses are counted, not timed: a look-up reads the indexes and never iterates over the learners."""
    large = Roster([learner(f"l{n}", f"Name{n} Family{n}") for n in range(3000)], [])
    asked = []

    class Watched(dict):
        def __iter__(self):
            asked.append("walked")
            return super().__iter__()

        items = values = keys = __iter__

    for index in ("_literal", "_names", "_joined", "_bearers"):
        setattr(large, index, Watched(getattr(large, index)))
    assert large.whose([Sign(FOLDER, "Family2999, Name2999"), Sign(FILE, "workbook")]).learner == "l2999"
    assert asked == []
