"""Where tasks run, in words: workers, and what each of them has. Nothing here needs dask."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from ptygui.errors import InputError

MOST = 256  # local workers


@dataclass(frozen=True)
class Workers:
    """Where tasks run.

    Attributes
    ----------
    count : int
        Local worker processes, or jobs of the batch system; each has one thread, and one GPU if there are
        some.
    scheduler : str
        Address of a running scheduler, such as tcp://host:8786; its workers must have ptygui.
    tls_ca, tls_cert, tls_key : str
        Files of a tls:// scheduler.
    profile : str
        TOML file of a batch system: `kind` is slurm or pbs; queue, account, memory, walltime, interface,
        directives, prologue.
    """

    count: int = 0
    scheduler: str = ""
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    profile: str = ""

    def __bool__(self) -> bool:
        return bool(self.count or self.scheduler or self.profile)


def workers_named(text: str) -> Workers:
    """Workers in a few words: a number of local ones, a scheduler's address, or a profile.

    Parameters
    ----------
    text : str
        ``2``, ``tcp://host:8786``, or ``PROFILE.toml`` with or without ``:JOBS``; nothing for this process.
        TLS files of a scheduler are then those of dask's own configuration.

    Raises
    ------
    InputError
        If it is none of these.
    """
    text = text.strip()
    if not text or text.isdigit():
        return Workers(count=min(int(text or 0), MOST))
    if "://" in text:
        return Workers(scheduler=text)
    path, colon, jobs = text.rpartition(":")
    path, jobs = (path, jobs) if colon and jobs.isdigit() else (text, "1")
    if not path.endswith(".toml"):
        raise InputError(f"workers are {text!r}, expected a number, tcp://host:8786 or PROFILE.toml:JOBS")
    return Workers(count=int(jobs), profile=path)


@dataclass(frozen=True)
class Underway:
    """Which tasks are being carried out, or wait for it, by worker; keys of tasks."""

    by_worker: Mapping[str, tuple[str, ...]]

    def worker_of(self, key: str) -> str:
        """The address of the worker that has a task; empty if none has."""
        return next((worker for worker, keys in self.by_worker.items() if key in keys), "")


def dask_missing() -> str:
    """Why workers cannot be used; empty if they can."""
    if find_spec("distributed") is not None:
        return ""
    return (
        "workers need dask.distributed: `pip install ptygui[cluster]`; without it a batch array does: "
        "`ptygui sweep --array SPEC K/N`"
    )
