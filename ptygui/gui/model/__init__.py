"""What the window works on, without widgets: session, runs, selection, simulation, checks."""
