"""System 2: which product for which customer, what that is worth, and whether it truly did something."""
