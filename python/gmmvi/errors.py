"""What goes wrong in the program, as exceptions with its own words."""

from __future__ import annotations


class GmmviError(RuntimeError):
    """The program ended with an error.

    Attributes
    ----------
    exit_code : int or None
        Of the program, where it was started.
    """

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ConfigError(GmmviError):
    """Parameters, settings or options are wrong."""


class DataError(GmmviError):
    """A file of data, or of an earlier run, cannot be used."""


class TargetError(GmmviError):
    """The log density or simulator could not be evaluated, or gave nothing that can be fitted."""


class OutputError(GmmviError):
    """Files could not be written."""


class ProgramNotFoundError(GmmviError):
    """There is no gmmvi to be started."""


class Stopped(GmmviError):  # noqa: N818 (no error: it can be gone on with)
    """The run was stopped before its end; ``fit(..., resume=True)`` goes on with it."""


_BY_CODE: dict[int, type[GmmviError]] = {
    64: ConfigError,
    65: DataError,
    69: TargetError,
    73: OutputError,
    75: Stopped,
    78: ConfigError,
    130: Stopped,
}


def error_of(exit_code: int, message: str) -> GmmviError:
    """The exception for an exit code of the program."""
    return _BY_CODE.get(exit_code, GmmviError)(message, exit_code)
