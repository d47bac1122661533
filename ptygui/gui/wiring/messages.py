"""Wiring of messages: banner, status bar and log."""

from functools import partial

from ptygui.gui.parts import Parts


def connect(w: Parts) -> None:
    """Show errors and warnings in the banner, activity in the status bar, and everything in the log."""
    log, session, banner = w.log, w.session, w.banner
    for failed in (
        session.failed, w.jobs.failed, w.preload.failed, w.launcher.refused, w.exporter.refused,
        w.run_exporter.refused, w.opening.refused, w.autosave.failed,
    ):  # fmt: skip
        failed.connect(banner.show_error)
    for failed in (session.failed, w.jobs.failed, w.preload.failed):
        failed.connect(lambda error: log.add(str(error), "error"))
    session.warned.connect(banner.show_warning)
    session.warned.connect(lambda text: log.add(text, "warning"))
    w.exporter.noted.connect(session.noted)
    w.run_exporter.noted.connect(session.noted)
    session.noted.connect(lambda text: w.status.showMessage(text, 15_000))
    session.noted.connect(log.add)
    w.thinner.ready.connect(partial(_say_thinned, w))
    session.run_started.connect(banner.hide)
    for changed in (w.request.source_changed, w.request.method_changed, w.request.settings_changed):
        changed.connect(lambda *_: banner.drop_refusal())
    session.run_started.connect(lambda method: log.add(f"run of {method.key()} started"))
    session.run_finished.connect(lambda outcome: w.status.showMessage(f"run {outcome}", 10_000))
    session.run_finished.connect(lambda outcome: log.add(f"run {outcome}"))
    w.jobs.busy.connect(lambda what: w.doing.setText(f"{what} …" if what else ""))
    w.jobs.busy.connect(w.header.show_busy)
    w.jobs.progressed.connect(w.reading_bar.show_progress)
    w.jobs.lasting.connect(w.reading_bar.show_lasting)
    w.reading_bar.stop_requested.connect(w.jobs.stop)
    w.jobs.stopped.connect(lambda what: session.noted.emit(f"{what or 'reading'} was stopped"))
    banner.unexpected.connect(lambda details: log.add(details, "error"))
    banner.unexpected.connect(lambda _: w.docks.show("log"))
    w.bridge.said.connect(log.add)
    w.bridge.install()


def _say_thinned(w: Parts) -> None:
    """In place of what was said of the scan before."""
    scan, full = w.request.scan, w.thinner.full
    if scan is not None and full is not None:
        kept = f"all {len(full)}" if scan is full else f"{len(scan)} of {len(full)}"
        w.status.showMessage(f"the next run uses {kept} positions of the scan", 15_000)
