"""Many damaged files, read in a process of their own: what fails, and a summary.

python -m tests.fuzz.campaign 5000 [--sample scan.cxi] [--seed 7]
"""

import argparse
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.samples import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
LONGEST, MOST = 10.0, 500 * 2**20  # s of the processor, bytes beyond twice the file, which has some kB


@dataclass
class Outcome:
    """What came of a case; `fault` is empty if all is well."""

    sample: str
    seed: int
    done: str = ""
    said: str = ""
    fault: str = ""
    trace: str = ""

    @property
    def kind(self) -> str:
        """In a word, for a summary."""
        return self.fault.split()[0] if self.fault else "read" if self.said == "read" else "refused"


class Worker:
    """A process that reads damaged files, replaced when it ends or hangs."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def run(self, sample: str, seed: int) -> Outcome:
        """One case."""
        process = self._process = self._process or subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"], cwd=ROOT, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        late = threading.Timer(12 * LONGEST, process.kill)
        late.start()
        process.stdin.write(json.dumps([sample, seed]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        late.cancel()
        if not line:
            self._process = None
            code = process.wait()
            return Outcome(sample, seed, fault="hung" if code == -9 else f"died ({code})")
        said = json.loads(line)
        fault = ""
        if said["trace"]:
            fault = "traceback"
        elif said["memory"] > MOST:
            fault = f"memory of {said['memory'] / 2**20:.0f} MB"
        elif said["seconds"] > LONGEST:
            fault = f"took {said['seconds']:.0f} s"
        return Outcome(sample, seed, said["done"], said["said"], fault, said["trace"])

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()


def campaign(count: int, first: int = 0, samples: tuple[str, ...] = tuple(SAMPLES)) -> Iterator[Outcome]:
    """The outcomes of so many cases, samples in turn."""
    worker = Worker()
    try:
        for k in range(count):
            yield worker.run(samples[k % len(samples)], first + k // len(samples))
    finally:
        worker.close()


def main() -> int:
    """Run a campaign; each fault is a line, then a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="cases")
    parser.add_argument("--sample", choices=list(SAMPLES), action="append", help="only this sample")
    parser.add_argument("--seed", type=int, default=0, help="of the first case of each sample")
    parser.add_argument("--trace", action="store_true", help="show tracebacks")
    args = parser.parse_args()
    told: Counter[str] = Counter()
    for found in campaign(args.count, args.seed, tuple(args.sample or SAMPLES)):
        told[found.kind] += 1
        if found.fault:
            print(f"{found.sample} {found.seed}: {found.fault}: {found.done}: {found.said}", flush=True)
            if args.trace:
                print(found.trace, flush=True)
    print(f"{args.count} cases: " + ", ".join(f"{n} {what}" for what, n in told.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
