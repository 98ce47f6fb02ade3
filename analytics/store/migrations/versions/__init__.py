"""One file a revision. Append; never change one that has shipped."""
