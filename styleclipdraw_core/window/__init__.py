"""The window beside Inkscape: shows drawings growing, keeps the history, never imports torch.

It reads and writes job folders and nothing else (docs/job-folder.md), so it may be closed or killed
at any moment: whatever it showed is on the disk. docs/window.md tells what a person can do in it.
"""
