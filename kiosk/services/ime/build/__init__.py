"""Makes the table of Chinese input from the data of other packages. Runs at set-up only: `python -m` this package.

A source is read as data and never imported, so that what it brings along stays out of the box's environment.
"""
