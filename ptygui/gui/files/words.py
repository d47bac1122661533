"""WordsDialog: what the words on the screen mean: the glossary of the documentation."""

from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from ptygui.paths import DOCS

_FIRST = """## At first

- **NRMSE**: the error of the object against the truth, less its global phase. 0 is exact; below 0.05 is very
  good, and what one looks for; 0.1 shows the features with errors; above 0.2 is far off. It needs the truth,
  or a reference from more positions.
- **SSIM**: how alike the magnitudes of object and truth look: 1 is alike, above 0.9 good, below 0.7 visibly
  different.
- **Misfit over noise**: how far the result is from the measured counts, in units of the photon noise. About 1
  is a fit. Well above it, the prior, the probe or the positions do not fit. A fit alone does not make the
  object right: with few data many objects fit.
- **Good, doubtful, bad**: whether to believe the result; the tooltip has the reason and what to do. **Judge**
  measures it without the truth: what misfit to expect, and whether probe, positions or prior are at fault.
- **Overlap**: 1 − step / width of the probe's window; *of D90*: of the diameter that holds 90 % of its
  energy.
- **Prior**: what a diffusion method knows of such objects. Where no data lie it alone decides.

"""


class WordsDialog(QDialog):
    """The words of the header first, then the terms of the glossary."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Words")
        self.text = QTextBrowser(openLinks=False)
        self.text.setAccessibleName("glossary")
        self.text.setMarkdown(_FIRST + glossary())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addWidget(buttons)
        self.resize(760, 620)


def glossary() -> str:
    """The terms of the glossary, in Markdown; empty where the documentation is not installed."""
    path = DOCS / "glossary.md"
    if not path.is_file():
        return ""
    _, _, terms = path.read_text(encoding="utf-8").partition("## Terms")
    return f"## Terms{terms.partition('## Options')[0]}"
