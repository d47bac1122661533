"""One reconstruction in tiles of the object, each with its own memory: what a tile does, and what it tells others.

Everything here is the program of one tile: a generator that yields a `Talk` where it needs numbers or pixels of
the other tiles, and `Shown` where there is something to see. Who advances it (`talk.together` in one process,
workers elsewhere) only carries what is said. Up to rounding a tile computes what the same method computes on the
whole object.
"""
