"""Studio operations: the class timetable; what members write and who becomes one."""
