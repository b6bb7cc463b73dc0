"""Catalogues from files and into files. One transaction per product; nothing is left half done."""
