#!/usr/bin/env bash
# The wheel builds, is pure Python, what is in it is enough for a fit, and it requires all packages that a fit uses:
# wheel_test.sh ENVIRONMENT PACKAGE
set -euo pipefail

environment=$1
package=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$package" "$folder/source" # which a build leaves files in
"$environment/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$folder" "$folder/source"
wheel=$(echo "$folder"/gmmvi-*-py3-none-any.whl)
[[ -f $wheel ]] || {
  ls "$folder" >&2
  exit 1
}
"$environment/bin/python" - "$wheel" <<'END'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
assert "gmmvi/worker.py" in names and "gmmvi/py.typed" in names, names
odd = [name for name in names if not name.endswith((".py", "py.typed")) and ".dist-info/" not in name]
assert not odd, odd
END
cd "$folder"
PYTHONPATH=$wheel "$environment/bin/python" - <<'END'
import re, sys
from importlib import metadata
import gmmvi
assert ".whl" in gmmvi.__file__, gmmvi.__file__
result = gmmvi.fit(lambda a: -a * a, {"a": "normal(0, 1)"}, iterations=3, out="run", progress=False)
assert result.finished and result.posterior.a.size == 4000
result.mixture, result.history()

def names(requirements):
    return {re.match(r"[\w.-]+", text)[0].lower() for text in requirements or [] if "extra ==" not in text}

required, left = {"setuptools"}, {"gmmvi"}  # the environment itself loads setuptools
while left:
    name = left.pop()
    required.add(name)
    try:
        left |= names(metadata.requires(name)) - required
    except metadata.PackageNotFoundError:
        pass  # of another system
packages = metadata.packages_distributions()
loaded = {package.lower() for module in list(sys.modules) for package in packages.get(module, [])}
assert loaded <= required, f"pyproject.toml does not say that a fit uses {loaded - required}"
END
