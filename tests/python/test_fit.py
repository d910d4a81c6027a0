from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray

import gmmvi

PRIORS = {"a": "normal(0, 2)", "b": "normal(0, 2)"}


def log_density(a, b):
    return -0.5 * (a * a + b * b)


def fit(target, parameters=None, **arguments):
    return gmmvi.fit(
        target,
        parameters,
        **{"progress": False, "evaluations": 200, "out": "run", **arguments},
    )


def test_five_lines():
    result = gmmvi.fit(
        lambda amplitude, damping: (
            -0.5 * (amplitude - 1) ** 2 - 0.5 * (math.log(damping) + 1.2) ** 2 - math.log(damping)
        ),
        {"amplitude": "normal(0, 1)", "damping": "lognormal(-1.2, 1)"},
        ranks=2,
        evaluations=600,
        out="runs/mine",
    )
    assert result.finished
    assert result.log_evidence == pytest.approx(math.log(2 * math.pi), abs=0.1)
    assert result.pareto_k < 0.7
    posterior = result.posterior
    assert isinstance(posterior, xarray.Dataset) and list(posterior.data_vars) == [
        "amplitude",
        "damping",
    ]
    assert posterior.amplitude.dims == ("chain", "draw") and posterior.amplitude.size == 4000
    assert float(posterior.amplitude.mean()) == pytest.approx(1.0, abs=0.1)
    assert float(np.log(posterior.damping).mean()) == pytest.approx(-1.2, abs=0.1)
    assert (result.mixture.sample(100)[:, 1] > 0).all()
    assert result.report(show=False).read_text().startswith("<!DOCTYPE html>")
    assert "amplitude" in result.summary()
    assert "runs/mine" in repr(result)


def test_any_number_of_ranks_has_the_same_bits(quadratic):
    hashes = {fit(quadratic, out=f"ranks{ranks}", ranks=ranks).status["model_hash"] for ranks in (1, 2, 3)}
    assert len(hashes) == 1


def test_the_mixture_is_that_of_the_program(quadratic):
    result = fit(quadratic)
    draws = result.sample(50)
    subprocess.run(
        [gmmvi.find_program(), "sample", "run", "-n", "50", "--out", "draws.nc"],
        check=True,
    )
    with xarray.open_dataset("draws.nc", group="sample_stats", engine="h5netcdf") as stats:
        name = next(name for name in ("log_q", "lp_mixture", "lp") if name in stats)
        ours = result.mixture.logpdf(draws).ravel()
        np.testing.assert_allclose(ours, stats[name].values.ravel(), rtol=1e-9, atol=1e-9)


def test_history_is_a_table(quadratic):
    table = fit(quadratic, iterations=12).history()
    assert table.index.name == "iteration" and table.index[-1] == 12
    assert table.evaluations.is_monotonic_increasing
    assert (table.seconds_evaluation >= 0).all()
    with pytest.raises(gmmvi.DataError, match="no run folder"):
        gmmvi.history("nowhere")


def test_arviz_takes_it(quadratic):
    arviz = pytest.importorskip("arviz")
    data = fit(quadratic).to_arviz()
    assert set(arviz.summary(data).index) == {"a", "b"}


def test_outputs_are_compared_with_data():
    t = np.linspace(0.0, 1.0, 10)

    def line(a, b):
        return a + b * t

    result = fit(
        line,
        {**PRIORS, "sigma": "half_normal(1)"},
        data=1.0 + 2.0 * t + 0.1 * np.cos(20 * t),
        noise="gaussian(sigma)",
    )
    assert float(result.posterior.b.mean()) == pytest.approx(2.0, abs=0.2)
    assert {"a", "b", "sigma"} == set(result.posterior.data_vars)
    assert "mean" in result.predictive()


def test_runs_of_one_function_are_compared(quadratic):
    fit(quadratic, out="one")
    fit(quadratic, out="two", seed=2)
    compared = subprocess.run([gmmvi.find_program(), "compare", "one", "two"], capture_output=True, text=True)
    assert compared.returncode == 0, compared.stderr


def test_a_run_goes_on(quadratic):
    whole = fit(quadratic, out="whole", iterations=20, evaluations=None)
    fit(quadratic, out="parts", iterations=8, evaluations=None)
    parts = fit(quadratic, out="parts", iterations=20, evaluations=None, resume=True)
    assert parts.status["model_hash"] == whole.status["model_hash"]
    with pytest.raises(ValueError, match="out"):
        gmmvi.fit(quadratic, resume=True)
    with pytest.raises(gmmvi.DataError, match="no run"):
        fit(quadratic, out="other", resume=True)
    with pytest.raises(gmmvi.ConfigError, match="resume=True"):
        fit(quadratic, out="parts")


def test_a_run_goes_on_with_its_own_problem_alone():
    same = {"out": "run", "evaluations": None, "progress": False}
    gmmvi.fit(log_density, PRIORS, iterations=8, seed=3, settings={"run.patience": 50}, **same)
    same |= {"iterations": 9, "resume": True}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        gmmvi.fit(log_density, PRIORS, seed=3, settings={"run.patience": 50}, **same)
        gmmvi.fit(log_density, PRIORS, **same)
    with pytest.raises(gmmvi.ConfigError, match="seed"):
        gmmvi.fit(log_density, PRIORS, seed=4, **same)
    with pytest.raises(gmmvi.ConfigError, match="another run"):
        gmmvi.fit(log_density, PRIORS, settings={"run.patience": 60}, **same)
    with pytest.raises(gmmvi.ConfigError, match="another parameters"):
        gmmvi.fit(log_density, {**PRIORS, "b": "normal(0, 1)"}, **same)
    with pytest.raises(gmmvi.ConfigError, match="another parameters"):
        gmmvi.fit(log_density, {"a": PRIORS["a"]}, **same)
    with pytest.raises(gmmvi.ConfigError, match="another likelihood and another data"):
        gmmvi.fit(log_density, PRIORS, data=[1.0], noise="gaussian(1)", **same)
    with pytest.warns(UserWarning, match="is not what it was"):
        gmmvi.fit(lambda a, b: -(a**2) - b**2, PRIORS, **same)


def test_no_parameter_is_lost_by_its_name():
    def log_density(x, draw):
        return -0.5 * (x**2 + draw**2)

    result = gmmvi.fit(
        log_density,
        {"x": "normal(0, 1)", "draw": "normal(0, 1)"},
        iterations=5,
        progress=False,
    )
    assert set(result.posterior.data_vars) == {"x", "draw_"}
    assert result.posterior["x"].dims == ("chain", "draw")


def test_settings_are_keys_of_the_config(quadratic):
    result = fit(
        quadratic,
        codename="SAMTRON",
        seed=7,
        settings={"run.patience": None, "evaluation": {"slots": 1}},
    )
    config = (result.path / "config.yml").read_text()
    assert "slots: 1" in config
    with pytest.raises(gmmvi.ConfigError, match="patiense"):
        fit(quadratic, out="wrong", settings={"run.patiense": 3})
    assert not Path("wrong").exists(), "nothing was begun"


def test_errors_have_the_programs_words():
    with pytest.raises(gmmvi.ConfigError, match="norml"):
        fit(log_density, {"a": "norml(0, 1)", "b": "flat"})
    assert not Path("run").exists()
    with pytest.raises(gmmvi.TargetError, match="takes 'c'"):
        fit(lambda a, c: a, {"a": "normal(0, 1)"})
    with pytest.raises(TypeError, match="Problem"):
        gmmvi.fit(gmmvi.Problem(log_density), PRIORS)


def test_a_function_that_raises_for_some_x_loses_these():
    def raises(a, b):
        if a > 1.0:
            raise RuntimeError("too large")
        return log_density(a, b)

    result = fit(raises, PRIORS)
    assert result.status["failures"] > 0
    assert "too large" in (result.path / "failures.jsonl").read_text()


def test_a_function_that_ends_the_interpreter_loses_one_evaluation():
    def exits(a, b):
        if a > 2.5:
            os._exit(3)
        return log_density(a, b)

    result = fit(exits, PRIORS, evaluations=60)
    assert result.finished and result.status["failures"] > 0


def test_an_endless_loop_has_a_time_limit():
    def loops(a, b):
        while a > 2.5:
            pass
        return log_density(a, b)

    result = fit(loops, PRIORS, evaluations=40, settings={"evaluation.time_limit": 0.3})
    assert result.finished


def test_what_a_function_prints_is_nobodys_answer():
    def prints(a, b):
        print("x" * 100_000)
        return log_density(a, b)

    assert fit(prints, PRIORS, evaluations=40).finished


def test_a_function_that_always_fails_is_an_error():
    def raises(a, b):
        raise RuntimeError("never again")

    with pytest.raises(gmmvi.TargetError, match="never again"):
        fit(raises, PRIORS)


SLOW = """
import time, gmmvi
def slow(a, b):
    time.sleep(0.05)
    return -0.5 * (a * a + b * b)
if __name__ == "__main__":
    try:
        gmmvi.fit(slow, {"a": "normal(0, 2)", "b": "normal(0, 2)"}, out="run", evaluations=2000, ranks=RANKS)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def start_slow(ranks):
    Path("slow.py").write_text(SLOW.replace("RANKS", str(ranks)))
    path = os.pathsep.join([str(Path(gmmvi.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "slow.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def evaluations_of(run):
    lines = Path(run, "metrics.jsonl")
    return len(lines.read_text().splitlines()) if lines.exists() else 0


@pytest.mark.parametrize("ranks", [1, 2])
def test_ctrl_c_leaves_a_run_that_goes_on(ranks):
    process = start_slow(ranks)
    wait_for(lambda: evaluations_of("run") > 2)
    table = gmmvi.history("run")
    assert len(table) >= 2, "while it runs"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert output == b"interrupted\n"
    before = gmmvi.load("run").status
    assert before["state"] != "finished" and before["evaluations"] < 2000
    with pytest.warns(UserWarning, match="goes on with what it has"):
        result = gmmvi.fit(
            "slow.py:slow",
            out="run",
            resume=True,
            evaluations=before["evaluations"] + 20,
            progress=False,
        )
    assert result.finished
    assert result.status["evaluations"] > before["evaluations"]


def test_nothing_is_left_where_the_interpreter_dies():
    process = start_slow(1)
    wait_for(lambda: evaluations_of("run") > 0)
    pid = json.loads(Path("run/status.json").read_text())["pid"]
    process.kill()
    process.wait()
    wait_for(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_fits_may_run_in_threads(quadratic):
    results = {}
    threads = [
        threading.Thread(target=lambda n=n: results.update({n: fit(quadratic, out=f"run{n}", iterations=5)}))
        for n in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[1].finished and results[2].finished


def test_gradients_are_compared():
    def right(a, b):
        return log_density(a, b), [-a, -b]

    def swapped(a, b):
        return log_density(a, b), [a, b]

    def half(a, b):
        return log_density(a, b), [-a, 0.0]

    check = gmmvi.check_gradient(right, PRIORS)
    assert check and "they agree" in str(check)
    assert "swapped" in str(gmmvi.check_gradient(swapped, PRIORS))
    wrong = gmmvi.check_gradient(half, PRIORS)
    assert not wrong and "b (" in wrong.message
    with pytest.raises(gmmvi.TargetError):
        gmmvi.check_gradient(log_density, PRIORS)


def test_without_a_program_it_is_said(monkeypatch):
    monkeypatch.setenv("GMMVI", "/nowhere/gmmvi")
    with pytest.raises(gmmvi.ProgramNotFoundError, match="/nowhere/gmmvi"):
        fit(log_density, PRIORS)
