"""Figures, templates and the self-contained HTML report."""
