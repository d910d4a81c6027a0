"""Functions of two parameters a and b, with log density -(a² + b²)/2 or the outputs [a, b, a + b]."""
import os
import sys
import time

import neighbour  # lies beside this file


def by_name(a, b):
    return -0.5 * (a * a + b * b)


def reordered(b, a, unused=3):
    return {"log_density": a - b}


def keywords(**parameters):
    return parameters["a"] - parameters["b"]


def positional(b, a, /):
    return a - b


def without_a(b):
    return b


def by_array(x):
    return -0.5 * (x[0] ** 2 + x[1] ** 2), [-x[0], -x[1]]


def numpy_array(x):
    return -0.5 * (x @ x), -x


def with_extras(a, b, seed, options):
    return seed + options["offset"]


def outputs(a, b):
    return [a, b, a + b], [[1, 0], [0, 1], [1, 1]]


def pair_of_outputs(a, b):
    return a, b


def array_of_outputs(x):
    import numpy

    return {"outputs": numpy.array([x[0], x[1], x[0] + x[1]]), "jacobian": numpy.array([[1, 0], [0, 1], [1, 1.0]])}


def vectorized(x):
    assert x.ndim == 2
    return -0.5 * (x * x).sum(axis=1), -x


def vectorized_by_name(a, b, seed):
    assert len(a) == len(b) == len(seed)
    return [p - q + s for p, q, s in zip(a, b, seed)]


def vectorized_outputs(x):
    return x @ [[1, 0, 1], [0, 1, 1]]


def too_few(x):
    return x[:1, 0]


def threads(a, b):
    return float(os.environ["OMP_NUM_THREADS"])


def fails(a, b):
    if a == 1:
        raise ValueError("did not converge")
    if a == 2:
        print("printed before the crash")
        os.kill(os.getpid(), 11)
    if a == 3:
        sys.exit(4)
    if a == 4:
        return None
    if a == 5:
        return "five"
    if a == 6:
        return float("nan")
    if a == 7:
        return [1, 2]
    if a == 8:
        print("x" * 1000000)
        sys.stderr.write("y" * 1000000)
    if a == 9:
        return float("-inf")
    if a == 10:
        return {"log_likelihood": 1}
    if a == 11:
        return 1j
    if a == 12:
        time.sleep(1000)
    if a == 13:
        try:
            return b / 0.0
        except ZeroDivisionError as error:
            raise RuntimeError("no step") from error
    return neighbour.value


class Model:
    def __call__(self, a, b):
        return a + b


model = Model()
no_function = 3


def other_parameters(a, c):
    return a
