"""The diffusion prior: its schedules and its denoiser."""
