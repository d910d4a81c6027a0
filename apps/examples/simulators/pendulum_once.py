"""The pendulum as a program that reads pendulum.in and writes angles.csv, both in the folder that it is started in."""

from pathlib import Path

from pendulum import pendulum

numbers = Path("pendulum.in").read_text().split("\n")[1].split()
angles = pendulum(*(float(number) for number in numbers))
Path("angles.csv").write_text("angle\n" + "".join(f"{angle!r}\n" for angle in angles))
