"""Pages that the program writes: in `<!-- from the program: NAME -->` comes what it says itself.

The environment variable GMMVI has its path, as in the Python package.
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A codename with every option of every family in one of them.
CODENAMES = ["SAMTRON", "ZEPYDUG", "LAMIFUX", "SAMTCON"]
PARAMETERS = 'parameters: {a: {prior: "normal(0, 1)"}}'
# A target of every type: a file of an experiment, or what a config says of it.
OUTSIDE = {
    "python": "target: {type: python, function: 'apps/examples/simulators/pendulum.py:pendulum'}",
    "process": "target: {type: process, command: ['./simulator']}",
    "umbridge": "target: {type: umbridge, url: 'http://localhost:4242'}",
    "plugin": "target: {type: plugin, library: '%(program)s'}",
    "bridgestan": "target: {type: bridgestan, library: '%(program)s'}",
}


def program() -> str:
    """The path of gmmvi."""
    path = os.environ.get("GMMVI") or str(ROOT / "build" / "release" / "apps" / "gmmvi")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is no program: build it (cluster/local.sh docs does), or set GMMVI to its path")
    return path


def says(*arguments: str) -> str:
    """What gmmvi prints."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise RuntimeError(f"gmmvi {' '.join(arguments)} ended with {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout.replace(f"{ROOT}/", "")


# --- The keys of a config -------------------------------------------------------------------------------------------


def keys_of(config: str) -> Iterator[tuple[str, str, str]]:
    """Of a config that `gmmvi defaults` has printed: path, value and comment of every key, of sections, too."""
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in config.splitlines():
        text = line.strip()
        if not text:
            comment = []
        elif text.startswith("#"):
            comment.append(text[1:].strip())
        else:
            indent = len(line) - len(line.lstrip())
            key, _, value = text.partition(":")
            path = [(depth, name) for depth, name in path if depth < indent] + [(indent, key.strip('"'))]
            yield ".".join(name for _, name in path), value.strip(), " ".join(comment)
            comment = []


def sentence(text: str) -> str:
    """With a capital, but not of β."""
    return (text[:1].upper() + text[1:] if text[:1].isascii() else text) + "."


def entry(path: str, value: str, comment: str, label: str, index: bool = True) -> str:
    """A key as a definition. What a comment has in brackets at its end is what is allowed."""
    meaning, allowed = comment, ""
    if comment.endswith(")"):
        depth = 0
        for place in range(len(comment) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(comment[place], 0)
            if depth == 0:
                meaning, allowed = comment[:place].strip(), comment[place + 1 : -1]
                break
    lines = [f"```{{confval}} {path}"]
    if not index:
        lines.append(":no-index:")
    if allowed:
        lines.append(f":type: {allowed}")
    if label == "default":
        lines.append(f":default: `{value}`")
    lines += ["", sentence(meaning)]
    if label != "default" and program() not in value and "build/release" not in value:
        lines[-1] += f" {label}: `{value}`."
    return "\n".join([*lines, "```", ""])


def written(text: str) -> str:
    return text.replace("apps/", f"{ROOT}/apps/") % {"program": program()} + "\n"


def target_configs(folder: pathlib.Path) -> dict[str, str]:
    """For every type of target the experiment, or the file, that `gmmvi defaults` is given."""
    listed = says("defaults")
    found = re.search(r"# one of ([a-z_, \n#]+?)\n\s*type:", listed)
    if not found:
        raise RuntimeError("gmmvi defaults no longer lists the types of targets")
    types = [name.strip() for name in found[1].replace("#", " ").split(",")]
    configs = {}
    for name, text in OUTSIDE.items():
        path = folder / f"{name}.yml"
        path.write_text(written(text) if name == "bridgestan" else f"{PARAMETERS}\n{written(text)}")
        configs[name] = str(path)
    for path in sorted((ROOT / "configs" / "experiments").glob("*.yml")):
        text = path.read_text()
        for name in types:
            if re.search(rf"(^target:.*\n(?:\s*#.*\n)*\s+|\{{)type: {name}\b", text, re.MULTILINE):
                configs.setdefault(name, path.stem)
    means = "weights: [1], means: [[0, 0]]"
    given = {
        "gaussian_mixture": f"{means}, covariances: [[[1, 0], [0, 1]]]",
        "neural_network": f"data: {ROOT}/configs/data/breast_cancer.csv",
        "student_t_mixture": f"{means}, scales: [[[1, 0], [0, 1]]], degrees_of_freedom: 2",
    }
    for name in types:
        if name not in configs:
            path = folder / f"{name}.yml"
            path.write_text(f"target: {{type: {name}, {given.get(name, '')}}}\n")
            configs[name] = str(path)
    return {name: configs[name] for name in types}


def config_reference() -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        plain = folder / "plain.yml"
        plain.write_text(f"{PARAMETERS}\n{written(OUTSIDE['python'])}")
        by_codename = [says("defaults", "--codename", letters, "--experiment", str(plain)) for letters in CODENAMES]
        targets = {
            kind: says("defaults", "--codename", "ZAMTRON", "--experiment", config)
            for kind, config in target_configs(folder).items()
        }
    out: list[str] = []
    seen: dict[str, str] = {}
    families: dict[str, list[tuple[str, str, list[tuple[str, str, str]]]]] = {}
    headings: dict[str, str] = {}
    for number, config in enumerate(by_codename):
        option = ""
        for path, value, comment in keys_of(config):
            top = path.partition(".")[0]
            if top in ("target", "parameters", "likelihood"):
                continue
            family = re.sub(r"_(type|config)$", "", top)
            if path.endswith("_type") and "." not in path:
                option = value
                known = families.setdefault(family, [])
                if value not in [name for name, _, _ in known]:
                    known.append((value, comment, []))
                continue
            if top.endswith("_config") and family in families:
                if "." in path:
                    keys = next(keys for name, _, keys in families[family] if name == option)
                    if path not in [key for key, _, _ in keys]:
                        keys.append((path, value, comment))
                continue
            if number == 0:
                if "." not in path and value == "":
                    headings[path] = comment
                else:
                    seen[path] = entry(path, value, comment, "default")
    out.append("## At the top\n")
    out += [text for path, text in seen.items() if "." not in path]
    for section, comment in headings.items():
        out.append(f"## `{section}`\n\n{comment}.\n")
        out += [text for path, text in seen.items() if path.startswith(f"{section}.")]
    out.append("## The seven families\n")
    for family, options in families.items():
        out.append(f"### `{family}`\n")
        first = True
        for name, comment, keys in options:
            # The comment begins with the family and its options, which `info` has, too.
            text = re.sub(r"^.*?\([A-Z]\)(?:, [\w-]+ \([A-Z]\))* ", "", comment)
            out.append(f"**`{family}_type: {name}`**: {text}.\n")
            if not keys:
                out.append("It has no keys.\n")
            out += [entry(path, value, said, "default", index=first) for path, value, said in keys]
            first = False
    out.append("## `target`\n\nThe keys of each type.\n")
    for kind, config in targets.items():
        out.append(f"### `type: {kind}`\n")
        keys = [found for found in keys_of(config) if found[0].startswith("target.") and found[0] != "target.type"]
        keys = [found for found in keys if found[1] != ""]
        out += [entry(path, value, comment, "For instance", index=False) for path, value, comment in keys]
        if not keys:
            out.append("It has no keys.\n")
    return "\n".join(out)


# --- The commands ---------------------------------------------------------------------------------------------------


def definitions(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Of a part of a help text: what is explained, and how. The explanations begin at column 30."""
    name, text = "", []
    for line in lines:
        head, rest = line[:30].strip(), line[30:].strip()
        if line.startswith("  ") and not line.startswith("   "):
            if name:
                yield name, " ".join(text)
            name, text = (line.strip(), []) if len(line) < 30 or line[29:30].strip() else (head, [rest])
        elif line.strip():
            text.append(line.strip())
    if name:
        yield name, " ".join(text)


def parts_of(help_text: str) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {"": []}
    part = ""
    for line in help_text.splitlines():
        if re.fullmatch(r"[A-Z][a-z]+:", line):
            part = line[:-1]
            parts[part] = []
        elif not line.startswith(" ") and part and line.strip():
            part = ""
            parts[part].append(line)
        else:
            parts[part].append(line)
    return parts


def plain(text: str) -> str:
    """For Markdown: angle brackets and stars are what they are, and options are code."""
    text = text.replace("<", "\\<").replace("*", "\\*")
    return re.sub(r"(?<![\w`-])--[a-z][a-z-]*(?![^`]*`[^`]*$)", r"`\g<0>`", text)


def command_reference() -> str:
    out = []
    overview = parts_of(says("--help"))
    common = ["-h,--help", "--single"]
    for command, _ in definitions(overview["Subcommands"]):
        parts = parts_of(says(command, "--help"))
        intro = [line for line in parts[""] if line.strip()]
        usage = next(line for line in intro if line.startswith("Usage:")).removeprefix("Usage: ")
        out.append(f"## `{command}`\n\n{plain(intro[0])}.\n\n```text\n{usage}\n```\n")
        out += [
            plain(line) + "\n" for line in intro[1:] if not line.startswith(("Usage:", "On four ranks", "Exit codes"))
        ]
        for name, text in [*definitions(parts.get("Positionals", [])), *definitions(parts.get("Options", []))]:
            if not any(name.startswith(word) for word in common):
                name, condition, other = re.sub(" REQUIRED$", "", name).partition(" Excludes: ")
                name, needs, needed = name.partition(" Needs: ")
                text += f". Not together with {other}" if condition else f". Only with {needed}" if needs else ""
                out.append(f"`{name}`\n: {plain(text)}.\n")
        examples = "\n".join(line.strip() for line in parts.get("Examples", []) if line.strip())
        if examples:
            out.append(f"```text\n{examples}\n```\n")
    return "\n".join(out)


def families() -> str:
    """The options by letter, as `gmmvi info` has them."""
    lines = says("info").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("Options by letter"))
    out: list[str] = []
    for line in lines[start + 1 :]:
        if not line.startswith(" "):
            out.append(f"\n*{line.strip().capitalize()}*\n")
        elif line.strip():
            letter, option, text = line.split(maxsplit=2)
            out.append(f"- **{letter}** `{option}`: {text}")
    return "\n".join(out)


WRITERS = {"config": config_reference, "commands": command_reference, "families": families}


def fill_in(app, docname: str, source: list[str]) -> None:
    source[0] = re.sub(r"<!-- from the program: (\w+) -->", lambda found: WRITERS[found[1]](), source[0])


def setup(app):
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True}
