"""Chinese input: candidates for what was typed by pinyin, by jyutping or by the order of strokes.

`lookup` answers from one read-only file that `build` makes when the checkout is set up; the running box never imports
`build`, nor any of the packages whose data it reads. What the file is made of: docs/decisions/0032-chinese-input.md.
"""
