"""Hand the build to setuptools; everything it needs to know stands in setup.cfg."""

import os

from setuptools import setup

# A wheel keeps the permissions of its files: the same ones, whoever builds it.
os.umask(0o022)

setup()
