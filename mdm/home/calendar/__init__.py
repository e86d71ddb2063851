"""The school calendar: zones, holidays, each school's own hours; when there is class, and when there is none."""
