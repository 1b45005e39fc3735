"""One file, one plug-in: where else the presets are at home.

Rule: a plug-in is found by its entry point in setup.cfg, and imported by its host alone.
"""
