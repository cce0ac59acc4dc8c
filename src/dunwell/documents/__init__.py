"""Documents: PDF and XLSX made from plain data. A mechanism: it holds no business word and reads no table.

The look of a document is a Typst template that its area owns; the font covers the rare characters of Chinese names,
and a character it lacks is an error, never an empty box.
"""
