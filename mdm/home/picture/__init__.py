"""The authority's weekly picture of tablets at home, in which no small group can be seen or computed."""
