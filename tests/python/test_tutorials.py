"""The tutorials of the documentation run from their first cell to their last, as programs of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "tutorials"
CELL = re.compile(r"^```\{code-cell\}.*\n((?:.*\n)*?)```$", re.MULTILINE)


def program_of(page: Path) -> str:
    """The cells, one after the other; what begins with a colon are options of a cell."""
    cells = CELL.findall(page.read_text())
    lines = [line for cell in cells for line in cell.splitlines() if not line.startswith(":")]
    return "\n".join(["import matplotlib", 'matplotlib.use("Agg")', *lines, ""])


TUTORIALS = [page for page in sorted(FOLDER.glob("*.md")) if CELL.search(page.read_text())]


def test_there_are_tutorials():
    assert {"first_posterior", "simulator_in_python", "many_modes", "cluster_run"} <= {page.stem for page in TUTORIALS}


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_tutorial(page):
    Path("tutorial.py").write_text(program_of(page))
    done = subprocess.run([sys.executable, "tutorial.py"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
