"""What people look at: one file per dashboard, and the look they share with the reports."""
