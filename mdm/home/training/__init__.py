"""The training of parents: short modules with pictures and questions, or an evening at school."""
