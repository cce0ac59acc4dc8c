"""Documents of a loan, as Typst templates."""
