"""Evaluates a user's Python function for gmmvi, which starts this as `python3 worker.py SETTINGS` and speaks with it in
lines of JSON on the descriptors 3 (from gmmvi) and 4 (to gmmvi), as with any server (src/external/process_server.hpp).
SETTINGS is a JSON object: `function` (file.py:name or package.module:name), `returns` ("log_density" or "outputs"),
`vectorized`, `group_size`, `gradient`, and `outputs` (how many, if it is known).

The function takes the parameters by name, or all of them as one array, as its signature says; also `seed` and
`options` if it names them. It returns a number, (number, gradient), outputs, (outputs, jacobian), or a dict of these
with the keys log_density, gradient, outputs and jacobian. If it is vectorized, all have a leading axis of samples.

Only the standard library is needed. Arrays are numpy's where numpy is installed, else lists.
"""

import faulthandler
import importlib
import importlib.util
import inspect
import json
import os
import sys
import traceback

FRAMES = 6  # of a traceback that are told, at most
KEYS = ("log_density", "gradient", "outputs", "jacobian")


class Complaint(Exception):
    """What is wrong with the function, as the end of a sentence about it."""


def load(function):
    """The function that `file.py:name` or `package.module:name` means."""
    if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        del sys.path[0]
    place, colon, name = function.rpartition(":")
    if not colon or not place or not name:
        raise Complaint(f"function: {function!r} is neither file.py:name nor package.module:name")
    if place.endswith(".py"):
        path = os.path.abspath(place)
        sys.path.insert(0, os.path.dirname(path))  # what lies beside it can be imported, as where Python runs a file
        module_name = os.path.basename(place)[:-3]
        spec = importlib.util.spec_from_file_location(module_name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        spec.loader.exec_module(module)
    else:
        sys.path.insert(0, os.getcwd())
        module = importlib.import_module(place)
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise Complaint(f"{place} has no {name}{those_there(found)}")
        found = getattr(found, part)
    if not callable(found):
        raise Complaint(f"{name} of {place} is no function, but {type(found).__name__}")
    return found


def those_there(module):
    """The functions that a module has itself, as the end of a message."""
    functions = [name for name, value in vars(module).items() if inspect.isfunction(value)]
    own = [name for name in functions if getattr(module, name).__module__ == getattr(module, "__name__", None)]
    return f"; its functions are {', '.join(own)}" if own else ""


def maker_of_arrays():
    """numpy.array, or what leaves lists as they are."""
    try:
        return importlib.import_module("numpy").array
    except ImportError:
        return lambda values: values


class Caller:
    """Calls a function with what its signature names."""

    def __init__(self, function, parameters, options, vectorized):
        self.function = function
        self.parameters = parameters
        self.options = options
        self.vectorized = vectorized
        try:
            arguments = list(inspect.signature(function).parameters.values())
        except ValueError:  # written in C, without a signature
            arguments = [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)]
        extra = [name for name in ("seed", "options") if name not in parameters]
        own = [a for a in arguments if a.name not in extra and a.kind not in (a.VAR_POSITIONAL, a.VAR_KEYWORD)]
        self.extra = [a.name for a in arguments if a.name in extra]
        any_name = any(a.kind == a.VAR_KEYWORD for a in arguments)
        required = [a for a in own if a.default is a.empty and a.name not in parameters]
        self.positional = []
        if len(own) == 1 and own[0].name not in parameters:
            self.names = None  # one array
            self.keyword = own[0].name if own[0].kind == own[0].KEYWORD_ONLY else None
        elif required:
            raise Complaint(
                f"it takes {required[0].name!r}, which is no parameter that it is sent (those that only the "
                f"noise uses are not); there are {', '.join(parameters)}"
            )
        else:
            self.names = list(parameters) if any_name else [a.name for a in own if a.name in parameters]
            left_over = [name for name in parameters if name not in self.names]
            if left_over and self.names:
                raise Complaint(
                    f"it does not take the parameter {left_over[0]!r}, whose posterior would be its prior: "
                    f"name it in the signature, or take **others"
                )
            self.positional = [a.name for a in own if a.kind == a.POSITIONAL_ONLY and a.name in parameters]
            if not self.names:
                raise Complaint(f"it takes none of the parameters {', '.join(parameters)}")
        self.array = maker_of_arrays() if self.names is None or vectorized else None

    def __call__(self, samples):
        """What the function returns of samples, one unless it is vectorized."""
        columns = [[sample["parameters"][name] for sample in samples] for name in self.parameters]
        extra = {}
        for name in self.extra:
            seeds = [sample["seed"] for sample in samples]
            extra[name] = self.options if name == "options" else self.array(seeds) if self.vectorized else seeds[0]
        if self.names is None:
            rows = self.array([list(row) for row in zip(*columns)])
            x = rows if self.vectorized else rows[0]
            return self.function(**{self.keyword: x}, **extra) if self.keyword else self.function(x, **extra)
        by_name = dict(zip(self.parameters, columns))
        values = {name: self.array(by_name[name]) if self.vectorized else by_name[name][0] for name in self.names}
        first = [values.pop(name) for name in self.positional]
        return self.function(*first, **values, **extra)


def plain(value):
    """Arrays of any library as lists, and what is a number as one."""
    if type(value) is float:
        return value
    if hasattr(value, "tolist"):
        listed = value.tolist()
        return listed if getattr(getattr(value, "dtype", None), "kind", None) in ("f", "i", "u") else plain(listed)
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if value is None or isinstance(value, (str, bytes)):
        raise Complaint(f"returned {value!r}, not numbers")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise Complaint(f"returned {value!r} ({type(value).__name__}), which is no number") from None


def is_list(value):
    return isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0


class Answers:
    """Takes apart what the function returned."""

    def __init__(self, returns, vectorized):
        self.main, self.derivative = ("outputs", "jacobian") if returns == "outputs" else ("log_density", "gradient")
        self.vectorized = vectorized

    def named(self, returned):
        if isinstance(returned, dict):
            unknown = [key for key in returned if key not in KEYS]
            if unknown:
                raise Complaint(f"returned a dict with {unknown[0]!r}, but known are {', '.join(KEYS)}")
            return returned
        if self.main == "outputs" and not self.vectorized and not is_list(returned) and returned == float("-inf"):
            return {"log_density": returned}  # outside of the support, where there are no outputs
        if isinstance(returned, tuple) and len(returned) == 2 and self.is_derivative(returned[1]):
            return {self.main: returned[0], self.derivative: returned[1]}
        return {self.main: returned}

    def is_derivative(self, value):
        """Of a pair's second value: two outputs may be a pair as well."""
        return value is None or is_list(value) or (self.main == "log_density" and not self.vectorized)

    def __call__(self, returned, count, want_gradient):
        """A list of `count` answers."""
        fields = {}
        for key, value in self.named(returned).items():
            if value is None or (key in ("gradient", "jacobian") and not want_gradient):
                continue
            fields[key] = plain(value)
            if not self.vectorized:
                fields[key] = [self.single(key, fields[key])]
            elif not isinstance(fields[key], list) or len(fields[key]) != count:
                size = len(fields[key]) if isinstance(fields[key], list) else "no"
                raise Complaint(f"returned {key} with {size} rows for {count} samples, of a vectorized function")
            else:
                fields[key] = [self.single(key, row) for row in fields[key]]
        outside = self.main == "outputs" and not self.vectorized and fields.get("log_density") == [float("-inf")]
        if self.main not in fields and not outside:
            raise Complaint(f"returned no {self.main}")
        return [{key: values[n] for key, values in fields.items()} for n in range(count)]

    def single(self, key, value):
        """An array with one number is a number, and a number is one output."""
        if key == "log_density":
            while isinstance(value, list) and len(value) == 1:
                value = value[0]
        elif key in ("outputs", "gradient") and not isinstance(value, list):
            value = [value]
        return value


def is_of_user(frame):
    return frame.filename != __file__ and not frame.filename.startswith(("<frozen", importlib.__file__))


def in_words(error, before=""):
    """What was raised comes first, since messages may be cut; then where, without our own frames, and why."""
    if isinstance(error, Complaint):
        return str(error)
    said = traceback.format_exception_only(type(error), error)
    if isinstance(error, SyntaxError):  # whose place comes first
        said = said[-1:] + said[:-1]
    text = before + "".join(said).rstrip()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_of_user(frame)]
    if len(frames) > FRAMES:
        frames = frames[:2] + frames[2 - FRAMES :]
    text += "".join("\n" + line.rstrip() for line in traceback.format_list(frames))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return text if cause is None else text + "\n" + in_words(cause, "because of ")


def say(line):
    text = line.encode() + b"\n"
    while text:
        text = text[os.write(4, text) :]


def evaluate(caller, answers, question):
    """The line that answers a question."""
    batch = question.get("batch", [question])
    try:
        said = answers(caller(batch), len(batch), question["gradient"])
        return json.dumps({"id": question["id"], **({"batch": said} if "batch" in question else said[0])})
    except Exception as error:
        return json.dumps({"id": question["id"], "error": in_words(error, "raised ")})


def main():
    os.dup2(2, 1)  # what is printed has nothing to do with the answers
    os.set_inheritable(3, False)
    os.set_inheritable(4, False)
    sys.stdout.reconfigure(line_buffering=True)
    faulthandler.enable()
    settings = json.loads(sys.argv[1])
    sys.argv = sys.argv[:1]
    questions = os.fdopen(3, "rb", closefd=False)
    hello = json.loads(questions.readline())
    vectorized = settings.get("vectorized", False)
    try:
        function = load(settings["function"])
        caller = Caller(function, hello["parameters"], hello["options"], vectorized)
    except (Exception, SystemExit) as error:
        say(json.dumps({"error": in_words(error)}))
        return
    answers = Answers(settings["returns"], vectorized)
    can = {"protocol": 1, "gradient": settings["gradient"], "group_size": settings["group_size"] if vectorized else 1}
    if settings.get("outputs"):
        can["outputs"] = settings["outputs"]
    say(json.dumps(can))
    for line in questions:
        say(evaluate(caller, answers, json.loads(line)))


if __name__ == "__main__":
    main()
