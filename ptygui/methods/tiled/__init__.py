"""One object in tiles, each in a memory of its own: what a tile does, and what it tells the others.

All of it is the program of one tile: a generator that yields a `Talk` where it needs numbers or pixels of the
other tiles, and `Shown` where there is something to see. Who advances it (`talk.together` in one process,
workers elsewhere) only carries what is said. A tile computes what the same method computes on the whole
object, up to rounding and its own draws of noise.
"""
