from __future__ import annotations

import pytest

import gmmvi


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def quadratic():
    """A standard normal log density of (a, b), with its gradient, and its priors."""

    def log_density(a, b):
        return -0.5 * (a * a + b * b), [-a, -b]

    return gmmvi.Problem(log_density, {"a": "normal(0, 2)", "b": "normal(0, 2)"}, gradients=True)
