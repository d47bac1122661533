"""Workers as jobs of a batch system, submitted as a profile says, and again if they end too early."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import count as count_up
from typing import Any

from ptygui.errors import InputError
from ptygui.tasks.toml import read_toml
from ptygui.tasks.where import Workers

LOOK = 10.0  # between looks at the queue [s]
_OFTEN = 10  # looks at which workers are there, in that time
_PATIENCE = 20.0  # for an answer of the batch system [s]
_CLUSTERS = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}
# Tells of a job while it waits or runs.
_ASKED = {"SLURMCluster": ("squeue", "--noheader", "--format=%T", "--jobs"), "PBSCluster": ("qstat",)}
_UNKNOWN = ("invalid job id", "unknown job", "job has finished")  # what they say of one that has ended
# keys of a profile, and what dask-jobqueue calls them
_PROFILE = {
    "queue": "queue",
    "account": "account",
    "memory": "memory",
    "walltime": "walltime",
    "interface": "interface",
    "directives": "job_extra_directives",
    "prologue": "job_script_prologue",
    "logs": "log_directory",
}


async def batch_cluster(workers: Workers, security: Any, environment: Mapping[str, str]) -> Any:
    """A cluster of dask whose workers are jobs, each with these variables in its environment.

    Raises
    ------
    InputError
        If the profile cannot be used, or the batch system refuses a job.
    """
    profile = read_profile(workers.profile)
    make = getattr(_jobqueue(), _CLUSTERS[profile["kind"]])
    options = {_PROFILE[name]: value for name, value in profile.items() if name in _PROFILE}
    exports = [f"export {name}={value}" for name, value in environment.items()]
    options["job_script_prologue"] = [*options.get("job_script_prologue", ()), *exports]
    options.setdefault("memory", "4GB")
    secure = {} if security is None else {"security": security, "protocol": "tls://"}
    fixed = {"python": sys.executable, "scheduler_options": {"dashboard_address": ":0"}}
    cluster = await make(cores=1, processes=1, asynchronous=True, **fixed, **options, **secure)
    try:
        cluster.scale(jobs=max(workers.count, 1))
        await cluster  # until they are submitted
    except (OSError, RuntimeError, ValueError) as error:
        await cluster.close()
        said = " ".join((str(error).partition("stderr:")[2] or str(error)).split())
        raise InputError(f"{profile['kind']} takes no job of {workers.profile}: {said}") from None
    return cluster


def _jobqueue() -> Any:
    """The package dask_jobqueue, whose import would take Ctrl-C, and fail outside of the main thread."""
    before, signal.signal = signal.signal, lambda *_: None
    try:
        import dask_jobqueue
    except ImportError:
        raise InputError("batch systems need dask-jobqueue: `pip install ptygui[cluster]`") from None
    finally:
        signal.signal = before
    return dask_jobqueue


async def kept_up(cluster: Any, jobs: int) -> None:
    """Submit jobs again whose worker is lost: they were cancelled, or reached the end of their time.

    Raises
    ------
    InputError
        If a job ended before its worker came; the next would, too.
    """
    asked = _ASKED[type(cluster).__name__]
    came: set[str] = set()  # jobs whose worker was there
    for k in count_up(1):
        await asyncio.sleep(LOOK / _OFTEN)
        there = {worker["name"] for worker in cluster.scheduler_info["workers"].values()}
        came |= {job.job_id for name, job in cluster.workers.items() if name in there}
        if k % _OFTEN:
            continue
        for job in [one.job_id for one in cluster.workers.values()]:
            if job and job not in came and not await asyncio.to_thread(queued, asked, job):
                raise InputError(
                    f"job {job} ended before its worker came: read what it wrote, and check the profile "
                    "(queue, account, memory, interface, prologue)"
                )
        cluster.scale(jobs=jobs)  # dask has dropped a job some seconds after its worker was lost


def queued(asked: Sequence[str], job: str) -> bool:
    """Whether a job waits or runs, by a command that tells of it; true if nothing answers."""
    try:
        found = subprocess.run([*asked, job], capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return True
    if found.returncode:
        return not any(said in found.stderr.lower() for said in _UNKNOWN)
    return bool(found.stdout.strip())


def read_profile(path: str) -> dict[str, Any]:
    """The profile of a batch system.

    Raises
    ------
    InputError
        If the file is none.
    """
    profile = read_toml(path)
    if profile.get("kind") not in _CLUSTERS:
        raise InputError(
            f"profile {path}: kind is {profile.get('kind')!r}, expected {' or '.join(_CLUSTERS)}"
        )
    for name, value in profile.items():
        texts = value if name in ("directives", "prologue") else [value]
        good = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        if (name not in _PROFILE and name != "kind") or not good:
            known = ", ".join(("kind", *_PROFILE))
            raise InputError(f"profile {path}: {name} = {value!r} is not understood; known are {known}")
    return profile
