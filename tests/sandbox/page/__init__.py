"""The side-by-side page, in a real browser on the whole stack."""
