"""A user's calendars and tasks over CalDAV."""
