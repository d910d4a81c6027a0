#!/usr/bin/env bash
# Makes a Python environment with what the tests of the Python package need, once: venv.sh FOLDER PACKAGE
set -euo pipefail

folder=$1
package=$2
made_of=$(cat "$package/pyproject.toml" <(python3 --version) | cksum)
if [[ -f $folder/made_of && $(<"$folder/made_of") == "$made_of" ]]; then
  exit 0
fi
rm -rf "$folder"
python3 -m venv "$folder" || {
  echo "Python cannot make environments here: cluster/local.sh deps installs what is missing (python3-venv)." >&2
  exit 1
}
"$folder/bin/pip" install --quiet --disable-pip-version-check --editable "${package}[test]"
printf '%s\n' "$made_of" >"$folder/made_of"
