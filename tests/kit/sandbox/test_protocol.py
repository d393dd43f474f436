"""Frames and messages: each has one name and one value, and both sides use the names."""

import ast
from pathlib import Path

import pytest

from hindcast.kit.sandbox.inside import protocol

SANDBOX = Path(protocol.__file__).parents[1]
SIDES = sorted(path for path in SANDBOX.rglob("*.py") if path != Path(protocol.__file__))
FRAMES = {name: value for name, value in vars(protocol).items() if isinstance(value, bytes)}
FLAGS = {"AFRESH", "AS_IT_IS"}  # these begin the payload of one frame and are no types
TYPES = {name: value for name, value in FRAMES.items() if name not in FLAGS}
MESSAGES = {
    name: value for name, value in vars(protocol).items() if name.isupper() and isinstance(value, str)
}


def test_every_type_of_frame_has_a_letter_of_its_own():
    letters = [value.decode().upper() for value in TYPES.values()]
    assert len(letters) == 18
    assert len(set(letters)) == len(letters)
    assert all(len(letter) == 1 and letter.isalpha() for letter in letters)


def test_every_kind_of_message_has_a_word_of_its_own():
    assert len(MESSAGES) == 7
    assert len(set(MESSAGES.values())) == len(MESSAGES)


@pytest.mark.parametrize("path", SIDES, ids=lambda path: path.name)
def test_neither_side_writes_a_letter_or_a_word_of_the_table_itself(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert not [it for it in constants if isinstance(it, bytes) and len(it) == 1 and it.isalpha()]
    said = [
        value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "say" and isinstance(value, ast.Constant)
    ]
    assert not said


def test_both_sides_use_every_name_of_the_table():
    used = {
        node.id
        for path in SIDES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name)
    }
    assert not {*FRAMES, *MESSAGES} - used


def test_a_frame_is_its_type_its_length_and_its_payload():
    assert protocol.frame(protocol.STDOUT, b"abc") == b"P\0\0\0\3abc"
    assert protocol.with_length(b"abc") == b"\0\0\0\3abc"
