"""What may be proposed to the committee: apps, web pages, books and web sites, each with its dossier."""
