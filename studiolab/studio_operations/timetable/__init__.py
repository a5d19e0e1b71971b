"""Weekly timetables: of a studio, and of the published problem of university courses."""
