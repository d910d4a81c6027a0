"""A server of the log density -x²/2 of the sum x of its parameters, or of the outputs [x, 2 x], that goes wrong as
options say: {"failures": {"3": "exit"}} at the question with this id, {"start": "..."} at the beginning."""
import json
import os
import signal
import sys
import time

if "--descriptors" in sys.argv:
    lines, answers = os.fdopen(3), os.fdopen(4, "w")
    print("printed")
else:
    lines, answers = sys.stdin, sys.stdout


def say(text, end="\n"):
    answers.write(text + end)
    answers.flush()


def hang():
    time.sleep(1000)


hello = json.loads(lines.readline())
options = hello["options"]
if options.get("count"):  # how often it was started
    with open(options["count"], "a") as file:
        file.write("x\n")
    if os.path.getsize(options["count"]) > 2 * options.get("most_starts", 1000):
        sys.exit("started too often")
start = options.get("start")
if start == "hang":
    hang()
if start == "exit":
    sys.exit("no licence")
if start == "slow":
    time.sleep(0.3)
can = json.dumps({"protocol": 1, "gradient": True, **options.get("can", {})})
say(can if start in (None, "slow") else start)

for line in lines:
    question = json.loads(line)
    id = question["id"]
    failure = options.get("failures", {}).get(str(id))
    if failure == "exit":
        print("diverged", file=sys.stderr)
        sys.exit(3)
    if failure == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if failure == "half":
        say('{"id": %d, "log_den' % id, end="")
        sys.exit(0)
    if failure == "hang":
        with open(options["pid"], "w") as file:
            file.write("%d\n" % os.getpid())
        hang()
    if failure == "flood":
        sys.stderr.write("x" * 1000000 + "\n")
        say("y" * 1000000)
        continue
    if failure == "loud":
        sys.stderr.write("x" * 1000000 + "\n")
    if failure == "late":
        id -= 1
    if failure and failure.startswith("{"):
        say(failure.replace("ID", str(id)))
        continue
    if failure == "garbage":
        say("Segmentation violation in module 7")
        continue

    def answer(sample):
        x = sum(sample["parameters"].values())
        if options.get("outputs"):
            said = {"outputs": [x, 2 * x], "jacobian": [[1] * len(sample["parameters"]), [2] * len(sample["parameters"])]}
        else:
            said = {"log_density": -0.5 * x * x, "gradient": [-x] * len(sample["parameters"])}
        if x == 13:
            return {"error": "unlucky"}
        if options.get("seed"):
            said["log_density"] = sample["seed"]
        return said

    if "batch" in question:
        say(json.dumps({"id": id, "batch": [answer(sample) for sample in question["batch"]]}))
    else:
        say(json.dumps({"id": id, **answer(question)}))
if options.get("end"):
    with open(options["end"], "w") as file:
        file.write("5\n")
