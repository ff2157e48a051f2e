"""How fast and how exact the package is, as ratios; `python -m benchmarks` runs everything."""
