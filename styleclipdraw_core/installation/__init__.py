"""Puts the program on a computer and takes it off again; what install.py at the top is made of.

Everything in here runs in the Python that the person happens to have, before anything is
installed: only the standard library.
"""
