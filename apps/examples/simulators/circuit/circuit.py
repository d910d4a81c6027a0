"""Runs ngspice on the template, as gmmvi does, for the scripts beside it."""

import re
import subprocess
import tempfile
from pathlib import Path

NETLIST = (Path(__file__).parent / "template" / "filter.cir").read_text()


def response(**parameters):
    """Pairs of a frequency [Hz] and the amplitude across the load, relative to the source."""
    with tempfile.TemporaryDirectory() as folder:
        filled = re.sub(r"\{(\w+):([^}]*)\}", lambda place: format(parameters[place[1]], place[2]), NETLIST)
        Path(folder, "filter.cir").write_text(filled)
        subprocess.run(["ngspice", "-b", "filter.cir"], cwd=folder, check=True, capture_output=True)
        rows = Path(folder, "response.txt").read_text().splitlines()[1:]
    return [tuple(float(field) for field in row.split()) for row in rows]
