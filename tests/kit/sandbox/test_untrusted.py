"""Bytes of a notebook's process become plain, bounded messages, or nothing."""

import json

import pytest

from hindcast.kit.sandbox import untrusted
from hindcast.kit.sandbox.inside.protocol import with_length
from hindcast.kit.sandbox.untrusted import UntrustedMessages, parse_message


def message(content):
    return with_length(json.dumps(content).encode())


def test_a_message_is_whole_however_it_is_cut():
    messages = UntrustedMessages(longest=100)
    data = message({"say": "display"}) + message({"say": "done"})
    found = [each for byte in data for each in messages.add(bytes([byte]))]
    assert [each["say"] for each in found] == ["display", "done"]
    assert found[0]["bytes"] == len(json.dumps({"say": "display"}))


def test_a_message_that_is_too_long_ends_the_connection():
    messages = UntrustedMessages(longest=10)
    assert messages.add(message({"say": "much too long"})) == []
    assert messages.broken
    assert messages.add(message({})) == []


@pytest.mark.parametrize(
    "data",
    [
        b"no json",
        b"[1]",
        b"7",
        b"[" * (untrusted.MOST_BRACKETS + 1),
        b"{" + b'"a":{' * untrusted.DEEPEST + b'"b":1' + b"}" * (untrusted.DEEPEST + 1),
    ],
    ids=["no json", "a list", "a number", "too many brackets", "too deep"],
)
def test_what_is_no_message_is_nothing(data):
    assert parse_message(data) == {}


def test_text_and_numbers_can_be_stored():
    parsed = parse_message(b'{"a\\ud800": "b\\udfff", "c": [1e999, 0.5]}')
    assert parsed["a?"] == "b?" and parsed["c"] == ["inf", 0.5]
