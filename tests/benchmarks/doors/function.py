"""A log density that costs nothing, in both ways that a Python function may be written."""


def one(a, b, c, d):
    return -0.5 * (a * a + b * b + c * c + d * d)


def several(a, b, c, d):
    if isinstance(a, list):  # where there is no numpy
        return [one(*sample) for sample in zip(a, b, c, d)]
    return one(a, b, c, d)
