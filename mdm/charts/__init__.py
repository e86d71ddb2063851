"""Charts and maps as SVG made here: no script, no style sheet needed, told in words beside."""
