"""The README, as tests read it."""

from pathlib import Path

from blocks import blocks, sections

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.rst").read_text("utf-8")
# The text under each heading; under "" what stands before the first.
TEXTS = sections(README)
BLOCKS = blocks(README)
PYTHON = [block for block in BLOCKS if block.language == "python"]
LITERAL = [block.text.strip() for block in BLOCKS if not block.language]
