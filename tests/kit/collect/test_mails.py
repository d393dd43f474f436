"""Mails saved as .eml: the attachments belong to the sender."""

from email.message import EmailMessage

import pytest
from arriving import BEFORE, U06, make_zip, notebook, utc

from hindcast.kit.collect import sources
from hindcast.kit.collect.arrivals import Refusal


def mail(sender="Amara Okafor <amara@example.org>", date="Sat, 28 Feb 2026 13:00:00 +0100", **attached):
    message = EmailMessage()
    message["From"], message["Subject"] = sender, "My workbook"
    if date:
        message["Date"] = date
    message.set_content("Here it is.")
    for name, raw in attached.items():
        message.add_attachment(raw, "application", "octet-stream", filename=name.replace("_", "."))
    return message


def test_the_attachments_of_a_mail_are_its_senders(cohort):
    (cohort.inbox / "mail.eml").write_bytes(mail(workbook_ipynb=notebook()).as_bytes())
    cohort.collect()
    assert cohort.placed() == [f"amara/{U06}/workbook"]
    (name,) = cohort.received()
    assert "20260228T120000Z" in name


def test_a_forwarded_mail_is_its_writers_and_a_zip_in_it_is_read(cohort, tmp_path):
    packed = make_zip(tmp_path / "x.zip", {"workbook.ipynb": notebook()}).read_bytes()
    outer = mail("Trainer <trainer@example.org>")
    outer.add_attachment(mail("JUN@example.org", x_zip=packed))
    (cohort.inbox / "mail.eml").write_bytes(outer.as_bytes())
    cohort.collect()
    assert cohort.placed() == [f"jun/{U06}/workbook"]


def test_a_sender_and_a_file_name_that_differ_are_not_guessed(cohort):
    (cohort.inbox / "m.eml").write_bytes(mail(jun_ipynb=notebook()).as_bytes())
    assert "do not agree" in cohort.collect().not_placed[0].reason
    assert cohort.placed() == []


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 31 Feb 2026 99:00:00"])
def test_a_mail_without_a_date_has_the_time_of_collecting(cohort, date):
    (cohort.inbox / "m.eml").write_bytes(mail(date=date, workbook_ipynb=notebook()).as_bytes())
    assert "counts as handed in now" in cohort.collect().notes[0].said


def test_a_mail_without_a_notebook_and_one_too_deep_are_named(tmp_path):
    deep = mail()
    for _ in range(3):
        around = mail()
        around.add_attachment(deep)
        deep = around
    reasons = []
    for number, message in enumerate((mail(), deep)):
        path = tmp_path / f"{number}.eml"
        path.write_bytes(message.as_bytes())
        reasons += [one.reason for one in sources.read_source(path, ()) if isinstance(one, Refusal)]
    assert reasons == ["There is no notebook in it.", "It is a mail in a mail in a mail."]


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b"Content-Type: multipart/mixed\n\n--x", b"From: =?x?b?!?=\n\n"]
)
def test_a_mail_that_is_none_stops_nothing(cohort, raw):
    (cohort.inbox / "m.eml").write_bytes(raw)
    cohort.put("amara/workbook.ipynb", notebook())
    assert [one.reason for one in cohort.collect().not_placed] == ["There is no notebook in it."]
    assert cohort.placed() == [f"amara/{U06}/workbook"]


def test_the_time_of_a_mail_has_its_zone(tmp_path):
    path = tmp_path / "m.eml"
    path.write_bytes(mail(w_ipynb=b"1").as_bytes())
    assert [one.time for one in sources.read_source(path, ())] == [utc(BEFORE)]
