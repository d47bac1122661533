"""The reading process: code in C that decodes files of strangers runs in a process of its own.

A damaged or hostile file can crash HDF5, its filters, `scipy.io.loadmat` or a decoder of images, make them
loop, or fill the memory. Here that ends a process without a window, and is one sentence for the user.

`process`       in the program: starts the process, asks it, bounds its time and memory
`serve`         in the process: its loop, and what it can be asked
`hdf5_file`, `links`, `filters`, `mat`, `pictures`   in the process: what it does
`messages`      between both: JSON and plain arrays, through shared memory if they are large; no pickle
"""
