"""Pupils: what little is stored of them, imports from ONDE and from town halls, doubts, the year's end."""
