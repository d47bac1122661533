"""The loops between the transforms, compiled for the processor by numba: one pass over the waves each.

In torch the same take several passes, and stay for GPUs, gradients, and where there is no numba:
`ptygui.physics.forward` chooses. They are compiled at the first call on a machine and kept on disk from then
on. Arrays are complex64 or float32 and contiguous; nothing is checked here.
"""

import numba
import numpy as np

# No assumption that values are finite: a method that diverges must be seen to.
_loop = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz", "arcp"})


@_loop
def cut(objects, first, columns, probe, exit_waves):
    """The exit waves P D_i f, (S, K, m, m), of objects (S, H * W): patches begin at flat indices `first`."""
    side = probe.shape[0]
    for s in range(objects.shape[0]):
        for k in range(first.size):
            for i in range(side):
                at = first[k] + i * columns
                row, p, out = objects[s, at : at + side], probe[i], exit_waves[s, k, i]
                for j in range(side):
                    out[j] = row[j] * p[j]


@_loop
def place(patches, first, columns, factor, onto):
    """Patches (S, K, m, m) times a factor (m, m), added up where they lie in objects (S, H * W)."""
    side = factor.shape[0]
    for s in range(onto.shape[0]):
        for k in range(first.size):
            for i in range(side):
                at = first[k] + i * columns
                row, p, patch = onto[s, at : at + side], factor[i], patches[s, k, i]
                for j in range(side):
                    row[j] += patch[j] * p[j]


@_loop
def set_modulus(out, waves, amplitudes, trusted, tiny):
    """The result is y z/|z| of waves (S, n) and amplitudes (1 or S, n).

    Or z itself where `trusted` is False: of n values, of fewer, which then repeat, or of none, where all are.
    """
    block = trusted.size or waves.shape[1]
    for s in range(waves.shape[0]):
        for at in range(0, waves.shape[1], block):
            w, o = waves[s, at : at + block], out[s, at : at + block]
            y = amplitudes[s % amplitudes.shape[0], at : at + block]
            for j in range(block):
                z = w[j]
                scale = y[j] / np.sqrt(z.real * z.real + z.imag * z.imag + tiny)
                if trusted.size and not trusted[j]:
                    scale = np.float32(1)
                o[j] = z * scale
