"""What a message adds: which offer pays for itself, learnt from offers made at random."""
