"""Running a studio: timetable, messages and leads."""
