"""What is wrong with measured patterns and positions, and what is done about it; numpy only, no files.

found = inspect(patterns, positions, mask)     # bad pixels, dead or hot frames, outliers: each a `Finding`
beam = beam_centre(mean, good, probe)          # then `window_about` cuts, recentres and bins
"""
