"""The room of pupils, their families and the tablets that they take home, as schools see them."""
