#!/usr/bin/env bash
# Runs the published experiments, and writes docs/results.md from what they leave. `cluster/local.sh results` builds the
# program, says in GMMVI where it is, and calls this.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
gmmvi=${GMMVI:?call this as: cluster/local.sh results}
folder=$root/results
page=$root/docs/results.md
seeds=(0 1 2)
many_seeds=(0 1 2 3 4) # of tables with medians that are compared
jobs=$(nproc)
only=.
write_only=
known_seeds=(0 1 2 3 4 5 6 7 8 9) # whose runs the page reports, where there are any

say() { printf '%s\n' "results: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

usage() {
  cat <<'END'
usage: cluster/local.sh results [OPTIONS]

Makes the published experiments' fits that are not in results/ yet, which takes up to three hours on two cores, and then
rewrites the tables of docs/results.md; the sentences there stay. The tables, and what their fits are called:

END
  tables
  cat <<'END'

  --only REGEX     only fits whose table/row/config matches; like expensive/ or gmm20_samtron
  --seeds "0 1 2"  the seeds of every fit (default: these, and 3 and 4 for wide, outputs and moments)
  --jobs N         fits at once, each on one rank (default: the cores)
  --write          write the page from the runs there are, run nothing

A fit that is there and finished is not made again: delete its folder in results/ after a change. A table is written
when every fit of it is there, and stays as it was otherwise.
END
}

# The tables of the plan, and the rows of each in a line.
tables() {
  plan | awk '
    !($1 in rows) { order[++n] = $1 }
    !seen[$1, $2]++ { rows[$1] = rows[$1] " " $2 }
    END { for (i = 1; i <= n; i++) printf "  %-10s%s\n", order[i], rows[order[i]] }'
}

# --- What is run ----------------------------------------------------------------------------------------------------

# A fit a line: table, row, config, seconds, −ELBO wanted, −ELBO published, further options. Where the options set no
# limit of evaluations, that of the config is lifted. `0.15sd` wants moments that are off by at most 0.15 standard
# deviations instead.
plan() {
  local unlimited='--set run.metrics_samples=100000 --set run.max_evaluations=null'
  local expensive='--preset expensive --set run.metrics_samples=100000 --set gmmvi_runner_config.log_metrics_interval=20'
  while read -r table config rest; do
    case $table in
      '') ;;
      expensive) echo "$table $config published/$config $rest $expensive" ;;
      *) echo "$table $config published/$config $rest $unlimited" ;;
    esac
  done <<'END'
hour      stm300_samtron           3600 -     14.96
samtron   planar_robot_4_samtron    480 12.0  11.47
samtron   breast_cancer_samtron     180 78.15 78.00
samtron   stm20_samtron             150 0.05  0.00
samtron   gmm100_samtron            120 0.05  0.01
samtron   breast_cancer_mb_samtron  120 -     78.4…79.7
samtron   gmm20_samtron              60 0.01  0.00
zamtrux   gmm100_zamtrux             25 -     -
zamtrux   breast_cancer_zamtrux      25 -     -
zamtrux   breast_cancer_mb_zamtrux   25 -     -
zamtrux   planar_robot_4_zamtrux     25 -     -
zamtrux   gmm20_zamtrux              25 -     -
zamtrux   stm20_zamtrux              25 -     -
sepyfux   stm300_sepyfux             25 -     -
sepyfux   breast_cancer_sepyfux      25 -     -
sepyfux   breast_cancer_mb_sepyfux   25 -     -
sepyfux   gmm20_sepyfux              25 -     -
sepyfux   gmm100_sepyfux             25 -     -
sepyfux   stm20_sepyfux              25 -     -
sepyfux   planar_robot_4_sepyfux     25 -     -
expensive planar_robot_4_samtron    600 13.0  -  --max-evaluations 60000
expensive gmm20_samtron             600 0.05  -  --max-evaluations 20000
expensive breast_cancer_samtron     600 78.8  -  --max-evaluations 8000
END
  front stein SAMTRON expensive
  front more ZAMTRON expensive_without_gradients
  wide
  outputs
  moments
}

# The presets for targets with gradients, a row each: by as many evaluations at a time as they ask for, and by wide
# batches, which have twice as many evaluations where 256 are made at a time.
wide() {
  local set='--set gmmvi_runner_config.log_metrics_interval=2 --set run.metrics_samples=5000 --set run.iterations=100000'
  local row preset parallel config seconds wanted limit
  for row in expensive_with_gradients expensive_wide,P={16,64,256}; do
    preset=${row%,*} parallel=${row#*P=}
    [[ $row == *P=* ]] || parallel=null
    while read -r config seconds wanted limit; do
      [[ $parallel != 256 ]] || limit="--max-evaluations $((2 * ${limit##* }))"
      echo "wide $row $config $seconds $wanted - $set $limit --preset $preset --set evaluation.parallel=$parallel"
    done < <(wide_targets)
  done
}

# Config, seconds, −ELBO wanted, options.
wide_targets() {
  cat <<'END'
published/breast_cancer_samtron 600 78.8 --max-evaluations 10000
published/gmm20_samtron         600 0.01 --max-evaluations 14000
END
}

# Simulators with outputs, without gradients: row, config, −ELBO or moments wanted, options.
outputs() {
  local lamtron='--codename LAMTRON --preset expensive_with_outputs' row config wanted options
  local elliptic="$lamtron --set target.gradients=false"
  while read -r row config wanted options; do
    echo "outputs $row $config 300 $wanted - --set gmmvi_runner_config.log_metrics_interval=1 --set run.iterations=100000 $options"
  done <<END
elliptic,D=10 experiments/elliptic 0.15sd $elliptic --set evaluation.parallel=5 --max-evaluations 250
elliptic,D=30 experiments/elliptic 0.15sd $elliptic --set target.num_dimensions=30 --set evaluation.parallel=15 --max-evaluations 750
elliptic,D=100 experiments/elliptic 0.15sd $elliptic --set target.num_dimensions=100 --set evaluation.parallel=50 --max-evaluations 2100
sir_epidemic,LAMTRON experiments/sir_epidemic 68.37 $lamtron --set evaluation.parallel=2 --max-evaluations 400
sir_epidemic,ZAMTRON experiments/sir_epidemic 68.37 --codename ZAMTRON --preset expensive_without_gradients --max-evaluations 400
END
}

# Targets whose moments are known, with gradients; a column for each preset.
moments() {
  local row config limit options preset
  local set='--set gmmvi_runner_config.log_metrics_interval=100 --set run.iterations=100000'
  while read -r row config limit options; do
    for preset in expensive_with_gradients expensive_sequential; do
      echo "moments $row,$preset $config 300 0.15sd - $set --preset $preset --max-evaluations $limit $options"
    done
  done <<'END'
linear_regression,2000 experiments/linear_regression 2000
linear_regression,8000 experiments/linear_regression 8000
eight_schools,2000 experiments/eight_schools 2000
eight_schools_noncentred,2000 experiments/eight_schools_noncentred 2000
elliptic-30,2000 experiments/elliptic 2000 --set target.num_dimensions=30
elliptic-100,2500 experiments/elliptic 2500 --set target.num_dimensions=100
END
}

# The front of the preset $3 and the codename $2: settings beside it, each on every target.
front() {
  local set='--set gmmvi_runner_config.log_metrics_interval=10 --set run.metrics_samples=5000 --set run.iterations=100000'
  local selector=--set\ sample_selector_config adapter=--set\ num_component_adapter_config
  local stepsize=--set\ component_stepsize_adapter_config ridge=--set\ ng_estimator_config.initial_l2_regularizer
  local linear=--set\ ng_estimator_config.linear_l2_regularizer
  local row options config seconds wanted limit
  while read -r row options; do
    [[ -n $row ]] || continue
    while read -r config seconds wanted limit; do
      echo "$1 $row $config $seconds $wanted - $set $limit $options"
    done < <(front_targets "$2")
  done < <(
    if [[ $1 == stein ]]; then
      cat <<END
no-preset
preset --preset $3
n=2D --preset $3 $selector.desired_samples_per_component=2D
n=40 --preset $3 $selector.desired_samples_per_component=40
r=10 --preset $3 $selector.ratio_reused_samples_to_desired=10
a=10 --preset $3 $adapter.add_iters=10
s=0.5 --preset $3 $stepsize.initial_stepsize=0.5 $stepsize.max_stepsize=0.5
END
    else
      cat <<END
preset --preset $3
n=4D --preset $3 $selector.desired_samples_per_component=4D
ridge=1e-12 --preset $3 $ridge=1e-12 $linear=null
END
    fi
  )
}

# Config, seconds, −ELBO wanted, options.
front_targets() {
  cat <<END
published/breast_cancer_samtron  60 78.8  --max-evaluations 8000
published/gmm20_samtron          60 0.05  --max-evaluations 20000
published/planar_robot_4_samtron 60 15.0  --max-evaluations 25000
experiments/sir_epidemic         60 68.37 --max-evaluations 1000 --codename $1
experiments/banana               60 0.4   --max-evaluations 2000 --codename $1
experiments/funnel               60 1.0   --max-evaluations 6000 --codename $1
END
}

run_folder() { echo "$folder/$1/$2/$(basename "$3")-seed$4"; }

# A fit that was cut off is made again.
is_finished() { [[ $(jq -r .state "$1/status.json" 2>/dev/null) == finished ]]; }

run_one() {
  local table=$1 row=$2 config=$3 seconds=$4 seed=$5 to
  shift 5
  to=$(run_folder "$table" "$row" "$config" "$seed")
  is_finished "$to" && return
  rm -rf -- "$to"
  say "$table/$row, $config, seed $seed"
  "$gmmvi" run "$root/configs/$config.yml" --seed "$seed" --max-seconds "$seconds" --out "$to" --progress none "$@" \
    </dev/null >/dev/null || say "$table/$row, $config, seed $seed did not finish: $to/log.txt says why"
}

# Two at once would delete each other's folders.
lock() {
  exec 9>"$folder/.lock"
  flock -n 9 || fail "another one is running fits in $folder"
}

run_all() {
  local table row config seconds wanted published options seed matched=''
  lock
  trap 'trap - TERM; kill 0' INT TERM # the fits, too
  # shellcheck disable=SC2034  # some are read only to get at the others
  while read -r table row config seconds wanted published options; do
    [[ $table/$row/$config =~ $only ]] || continue
    matched=1
    for seed in $(seeds_of "$table"); do
      # A fit that failed has said so, and its table is then not written: the others go on.
      while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
      # shellcheck disable=SC2086  # several options
      run_one "$table" "$row" "$config" "$seconds" "$seed" $options &
    done
  done < <(plan)
  wait
  [[ -n $matched ]] || fail "--only $only matches no fit; a fit is called like expensive/gmm20_samtron/published/gmm20_samtron"
}

# --- The page -------------------------------------------------------------------------------------------------------

# What a run's files say, a number a column: −ELBO, its standard error, modes found, modes, components, evaluations,
# iterations, seconds, ranks, after how many evaluations and seconds −ELBO or the moments were first as wanted, the worst
# error of a mean and of the logarithm of a standard deviation, and after how many iterations.
facts() {
  jq -n -r --slurpfile status "$1/status.json" --arg wanted "$2" '
    [inputs | select(.elbo != null)
      | {evaluations, iteration, wall_seconds, elbo, target_metrics, mean: .worst_mean_error, sd: .worst_log_sd_error}] as $measured
    | $status[0] as $s
    | ($measured[-1].target_metrics // {}) as $own
    | def is_there:
        if $wanted == "-" then false
        elif $wanted | endswith("sd") then .mean != null and ([.mean, .sd] | max) <= ($wanted | rtrimstr("sd") | tonumber)
        else -.elbo <= ($wanted | tonumber) end;
      (first($measured[] | select(is_there)) // {}) as $reached
    | def negated: if . == null then "-" else -. end;
      [($s.elbo | negated), $s.elbo_standard_error // 0, $own.modes_found // "-", $own.modes // "-", $s.components, $s.evaluations,
       $s.iteration, $s.wall_seconds, $s.ranks, $reached.evaluations // "-", $reached.wall_seconds // "-",
       $measured[-1].mean // "-", $measured[-1].sd // "-", $reached.iteration // "-"]
    | @tsv' "$1/metrics.jsonl"
}

# The facts of all seeds that there are, a line each.
facts_of_seeds() {
  local seed from
  for seed in "${known_seeds[@]}"; do
    from=$(run_folder "$1" "$2" "$3" "$seed")
    if is_finished "$from"; then facts "$from" "$4"; fi
  done
}

# The seeds that a table is made with.
seeds_of() {
  case $1 in
    hour) echo "${seeds[0]}" ;;
    wide | outputs | moments) echo "${many_seeds[@]}" ;;
    *) echo "${seeds[@]}" ;;
  esac
}

# Whether every fit of a table is there with every seed that is asked for.
is_complete() {
  local table row config rest seed missing=()
  # shellcheck disable=SC2034  # read only to get at the others
  while read -r table row config rest; do
    [[ $table == "$1" ]] || continue
    for seed in $(seeds_of "$table"); do
      is_finished "$(run_folder "$table" "$row" "$config" "$seed")" || missing+=("$row/$config-$seed")
    done
  done < <(plan)
  ((${#missing[@]} == 0)) || say "the table '$1' lacks ${#missing[@]} fits: ${missing[*]:0:3} …"
  ((${#missing[@]} == 0))
}

awk_functions='
    function sort(values, n,   i, j, held) {
      for (i = 2; i <= n; i++)
        for (j = i; j > 1 && values[j - 1] > values[j]; j--) {
          held = values[j]; values[j] = values[j - 1]; values[j - 1] = held
        }
    }
    function median(values, n) { sort(values, n); return values[int((n + 1) / 2)] }
    function grouped(number,   text, out) {
      text = sprintf("%d", number)
      for (out = ""; length(text) > 3; text = substr(text, 1, length(text) - 3)) out = "," substr(text, length(text) - 2) out
      return text out
    }
    function or_none(value) { return value == "-" || value == "" ? "–" : value }
    function elbo_text(value,   text) {
      if (value == "-") return "–"
      text = sprintf(value < 10 && value > -10 ? "%.4f" : "%.3f", value)
      return text == "-0.0000" ? "0.0000" : text
    }
'

# A row of a table: −ELBO of every seed; of the other numbers the median.
row() {
  awk -F '\t' -v name="$1" -v wanted="$2" -v published="$3" "$awk_functions"'
    {
      elbo[NR] = elbo_text($1)
      if ($2 > error) error = $2
      if ($3 != "-") { found = found (found == "" ? "" : ", ") $3; modes = $4 }
      components[NR] = $5; evaluations[NR] = $6; iterations[NR] = $7; seconds[NR] = $8; ranks = $9
      if ($10 != "-") { reached++; first_evaluations[reached] = $10; first_seconds[reached] = $11 }
    }
    END {
      if (NR == 0) exit
      list = elbo[1]
      for (i = 2; i <= NR; i++) list = list ", " elbo[i]
      first = wanted == "-" ? "–" : "not reached"
      if (reached)
        first = sprintf("%s evaluations, %.0f s (%d of %d)", grouped(median(first_evaluations, reached)),
                        median(first_seconds, reached), reached, NR)
      printf "| %s | %s | %.1g | %s | %s | %s | %s | %d | %s | %s | %.0f | %d |\n", name, list, error, or_none(wanted), first,
        or_none(published), found == "" ? "–" : found (modes == "-" ? "" : " of " modes), median(components, NR),
        grouped(median(evaluations, NR)), grouped(median(iterations, NR)), median(seconds, NR), ranks
    }'
}

table() {
  local table row config seconds wanted published options
  cat <<'END'
| config | −ELBO, a seed each | standard error | wanted | first there after | published | modes | components | evaluations | iterations | seconds | ranks |
|---|---|---|---|---|---|---|---|---|---|---|---|
END
  # shellcheck disable=SC2034  # some are read only to get at the others
  while read -r table row config seconds wanted published options; do
    [[ $table == "$1" ]] || continue
    facts_of_seeds "$table" "$row" "$config" "$wanted" | row "$row" "$wanted" "$published"
  done < <(plan)
}

# Evaluations to the −ELBO wanted (median, and smallest to largest), and −ELBO at the end (median).
cell() {
  awk -F '\t' "$awk_functions"'
    {
      if ($1 != "-") elbo[++measured] = $1
      if ($10 != "-") first[++reached] = $10
    }
    END {
      if (NR == 0) { printf " – |"; exit }
      text = "never"
      if (reached) text = grouped(median(first, reached))
      if (reached > 1) text = text sprintf(" (%s–%s)", grouped(first[1]), grouped(first[reached]))
      if (reached && reached != NR) text = text sprintf(", %d of %d", reached, NR)
      printf " %s; %s |", text, (measured ? elbo_text(median(elbo, measured)) : "–")
    }'
}

front_table() {
  local config seconds wanted limit
  printf '| setting |'
  while read -r config seconds wanted _ limit _; do
    printf ' %s ≤ %s, %s evaluations |' "$(basename "$config")" "$wanted" "${limit%???},${limit: -3}"
  done < <(front_targets '')
  printf '\n|---|'
  while read -r _; do printf -- '---|'; done < <(front_targets '')
  settings_rows "$1" cell
}

# A row for each setting of the table $1, a cell for each target, which $2 makes of the facts of its seeds.
settings_rows() {
  local table row config seconds wanted published options last=''
  # shellcheck disable=SC2034  # some are read only to get at the others
  while read -r table row config seconds wanted published options; do
    [[ $table == "$1" ]] || continue
    [[ $row == "$last" ]] || printf '\n| %s |' "${row//,P=/, }"
    last=$row
    facts_of_seeds "$table" "$row" "$config" "$wanted" | "$2"
  done < <(plan)
  printf '\n'
}

# Iterations and evaluations to the −ELBO wanted (medians, and smallest to largest), and −ELBO at the end (median).
wide_cell() {
  awk -F '\t' "$awk_functions"'
    {
      if ($1 != "-") elbo[++measured] = $1
      rounds[NR] = $14 == "-" ? 1e18 : $14
      evaluations[NR] = $10 == "-" ? 1e18 : $10
      if ($14 != "-") reached++
    }
    END {
      if (NR == 0) { printf " – |"; exit }
      middle = median(rounds, NR)
      text = "never"
      if (reached) text = (2 * reached > NR ? grouped(middle) : "–") \
                          sprintf(" (%s–%s)", grouped(rounds[1]), grouped(rounds[reached]))
      if (reached) text = text "; " (2 * reached > NR ? grouped(median(evaluations, NR)) : "–")
      if (reached && reached != NR) text = text sprintf(", %d of %d", reached, NR)
      printf " %s; %s |", text, (measured ? elbo_text(median(elbo, measured)) : "–")
    }'
}

wide_table() {
  local config seconds wanted
  printf '| %s |' "preset, \`parallel\`"
  while read -r config seconds wanted _; do printf ' %s ≤ %s |' "$(basename "$config")" "$wanted"; done < <(wide_targets)
  printf '\n|---|'
  while read -r _; do printf -- '---|'; done < <(wide_targets)
  settings_rows wide wide_cell
}

# Evaluations to what is wanted, and what there is at the end: of each the median and the worst.
outputs_cells() {
  awk -F '\t' -v wanted="$1" "$awk_functions"'
    function with_worst(values, n, format) {
      return sprintf(format, median(values, n)) " (" sprintf(format, values[n]) ")"
    }
    {
      if ($1 != "-") elbo[++measured] = $1
      first[NR] = $10 == "-" ? 1e18 : $10
      if ($10 != "-") reached++
      if ($12 != "-") { mean[++known] = $12; sd[known] = $13 }
      evaluations[NR] = $6
    }
    END {
      if (NR == 0) exit
      middle = median(first, NR)
      text = middle < 1e18 ? grouped(middle) : "never"
      text = text " (" (first[NR] < 1e18 ? grouped(first[NR]) : "never in " grouped(median(evaluations, NR))) ")"
      end = known ? with_worst(mean, known, "%.2f") " | " with_worst(sd, known, "%.2f") : with_worst(elbo, measured, "%.2f") " | –"
      sub(/sd$/, " sd", wanted)
      printf " %s | %s | %s | %s |\n", wanted, text, end, grouped(median(evaluations, NR))
    }'
}

outputs_table() {
  local table row config seconds wanted published options
  cat <<'END'
| target | wanted | evaluations to that | then off by, of a mean, or −ELBO | of a log sd | evaluations in all |
|---|---|---|---|---|---|
END
  # shellcheck disable=SC2034  # some are read only to get at the others
  while read -r table row config seconds wanted published options; do
    [[ $table == outputs ]] || continue
    printf '| %s |' "${row//,/, }"
    facts_of_seeds "$table" "$row" "$config" "$wanted" | outputs_cells "$wanted"
  done < <(plan)
}

# The worst error of a mean and of the logarithm of a standard deviation: median, and the worst of the seeds.
moments_cell() {
  awk -F '\t' "$awk_functions"'
    $12 != "-" { mean[++n] = $12; sd[n] = $13 }
    END {
      if (!n) { printf " – |"; exit }
      middle = sprintf("%.3f, %.3f", median(mean, n), median(sd, n))
      printf " %s (%.3f, %.3f) |", middle, mean[n], sd[n]
    }'
}

moments_table() {
  local table row config seconds wanted published options name limit preset
  cat <<'END'
| target | gradients | expensive_with_gradients | expensive_sequential |
|---|---|---|---|
END
  # shellcheck disable=SC2034  # some are read only to get at the others
  while read -r table row config seconds wanted published options; do
    [[ $table == moments ]] || continue
    IFS=, read -r name limit preset <<<"$row"
    [[ $preset == *_sequential ]] || printf '| %s | %s |' "$name" "${limit%???},${limit: -3}"
    facts_of_seeds "$table" "$row" "$config" "$wanted" | moments_cell
    [[ $preset != *_sequential ]] || printf '\n'
  done < <(plan)
}

# When the fits were made, with what.
origin() {
  find "$folder" -name status.json -exec jq -r '[.time[:10], "gmmvi " + .version] | @tsv' {} + | sort -u |
    awk -F '\t' -v cores="$(nproc)" -v cpu="$(lscpu | sed -n 's/^Model name: *//p' | sed -n 1p)" '
      NR == 1 { first = $1 }
      { last = $1; if (!($2 in seen)) { seen[$2] = 1; versions = versions (versions == "" ? "" : ", ") $2 } }
      END { if (NR) printf "Made with %s, %s, on %s cores of %s.\n", versions, first == last ? first : first " to " last, cores, cpu }'
}

# What stands between `<!-- NAME -->` and `<!-- end -->` is written anew if its fits are there; the rest of the page is
# written by hand.
write_page() {
  local line name='' kept='' lacking=''
  new=$(mktemp)
  trap 'rm -f -- "$new"' EXIT
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ -z $name ]]; then
      printf '%s\n' "$line"
      [[ $line == '<!-- '*' -->' && $line != '<!-- end -->' ]] && name=${line:5:-4}
    elif [[ $line != '<!-- end -->' ]]; then
      kept+=$line$'\n'
    else
      case $name in
        origin) origin | grep . || printf '%s' "$kept" ;;
        *)
          if ! is_complete "${name#front }"; then
            printf '%s' "$kept"
            lacking=1
          elif [[ $name == front\ * ]]; then
            front_table "${name#front }"
          elif [[ $name == wide || $name == outputs || $name == moments ]]; then
            "${name}_table"
          else
            table "$name"
          fi
          ;;
      esac
      printf '%s\n' "$line"
      name='' kept=''
    fi
  done <"$page" >"$new"
  [[ -z $name ]] || fail "$page: '<!-- $name -->' has no '<!-- end -->'"
  cat -- "$new" >"$page"
  say "wrote $page"
  [[ -z $lacking ]] || fail "tables with missing fits were left as they were"
}

# --------------------------------------------------------------------------------------------------------------------

while (($#)); do
  case $1 in
    --only) only=${2:?results: --only takes a regular expression} && shift ;;
    --seeds) read -ra seeds <<<"${2:?results: --seeds takes numbers}" && many_seeds=("${seeds[@]}") && shift ;;
    --jobs) jobs=${2:?results: --jobs takes a number} && shift ;;
    --write) write_only=1 ;;
    -h | --help) usage || true; exit ;; # nobody may read it to its end
    *)
      usage >&2
      fail "there is no option $1"
      ;;
  esac
  shift
done
grep -qE -- "$only" /dev/null 2>&1 || (($? == 1)) || fail "--only takes a regular expression, not '$only'"
[[ $jobs =~ ^[1-9][0-9]*$ ]] || fail "--jobs takes a whole number from 1 on, not '$jobs'"
mkdir -p "$folder"
[[ -n $write_only ]] || run_all
write_page
