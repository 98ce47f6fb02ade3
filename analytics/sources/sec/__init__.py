"""SEC EDGAR: what companies reported, with the day on which each figure was filed."""
