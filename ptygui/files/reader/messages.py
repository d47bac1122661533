"""Messages to and from the reading process: JSON, and arrays of numbers. Nothing in them is executed.

A message is 8 bytes of length, JSON, and the bytes of its arrays; large arrays travel as an open file in
memory (`memfd`, or a deleted temporary file) through a socket, where the system can pass one on: the receiver
maps it, without a copy. Elsewhere (Windows) all bytes go through the pipe.
"""

import json
import mmap
import os
import socket
import tempfile
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

PASSES_FILES = hasattr(socket, "send_fds")
_LARGE = 2**18  # bytes, from which a file in memory is passed on
_LONGEST = 2**26  # bytes of JSON


class InFile(np.ndarray):
    """An array in an open file in memory, `handle`, which is passed on without a copy."""

    handle: int

    def __del__(self) -> None:
        if (handle := self.__dict__.pop("handle", None)) is not None:
            os.close(handle)


def empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array to fill and send: in a file in memory, if it is large and the system has such files."""
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if size < _LARGE or not (PASSES_FILES and hasattr(os, "memfd_create")):
        return np.empty(shape, dtype)
    handle = _memory_file()
    try:
        os.posix_fallocate(handle, 0, size)  # too little memory is an error here, and no signal later
        found = np.frombuffer(mmap.mmap(handle, size), dtype).reshape(shape).view(InFile)
    except BaseException:
        os.close(handle)
        raise
    found.handle = handle
    return found


def send(
    stream: BinaryIO, said: Any, arrays: Sequence[np.ndarray] = (), files: socket.socket | None = None
) -> None:
    """Write a message; `files` is the socket that passes files on, if there is one."""
    arrays = [np.asanyarray(array, order="C") for array in arrays]
    size = sum(array.nbytes for array in arrays)
    shared = files is not None and size >= _LARGE
    about = [{"dtype": described(array.dtype), "shape": array.shape} for array in arrays]
    header = json.dumps({"said": said, "arrays": about, "shared": shared}).encode()
    if shared and files is not None:
        only = arrays[0]
        if len(arrays) == 1 and isinstance(only, InFile) and "handle" in only.__dict__:
            socket.send_fds(files, [b"f"], [only.handle])
        else:
            handle = _file_of(arrays)
            try:
                socket.send_fds(files, [b"f"], [handle])
            finally:
                os.close(handle)
    stream.write(len(header).to_bytes(8, "little") + header)
    if not shared:
        for array in arrays:
            stream.write(_bytes(array))
    stream.flush()


def receive(stream: BinaryIO, files: socket.socket | None = None) -> tuple[Any, list[np.ndarray]]:
    """Read a message: what was said, and the arrays.

    Raises
    ------
    EOFError
        If the other side has ended.
    """
    length = int.from_bytes(_exactly(stream, 8), "little")
    if length > _LONGEST:
        raise EOFError
    header = json.loads(_exactly(stream, length))
    kinds = [(dtype_of(one["dtype"]), tuple(one["shape"])) for one in header["arrays"]]
    sizes = [int(np.prod(shape, dtype=object)) * dtype.itemsize for dtype, shape in kinds]
    whole: bytearray | mmap.mmap
    if header["shared"] and files is not None:
        whole = _mapped(files, sum(sizes))
    else:
        whole = _exactly(stream, sum(sizes))
    arrays, start = [], 0
    for (dtype, shape), size in zip(kinds, sizes, strict=True):
        flat = np.frombuffer(whole, np.uint8, size, start) if size else np.empty(0, np.uint8)
        arrays.append(flat.view(dtype).reshape(shape))
        start += size
    return header["said"], arrays


def described(dtype: np.dtype) -> Any:
    """A dtype as plain values; `dtype_of` returns it, with "V" for what has no plain form."""
    if dtype.hasobject:
        return "O"
    if dtype.names is None:
        return dtype.str if dtype.subdtype is None else f"V{dtype.itemsize}"
    plain = all(dtype[name].subdtype is None and dtype[name].names is None for name in dtype.names)
    packed = sum(dtype[name].itemsize for name in dtype.names) == dtype.itemsize
    return [[name, dtype[name].str] for name in dtype.names] if plain and packed else f"V{dtype.itemsize}"


def dtype_of(said: Any) -> np.dtype:
    """The dtype that was described."""
    return np.dtype([(str(name), str(kind)) for name, kind in said] if isinstance(said, list) else str(said))


def _bytes(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")


def _exactly(stream: BinaryIO, count: int) -> bytearray:
    found = bytearray(count)
    room = memoryview(found)
    while room:
        read = stream.readinto(room)  # type: ignore[attr-defined]  # of every stream without a text layer
        if not read:
            raise EOFError
        room = room[read:]
    return found


def _file_of(arrays: Sequence[np.ndarray]) -> int:
    """An open file without a name that holds the bytes of arrays.

    They are written, not mapped: a full disk or memory is an error here, not the end of the process.
    """
    if hasattr(os, "memfd_create"):
        handle = _memory_file()
    else:
        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
    try:
        for array in arrays:
            left = _bytes(array)
            while left:
                left = left[os.write(handle, left[: 2**30]) :]
    except OSError:
        os.close(handle)
        raise
    return handle


def _memory_file() -> int:
    return os.memfd_create("ptygui", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def _mapped(files: socket.socket, size: int) -> mmap.mmap:
    """The bytes of the file that comes through the socket; changes of them stay here."""
    _, handles, _, _ = socket.recv_fds(files, 1, 1)
    if not handles:
        raise EOFError
    try:
        _seal(handles[0])
        if os.fstat(handles[0]).st_size < size:
            raise EOFError
        return mmap.mmap(handles[0], size, access=mmap.ACCESS_COPY)
    finally:
        for handle in handles:
            os.close(handle)


def _seal(handle: int) -> None:
    """Let nobody shorten a file in memory: to read behind its end would end this program."""
    if hasattr(os, "memfd_create"):
        import fcntl

        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
