"""What a file is, told by its first bytes and never by its suffix."""

from os import PathLike

from ptygui.files.limits import existing, reading

_STARTS = (
    (b"\x93NUMPY", "npy"),
    (b"PK\x03\x04", "npz"),
    (b"BZh", "bz2"),
    (b"MATLAB 5.0 MAT-file", "mat5"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"BM", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
)
_HDF5 = b"\x89HDF\r\n\x1a\n"


def file_type_of(path: str | PathLike[str]) -> str | None:
    """One of npy, npz, bz2, mat5, mat73, hdf5, image, tiff; None for anything else.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder or not readable.
    """
    path = existing(path)
    with reading(path), open(path, "rb") as file:
        start = file.read(128)
        for magic, content in _STARTS:
            if start.startswith(magic):
                return content
        place = 0  # HDF5 allows a block of the user's in front: 0, 512, 1024, 2048 ... bytes
        while place <= 2**20:
            file.seek(place)
            found = file.read(8)
            if found == _HDF5:
                return "mat73" if start.startswith(b"MATLAB 7.3") else "hdf5"
            if len(found) < 8:
                return None
            place = 2 * place or 512
    return None
