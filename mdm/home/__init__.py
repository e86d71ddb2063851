"""The tablet at home and the school's time: calendar, loans, modes."""
