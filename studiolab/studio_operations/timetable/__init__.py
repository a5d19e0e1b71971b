"""A week's classes: placed by rules and by demand, proven, checked and explained."""
