"""Self-contained HTML reports: content, pages, figures."""
