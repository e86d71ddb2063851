"""Letters to families by e-mail, for those guardians who gave an address and only of what they chose."""
