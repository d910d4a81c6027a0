"""The pendulum as a server: a line of JSON comes in, a line of JSON goes out. Any language can do this."""

import json
import sys

from pendulum import pendulum

json.loads(sys.stdin.readline())  # {"protocol": 1, "parameters": [...], "options": {...}}
print(json.dumps({"protocol": 1, "outputs": 40}), flush=True)
for line in sys.stdin:
    question = json.loads(line)  # {"id": 17, "parameters": {"amplitude": 1.5, ...}, ...}
    answer = {"id": question["id"]}
    try:
        answer["outputs"] = pendulum(**question["parameters"])
    except (ArithmeticError, ValueError) as error:
        answer["error"] = str(error)
    print(json.dumps(answer), flush=True)
