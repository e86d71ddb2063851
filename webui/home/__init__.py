"""The parent's room: the child's tablet, the training, the loan, stricter rules, and what is stored."""
