"""A run: from a study to figures, and from figures to a folder and back."""
