"""Makes temperatures.csv: what heat gives for a diffusivity of 4e-5 m2/s and 55 K, with errors of 0.5 K."""

import random
import subprocess
from pathlib import Path

folder = Path(__file__).parent
Path("heat.in").write_text("4e-5 55\n")
subprocess.run(["mpirun", "-n", "2", folder / "heat"], check=True)
lines = Path("temperatures.csv").read_text().splitlines()[1:]
errors = random.Random(1822)
rows = [f"{0.02 * m + 0.005:.4f},{float(line) + errors.gauss(0.0, 0.5):.2f}\n" for m, line in enumerate(lines)]
Path("temperatures.csv").write_text("place,value\n" + "".join(rows))
Path("heat.in").unlink()
