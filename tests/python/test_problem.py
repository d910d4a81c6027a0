from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import cloudpickle
import numpy as np
import pandas
import pytest

import gmmvi
from gmmvi.problem import yaml_of


def log_density(a):
    return -a * a


def test_a_function_is_sent_as_it_is(tmp_path):
    factor = 3.0
    problem = gmmvi.Problem(lambda a: -factor * a * a, {"a": "normal(0, 1)"})
    config = problem.config(tmp_path / "problem")
    assert config["parameters"] == {"a": {"prior": "normal(0, 1)"}}
    assert config["target"]["interpreter"] == sys.executable
    path, _, name = config["target"]["function"].rpartition(":")
    assert (Path(path).name, name) == ("function.py", "function")
    assert cloudpickle.loads((tmp_path / "problem" / "function.pkl").read_bytes())(2.0) == -12.0
    assert problem.name == "function"
    loader = (tmp_path / "problem" / "function.py").read_text()
    gmmvi.Problem(lambda a: factor * a, {"a": "normal(0, 1)"}).config(tmp_path / "problem")
    assert (tmp_path / "problem" / "function.py").read_text() != loader, "another function"


def test_a_function_of_a_script_needs_no_import(tmp_path):
    gmmvi.Problem(log_density, {"a": "normal(0, 1)"}).config(tmp_path / "problem")
    pickled = (tmp_path / "problem" / "function.pkl").read_bytes()
    assert b"test_problem" not in pickled or b"_make_function" in pickled


def test_a_function_may_be_named():
    target = gmmvi.Problem("model.py:f", {"a": "flat"}).config(Path("nowhere"))["target"]
    assert target["function"] == f"{Path('model.py').absolute()}:f"
    assert gmmvi.Problem("pack.mod:f").config(Path("nowhere"))["target"]["function"] == "pack.mod:f"
    assert not Path("nowhere").exists(), "there is nothing to be written"
    with pytest.raises(ValueError, match=r"file\.py:name"):
        gmmvi.Problem("f").config(Path("nowhere"))


def test_a_section_may_be_given():
    problem = gmmvi.Problem(
        {"type": "process", "command": ["./sim"]}, gradients=True, returns="outputs", options={"n": 3}
    )
    assert problem.config(Path("nowhere"))["target"] == {
        "type": "process",
        "command": ["./sim"],
        "gradients": True,
        "options": {"n": 3},
        "returns": "outputs",
    }


@pytest.mark.parametrize(
    "data",
    [
        [1.5, np.nan, -2.0],
        {"value": np.array([1.5, np.nan, -2.0])},
        pandas.DataFrame({"value": [1.5, None, -2.0]}),
    ],
)
def test_data_become_a_table(tmp_path, data):
    config = gmmvi.Problem(log_density, data=data, noise="gaussian(1)").config(tmp_path / "p")
    assert Path(config["likelihood"]["data"]).read_text() == 'value\n1.5\n""\n-2.0\n'
    assert config["target"]["returns"] == "outputs"
    assert config["likelihood"]["noise"] == "gaussian(1)"


def test_data_have_columns(tmp_path):
    data = {"t": [0, 1], "y": [0.1, 0.2], "trials": [3, 4]}
    config = gmmvi.Problem(log_density, data=data, column="y", noise="binomial(trials)").config(tmp_path)
    assert Path(config["likelihood"]["data"]).read_text() == "t,y,trials\n0,0.1,3\n1,0.2,4\n"
    with pytest.raises(ValueError, match="shapes"):
        gmmvi.Problem(log_density, data={"a": [1], "b": [1, 2]}, noise="gaussian(1)").config(tmp_path)


def test_halves_of_a_likelihood_are_refused():
    with pytest.raises(ValueError, match="no noise"):
        gmmvi.Problem(log_density, data=[1.0])
    with pytest.raises(ValueError, match="no data"):
        gmmvi.Problem(log_density, noise="gaussian(1)")
    with pytest.raises(ValueError, match="outputs"):
        gmmvi.Problem(log_density, data=[1.0], noise="gaussian(1)", returns="log_density")


def test_what_cannot_be_sent_is_told():
    lock = threading.Lock()
    with pytest.raises(ValueError, match="cannot be sent"):
        gmmvi.Problem(lambda a: lock.locked() * a).config(Path("p"))


def test_configs_are_yaml():
    text = yaml_of(
        {"seed": 1, "target": {"type": "python", "options": {"π": np.float64(0.5), "path": Path("x")}}}, "so"
    )
    assert text.splitlines()[:3] == ["# so", "seed: 1", "target:"]
    assert json.loads(text.splitlines()[4].partition(":")[2]) == {"π": 0.5, "path": "x"}
