"""Work that only ever fails: said where people look, set aside, and sent again as the docs say."""
