"""What the four menu entries share.

It runs in Inkscape's own Python (3.8 or later) and never imports the core.
"""

DOMAIN = "styleclipdraw"
