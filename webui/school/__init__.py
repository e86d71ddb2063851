"""The room of school heads and of the authority's manager: schools in numbers, costs and renewals."""
