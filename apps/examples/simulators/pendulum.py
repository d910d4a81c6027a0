"""A pendulum with damping and friction; apps/examples/plugin/README.md has its equation."""

import math

STEP = 0.01  # seconds
CREEPING = 0.01  # rad/s, below which friction is less than it is in motion


def pendulum(amplitude, damping, friction, frequency):
    """Angles [rad] at 40 times, 0.25 s to 10 s, by the classical Runge-Kutta method."""
    return angles([amplitude, damping, friction, frequency], math)


def of_array(x):
    """The same for all parameters in one array, in the order of the config."""
    return angles(x, math)


def angles(x, functions):
    """With sin and tanh of the module `functions`, which for complex numbers is cmath."""
    amplitude, damping, friction, frequency = x
    sin, tanh = functions.sin, functions.tanh

    def acceleration(angle, velocity):
        grip = tanh(velocity / CREEPING)
        return -damping * velocity - friction * grip - frequency * frequency * sin(angle)

    angle, velocity = amplitude, 0.0
    result = []
    for _ in range(40):
        for _ in range(25):
            a1, v1 = velocity, acceleration(angle, velocity)
            a2 = velocity + 0.5 * STEP * v1
            v2 = acceleration(angle + 0.5 * STEP * a1, a2)
            a3 = velocity + 0.5 * STEP * v2
            v3 = acceleration(angle + 0.5 * STEP * a2, a3)
            a4 = velocity + STEP * v3
            v4 = acceleration(angle + STEP * a3, a4)
            angle = angle + STEP / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
            velocity = velocity + STEP / 6.0 * (v1 + 2.0 * v2 + 2.0 * v3 + v4)
        result.append(angle)
    return result
