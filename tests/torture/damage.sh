#!/usr/bin/env bash
# Stops runs in their middle, cuts the last record of a rank's journal at every byte, damages the newest checkpoint in
# several ways, and goes on from a copy of the folder each time: the mixture has to be that of an undisturbed run, bit
# for bit, and just the evaluations that are in no journal are made again.
#
#   damage.sh GMMVI MPIRUN [STEP]
#
# GMMVI: the program. MPIRUN: mpirun with its options, without -n. STEP: cuts at every so many bytes and at the bounds of
# the record's parts; 1, which is the default, at every byte.
set -euo pipefail

gmmvi=$1
read -ra mpirun <<<"$2"
step=${3:-1}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
launches=$work/launches # a line for every evaluation that began

# No evaluation is made twice but those that are lost, so that launches can be counted.
cat >"$work/simulator.yml" <<END
codename: SAMTRON
target:
  type: sleeping
  around: {type: random_gaussian_mixture, num_dimensions: 2}
  seconds: 0.004
  failures: {not_a_number: 0.1}
  log: $launches
model_initialization: {num_initial_components: 2, prior_scale: 30.0}
sample_selector_config: {desired_samples_per_component: 8, ratio_reused_samples_to_desired: 2}
num_component_adapter_config: {add_iters: 2, num_prior_samples: 5}
run: {iterations: 6, metrics_samples: 0}
output: {checkpoint_iterations: 1}
evaluation: {max_retries: 0}
END

fail() {
  echo "damage: $*" >&2
  [[ ! -e $work/out.txt ]] || sed 's/^/  /' "$work/out.txt" >&2
  exit 1
}

# starts RANKS ARGUMENTS: the program, on one rank without mpirun.
starts() {
  local command=("$gmmvi" run)
  if (($1 > 1)); then command=("${mpirun[@]}" -n "$1" "${command[@]}"); fi
  : >"$launches"
  "${command[@]}" "${@:2}" --progress none >"$work/out.txt" 2>&1
}

hash_of() { sed -n 's/.*"model_hash": "\(.*\)".*/\1/p' "$1/status.json"; }

# number FILE BYTE: the 8 bytes from there on.
number() { od -An -t u8 -j "$2" -N 8 "$1" | tr -d ' '; }

# Of the journal FILE (its format is in src/evaluation/journal.hpp): $records that are whole, where the last of them
# begins ($last), and where it ends ($end).
reads_journal() {
  local size length
  size=$(stat -c %s "$1")
  end=$((40 + $(number "$1" 24)))
  records=0 last=$end
  while ((end + 16 <= size)); do
    length=$(number "$1" "$end")
    ((end + 16 + length <= size)) || break
    last=$end end=$((end + 16 + length)) records=$((records + 1))
  done
}

# All journals of FOLDER: $records in all of them.
counts_records() {
  local sum=0 journal
  for journal in "$1"/journal/*.journal; do
    reads_journal "$journal"
    sum=$((sum + records))
  done
  records=$sum
}

# goes_on FOLDER RANKS RECORDS WHAT: as an undisturbed run would, of whose evaluations RECORDS are known.
goes_on() {
  local made
  starts "$2" --resume "$1" --iterations 6 || fail "$4: the run could not go on"
  [[ $(hash_of "$1") == "$expected" ]] || fail "$4: model $(hash_of "$1") instead of $expected"
  made=$(wc -l <"$launches")
  ((made == evaluations - $3)) || fail "$4: $made evaluations instead of $((evaluations - $3))"
  resumes=$((resumes + 1))
}

# One in eight goes on on several ranks, which take longer to start.
ranks_for() { if (($1 % 8 == 0)); then echo 3; else echo 1; fi; }

copies() { # FOLDER: to $copy
  copy=$work/copy
  rm -rf "$copy"
  cp -r "$1" "$copy"
}

# Where to cut a record of so many bytes, of which the first 16 are its head: 0 loses it as a whole, all leave it.
cuts_of() {
  { seq 0 "$step" "$1" && printf '%s\n' 1 8 12 15 16 17 64 $(($1 - 1)) "$1"; } | sort -nu
}

# every_cut FOLDER: of the last record of its second rank's journal.
every_cut() {
  local journal=journal/0001-00001.journal all bytes cut lost
  counts_records "$1"
  all=$records
  reads_journal "$1/$journal"
  bytes=$((end - last))
  for cut in $(cuts_of "$bytes"); do
    copies "$1"
    truncate -s $((last + cut)) "$copy/$journal"
    lost=$((cut < bytes ? 1 : 0))
    goes_on "$copy" "$(ranks_for "$cut")" $((all - lost)) "$(basename "$1"), cut at byte $cut of $bytes"
  done
  echo "$(basename "$1"): $all of $evaluations evaluations known; the last record, of $bytes bytes, cut at" \
    "$(cuts_of "$bytes" | wc -l) places"
}

# damages FOLDER HOW FILE: damages FILE of a copy by the command HOW, which must not cost an evaluation.
damages() {
  counts_records "$1"
  copies "$1"
  "$2" "$copy/$3"
  goes_on "$copy" "$(ranks_for $((resumes + 1)))" "$records" "$(basename "$1"), $3 $2"
  grep -q "warning: .*$3 cannot be used" "$work/out.txt" || fail "$2: nothing was said of $3"
}
emptied() { : >"$1"; }
cut_in_the_middle() { truncate -s $(($(stat -c %s "$1") / 2)) "$1"; }
cut_by_a_byte() { truncate -s -1 "$1"; }
overwritten() { printf 'damage' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc status=none; }
with_a_bit_flipped() { # the last one
  local at=$(($(stat -c %s "$1") - 1)) byte
  byte=$(od -An -t u1 -j "$at" -N 1 "$1" | tr -d ' ')
  printf '%b' "$(printf '\\x%02x' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}
of_zeros() {
  local size
  size=$(stat -c %s "$1")
  truncate -s 0 "$1"
  truncate -s "$size" "$1"
}

every_damage() { # FOLDER
  local newest how before=$resumes
  newest=checkpoints/$(find "$1/checkpoints" -name '*.checkpoint' -printf '%f\n' | sort | tail -n 1)
  for how in emptied cut_in_the_middle cut_by_a_byte overwritten with_a_bit_flipped of_zeros; do
    damages "$1" "$how" "$newest"
  done
  echo "$(basename "$1"): $newest damaged in $((resumes - before)) ways"
}

# The processes that work in FOLDER, mpirun among them; none is fine.
processes_of() { pgrep -f "${gmmvi##*/} run .*$1" || true; }

# killed_halfway FOLDER: a run of which half of the evaluations have begun; whether it was killed before its end.
killed_halfway() {
  local launcher
  : >"$launches"
  starts 2 "$work/simulator.yml" --out "$1" 2>/dev/null &
  launcher=$!
  while kill -0 "$launcher" 2>/dev/null && (($(wc -l <"$launches") <= evaluations / 2)); do sleep 0.005; done
  processes_of "$1" | xargs -r kill -9 || true # some may have gone between
  wait "$launcher" 2>/dev/null || true         # killed: its code says so
  while [[ -n $(processes_of "$1") ]]; do sleep 0.05; done
  counts_records "$1"
  ((records < evaluations))
}

resumes=0
starts 2 "$work/simulator.yml" --out "$work/undisturbed" || fail "the undisturbed run failed"
expected=$(hash_of "$work/undisturbed")
evaluations=$(wc -l <"$launches")
echo "undisturbed: model $expected, $evaluations evaluations"

# The last record is one of samples that the newest checkpoint has.
starts 2 "$work/simulator.yml" --out "$work/ended" --iterations 3 || fail "the run that ends early failed"
every_cut "$work/ended"
every_damage "$work/ended"

# The last record is one of a batch that was not complete.
for _ in 1 2 3; do
  if killed_halfway "$work/killed"; then break; fi
  rm -rf "$work/killed"
done
[[ -d $work/killed ]] || fail "three times the run was over before it was killed"
every_cut "$work/killed"
every_damage "$work/killed"
echo "damage: $resumes resumes"
