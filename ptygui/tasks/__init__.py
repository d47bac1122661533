"""Many reconstructions as small records: a task, its row of results, and where tasks run.

A `Task` says which scan, method and seed; carrying it out gives a `Row`. Both are JSON: a task runs in this
process, on a worker, or in a batch array, with the same result.
"""
