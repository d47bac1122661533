"""LateParts: dialogs and pages of the window, each built when it is first shown.

Their modules are imported then, too: a start needs neither.
"""

from typing import TYPE_CHECKING, Any

from PyQt6.QtWidgets import QMainWindow

from ptygui.gui.background.jobs import Jobs
from ptygui.gui.model.request import Request
from ptygui.gui.pages import COMPARISON, DATA, DEVIATIONS, OVERLAP, POSITIONS, PROBE, Pages
from ptygui.gui.widgets.late import Late

if TYPE_CHECKING:
    from ptygui.gui.files.export_dialog import ExportDialog
    from ptygui.gui.files.mapper import MapperDialog
    from ptygui.gui.panels.batch import BatchDialog
    from ptygui.gui.panels.doctor import DoctorDialog
    from ptygui.gui.panels.follow import FollowDialog
    from ptygui.gui.panels.optics import OpticsDialog
    from ptygui.gui.panels.orientation import OrientationDialog
    from ptygui.gui.panels.preparation import PrepareDialog
    from ptygui.gui.panels.priors import PriorsDialog
    from ptygui.gui.panels.reading import ReadingDialog
    from ptygui.gui.panels.sweep import SweepPanel
    from ptygui.gui.views.compare import CompareView
    from ptygui.gui.views.data import DataView
    from ptygui.gui.views.deviations import DeviationsView
    from ptygui.gui.views.positions import PositionsView
    from ptygui.gui.views.probe_modes import ProbeModesView
    from ptygui.gui.views.sweep import SweepView


class LateParts(QMainWindow):
    """What a window has but does not show at first."""

    jobs: Jobs
    request: Request
    pages: Pages

    def build_page(self, place: int) -> None:
        """Build what is on a page."""
        for late in PAGES[place]:
            late.build(self).show()  # at once: a layout would do it in a later turn of the event loop

    # ------------------------------------------------------------------ dialogs

    @Late
    def export_dialog(self) -> "ExportDialog":
        """What to write of the shown run."""
        from ptygui.gui.files.export_dialog import ExportDialog

        return ExportDialog(self)

    @Late
    def runs_dialog(self) -> "ExportDialog":
        """What to write of several runs."""
        from ptygui.gui.files.export_dialog import ExportDialog

        return ExportDialog(self)

    @Late
    def priors_dialog(self) -> "PriorsDialog":
        """The list of priors."""
        from ptygui.gui.panels.priors import PriorsDialog

        return PriorsDialog(self)

    @Late
    def orientation_dialog(self) -> "OrientationDialog":
        """The ways in which the positions may be turned."""
        from ptygui.gui.panels.orientation import OrientationDialog

        return OrientationDialog(self)

    @Late
    def prepare_dialog(self) -> "PrepareDialog":
        """What is done to the patterns before a run."""
        from ptygui.gui.panels.preparation import PrepareDialog

        return PrepareDialog(self)

    @Late
    def reading_dialog(self) -> "ReadingDialog":
        """What a file does not say."""
        from ptygui.gui.panels.reading import ReadingDialog

        return ReadingDialog(self)

    @Late
    def mapper(self) -> "MapperDialog":
        """What is where in a file of an unknown layout."""
        from ptygui.gui.files.mapper import MapperDialog

        return MapperDialog(self.jobs, self)

    @Late
    def follow_dialog(self) -> "FollowDialog":
        """Which growing file or folder is followed."""
        from ptygui.gui.panels.follow import FollowDialog

        return FollowDialog(self)

    @Late
    def batch_dialog(self) -> "BatchDialog":
        """The scans of a folder, one after the other."""
        from ptygui.gui.panels.batch import BatchDialog

        return BatchDialog(self)

    @Late
    def doctor_dialog(self) -> "DoctorDialog":
        """What this machine offers."""
        from ptygui.gui.panels.doctor import DoctorDialog

        return DoctorDialog(self)

    @Late
    def optics_dialog(self) -> "OpticsDialog":
        """A probe by its optics."""
        from ptygui.gui.panels.optics import OpticsDialog

        return OpticsDialog(self)

    # ------------------------------------------------------------------ pages

    @Late
    def compare(self) -> "CompareView":
        """Two results."""
        from ptygui.gui.views.compare import CompareView

        return self.pages.fill(COMPARISON, CompareView())

    @Late
    def deviations(self) -> "DeviationsView":
        """The deviations of seeds."""
        from ptygui.gui.views.deviations import DeviationsView

        return self.pages.fill(DEVIATIONS, DeviationsView())

    @Late
    def sweep_panel(self) -> "SweepPanel":
        """What a sweep tries."""
        from ptygui.gui.panels.sweep import SweepPanel

        return self.pages.fill(OVERLAP, SweepPanel(self.request))

    @Late
    def sweep_view(self) -> "SweepView":
        """What sweeps have found."""
        from ptygui.gui.views.sweep import SweepView

        LateParts.sweep_panel.build(self)  # which is above it
        return self.pages.fill(OVERLAP, SweepView())

    @Late
    def data(self) -> "DataView":
        """What was measured."""
        from ptygui.gui.views.data import DataView

        return self.pages.fill(DATA, DataView())

    @Late
    def modes(self) -> "ProbeModesView":
        """The probe of the shown step."""
        from ptygui.gui.views.probe_modes import ProbeModesView

        return self.pages.fill(PROBE, ProbeModesView())

    @Late
    def positions(self) -> "PositionsView":
        """The positions of the shown step."""
        from ptygui.gui.views.positions import PositionsView

        return self.pages.fill(POSITIONS, PositionsView())


PAGES: dict[int, tuple[Late[Any], ...]] = {
    COMPARISON: (LateParts.compare,),
    DEVIATIONS: (LateParts.deviations,),
    OVERLAP: (LateParts.sweep_panel, LateParts.sweep_view),
    DATA: (LateParts.data,),
    PROBE: (LateParts.modes,),
    POSITIONS: (LateParts.positions,),
}
LATE_VIEWS: tuple[Late[Any], ...] = (
    LateParts.compare, LateParts.sweep_view, LateParts.data, LateParts.modes, LateParts.positions,
)  # fmt: skip
