"""The filters of HDF5 that are read: those that detectors and programs of the field compress with."""

import h5py

from ptygui.errors import InputError

_READ = {
    1: "gzip", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scale-offset", 307: "bzip2",
    32000: "LZF", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle", 32015: "Zstandard", 32026: "Blosc2",
}  # fmt: skip
# They crash on damaged data, lose what was counted, or are not used for patterns.
_REFUSED = {
    32013: "ZFP", 32017: "SZ", 32018: "FCIDECOMP", 32024: "SZ3", 32027: "Delta RICE", 32028: "SPERR",
}  # fmt: skip


def check_filters(path: object, name: str, dataset: h5py.h5d.DatasetID) -> None:
    """Refuse a dataset that is compressed with a filter that is not installed, or is not read."""
    settings = dataset.get_create_plist()
    for k in range(settings.get_nfilters()):
        number, _, _, said = settings.get_filter(k)
        told = _READ.get(number) or _REFUSED.get(number) or said.decode("utf-8", "replace").strip("\0 ")[:40]
        told = f"filter {number}" + (f" ({told})" if told else "")
        if number in _REFUSED:
            raise InputError(
                f"{path}: {name} is compressed with {told}, which is not read: write it again with gzip, "
                "LZ4, bitshuffle, Blosc or Zstandard (h5repack)"
            )
        if number not in _READ or not h5py.h5z.filter_avail(number):
            raise InputError(
                f"{path}: {name} is compressed with {told}, which is not installed: install its HDF5 plugin, "
                "or rewrite the file with h5repack -f GZIP=4"
            )
