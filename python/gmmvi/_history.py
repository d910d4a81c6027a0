"""How a run went, iteration by iteration."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import DataError

if TYPE_CHECKING:
    import pandas


def lines_of(run: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The lines of a run's metrics.jsonl; the last one may be half written where it still runs."""
    path = Path(run) / "metrics.jsonl"
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise DataError(f"{run} has no metrics.jsonl, so that it is no run folder, or has not begun") from None
    lines = []
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return lines


def history(run: str | os.PathLike[str]) -> pandas.DataFrame:
    """A table of a run's iterations, while it runs, too.

    Parameters
    ----------
    run : path
        Its folder.

    Returns
    -------
    pandas.DataFrame
        A row for each iteration, which is the index. Columns are the keys of metrics.jsonl; those of a part have its
        name before them (`seconds_evaluation`). Numbers that an iteration does not have are NaN.
    """
    import pandas

    rows = []
    for line in lines_of(run):
        row: dict[str, Any] = {}
        for key, value in line.items():
            if isinstance(value, dict):
                row.update({f"{key}_{part}": number for part, number in value.items()})
            else:
                row[key] = value
        rows.append(row)
    if not rows:
        return pandas.DataFrame(index=pandas.Index([], name="iteration", dtype="int64"))
    return pandas.DataFrame(rows).set_index("iteration")
