"""The pages that the program writes leave nothing out of what it says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

import gmmvi

EXTENSION = Path(__file__).resolve().parents[2] / "docs" / "_ext" / "from_program.py"


@pytest.fixture(scope="module")
def writer():
    spec = importlib.util.spec_from_file_location("from_program", EXTENSION)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def config_page(writer):
    return writer.config_reference()


def says(*arguments):
    return subprocess.run([gmmvi.find_program(), *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("codename", ["SAMTRON", "ZEPYDUG", "LAMIFUX", "SEPTCOX"])
def test_every_key_is_there_with_its_meaning(writer, config_page, codename):
    keys = list(writer.keys_of(says("defaults", "--codename", codename)))
    assert len(keys) > 50
    for path, value, comment in keys:
        top, _, inner = path.partition(".")
        if inner and value and path != "target.type":
            assert f"{{confval}} {path}\n" in config_page, path
            assert comment, f"{path} has no comment"
        elif top.endswith("_type"):
            assert f"`{top}: {value}`" in config_page


def test_every_type_of_target_is_there(config_page):
    types = re.search(r"# one of ([a-z_, \n#]+?)\n\s*type:", says("defaults"))[1].replace("#", " ").split(",")
    assert len(types) > 20
    for name in types:
        assert f"### `type: {name.strip()}`\n" in config_page


def test_every_command_is_there_with_its_options(writer):
    page = writer.command_reference()
    commands = re.findall(r"^  ([a-z]+) {3,}", says("--help").partition("Subcommands:")[2], re.MULTILINE)
    assert len(commands) > 10
    for command in commands:
        section = page.partition(f"## `{command}`\n")[2].partition("\n## ")[0]
        assert section, command
        for option in re.findall(r"^  (--?[\w-]+)", says(command, "--help"), re.MULTILINE):
            if option not in ("-h", "--single"):
                assert f"`{option}" in section, f"{command} {option}"


def test_every_option_has_its_letter(writer):
    page = writer.families()
    assert re.findall(r"\*\*([A-Z])\*\*", page) == list("SZLAEMPTYIRDFCOUNGX")
