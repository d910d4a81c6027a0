#!/usr/bin/env bash
# local_test.sh LOCAL_SH: what `cluster/local.sh build` prints of a build, by a cmake that only says what it would do, and
# what it says of a command that it does not know.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/cluster" "$folder/bin" "$folder/build/release"
cp "$1" "$folder/cluster/local.sh"
touch "$folder/build/release/build.ninja" # it is configured
cat >"$folder/bin/cmake" <<'END'
#!/usr/bin/env bash
# FILES: how many files it compiles; WRONG: the one with an error; SLEEPS: the file that gets the number of a compiler
# that never ends.
[[ $1 == --build ]] || exit 0
if [[ -n ${SLEEPS:-} && $* != *' -n' ]]; then
  sleep 60 &
  echo $! >"$SLEEPS"
  wait
fi
for ((i = 1; i <= FILES; ++i)); do
  echo "[$i/$FILES] Building CXX object src/math/file$i.cpp.o"
  [[ $* != *' -n' && $i == "${WRONG:-}" ]] && printf 'FAILED: file%s.cpp.o\nfile.cpp:3:1: error: this is wrong\n' "$i"
done
((FILES)) || echo 'ninja: no work to do.'
[[ -z ${WRONG:-} || $* == *' -n' ]]
END
chmod +x "$folder/bin/cmake"

code=0
said=''
build() {
  code=0
  said=$(env PATH="$folder/bin:$PATH" GMMVI_SKIP_DEPS=1 "$@" "$folder/cluster/local.sh" build 2>&1) || code=$?
}
expect() {
  [[ $said == *"$1"* ]] || { printf 'expected: %s\nsaid:\n%s\n' "$1" "$said"; exit 1; }
}
lines() { wc -l <<<"$said"; }

build FILES=200
[[ $code == 0 && $(lines) -le 12 ]] || { printf 'ended with %s after:\n%s\n' "$code" "$said"; exit 1; }
expect 'compiling 200 files'
expect ' minutes'
expect 'built 20 of 200'
expect 'built 200 of 200'

build FILES=200 WRONG=77
[[ $code == 1 ]] || { echo "a build that failed ended with $code"; exit 1; }
expect 'file.cpp:3:1: error: this is wrong'
expect "all that was printed in $folder/build/release/build.log"
[[ $(grep -c 'Building CXX' "$folder/build/release/build.log") == 200 ]] || { echo 'build.log is not complete'; exit 1; }

build FILES=0
[[ $code == 0 && -z $said ]] || { printf 'with nothing to build it said:\n%s\n' "$said"; exit 1; }

# What a signal ends, it ends with all that it started.
for signal in TERM INT HUP; do
  rm -f "$folder/compiler"
  # Job control, or it would ignore INT, as commands in the background do.
  set -m
  env PATH="$folder/bin:$PATH" GMMVI_SKIP_DEPS=1 FILES=1 SLEEPS="$folder/compiler" "$folder/cluster/local.sh" build \
    >"$folder/said" 2>&1 &
  set +m
  until [[ -s $folder/compiler ]]; do sleep 0.05; done
  kill -"$signal" $!
  code=0
  wait $! || code=$?
  [[ $code == $((128 + $(kill -l "$signal"))) ]] || { echo "a build that $signal ended ended with $code"; exit 1; }
  for ((i = 0; i < 100; ++i)); do
    state=$(ps -o stat= -p "$(<"$folder/compiler")") || continue 2
    [[ $state != Z* ]] || continue 2 # nobody has asked yet how it ended
    sleep 0.05
  done
  echo "a compiler goes on after $signal"
  exit 1
done

code=0
said=$("$folder/cluster/local.sh" rum 2>&1) || code=$?
[[ $code == 1 && $(lines) == 1 ]] || { printf 'of an unknown command it said:\n%s\n' "$said"; exit 1; }
expect "there is no command 'rum' (did you mean 'run'?); there are run test"

said=$("$folder/cluster/local.sh" help)
[[ $(wc -L <<<"$said") -le 80 ]] || { echo 'the help is wider than a terminal'; exit 1; }
