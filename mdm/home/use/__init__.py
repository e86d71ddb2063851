"""Use at home: daily sums of minutes where a tablet reports them, and the days on which it was heard out of school."""
