"""The unified inbox: who writes, what was said, what became of it, and what may be answered when."""
