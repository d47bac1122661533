"""Output in any encoding: what a terminal or pipe cannot show is written in plain letters."""

import codecs
import sys
import unicodedata

_PLAIN = {
    "µ": "u", "μ": "mu", "σ": "sigma", "λ": "lambda", "π": "pi", "δ": "delta", "ζ": "zeta", "α": "alpha",
    "β": "beta", "φ": "phi", "Δ": "Delta", "Å": "A", "°": " deg", "·": "*", "×": "x", "÷": "/", "±": "+-",
    "≈": "~", "≤": "<=", "≥": ">=", "−": "-", "–": "-", "—": "-", "→": "->", "←": "<-", "…": "...", "‘": "'",
    "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "•": "*", "ß": "ss", "ø": "o", "Ø": "O",
    "æ": "ae", "Æ": "AE", "ł": "l", "Ł": "L",
}  # fmt: skip


def in_any_encoding() -> None:
    """Let standard output and error write every text, whatever their encoding."""
    codecs.register_error("ptygui.plain", _replacement)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # None without a console, or replaced by the caller
            stream.reconfigure(errors="ptygui.plain")


def plain(text: str) -> str:
    """A text in ASCII; what has no likeness is a question mark."""
    known = "".join(_PLAIN.get(c, c) for c in text)
    return "".join(c if c.isascii() else _bare(c) for c in known)


def _bare(character: str) -> str:
    """A letter without its accents."""
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return bare or "?"


def _replacement(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end
