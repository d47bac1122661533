"""The experiments of Cam et al. 2025, section 4, and some that go further: cells of tasks, and a report."""

from ptygui.tasks.experiments.protocols import EXPERIMENTS, Experiment

__all__ = ["EXPERIMENTS", "Experiment"]
