"""Looks whether every link of a built site to a page, a file or a heading of its own leads there: check_links.py FOLDER.

The pages of the C++ headers, which Doxygen writes, are looked for, and not looked into.
"""

import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """The links of a page, and the places in it that links can lead to."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attributes: list) -> None:
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.places.add(value)
            elif value and (name, tag) in (("href", "a"), ("href", "link"), ("src", "img"), ("src", "script")):
                self.links.append(value)


def main(folder: pathlib.Path) -> int:
    own = [
        path for path in sorted(folder.rglob("*.html")) if path.relative_to(folder).parts[0] not in ("cpp", "_static")
    ]
    pages = {path: Page(path) for path in own}
    wrong, looked_at = 0, 0
    for path, page in pages.items():
        for link in page.links:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                continue
            looked_at += 1
            there = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            place = urllib.parse.unquote(url.fragment)
            if not there.exists():
                print(f"{path.relative_to(folder)}: {link}: there is no such file")
                wrong += 1
            elif place and there in pages and place not in pages[there].places:
                print(f"{path.relative_to(folder)}: {link}: there is no such place on that page")
                wrong += 1
    print(f"{looked_at} links within the site, {wrong} of them wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
