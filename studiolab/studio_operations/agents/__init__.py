"""Agents: drafts, scores and notes from conversations, which a person reads before anything happens (D-10 to D-16)."""
