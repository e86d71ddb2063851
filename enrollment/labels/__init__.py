"""Label sheets: a kit's slots on stickers, each with its code, its name and digits that are read from afar."""
