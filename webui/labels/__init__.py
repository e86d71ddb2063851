"""Label sheets: the page on which a kit or a school, a format and a code are chosen."""
