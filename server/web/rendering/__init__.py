"""From values to HTML: templates, filters, charts, forms."""
