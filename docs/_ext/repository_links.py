"""Links of pages to files of the repository that are no pages: on the site they are paths to look at in a clone.

A page that is read in the repository itself has links that work there.
"""

from __future__ import annotations

import re

LINK = re.compile(
    r"(?<!!)\[([^\]]*)\]\((?:\.\./)+((?:apps|cluster|configs|include|python|src|tests)(?:/[^)#]*)?|[A-Z]+\.md)(?=[)#])[^)]*\)"
)


def as_path(found: re.Match[str]) -> str:
    text, path = found[1].strip("`"), found[2]
    return f"`{path}`" if path.endswith(text) else f"{text} (`{path}`)"


def rewrite(app, docname: str, source: list[str]) -> None:
    source[0] = LINK.sub(as_path, source[0])


def setup(app):
    app.connect("source-read", rewrite)
    return {"parallel_read_safe": True}
