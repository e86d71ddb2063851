"""The room of the home-use picture and of evaluations with researchers."""
