"""Hares and the lynxes that eat them, by the equations of Lotka and Volterra."""

from scipy.integrate import solve_ivp


def pelts(birth, predation, death, growth, hares, lynxes):
    """Thousands of pelts of hares in the years 0 to 20, then of lynxes. `hares` and `lynxes` are those of year 0."""

    def rates(_, numbers):
        hare, lynx = numbers
        return [(birth - predation * lynx) * hare, (growth * hare - death) * lynx]

    solution = solve_ivp(rates, (0, 20), [hares, lynxes], method="LSODA", t_eval=range(21), rtol=1e-8, atol=1e-8)
    if not solution.success:
        raise ArithmeticError(solution.message)
    return solution.y.ravel()
