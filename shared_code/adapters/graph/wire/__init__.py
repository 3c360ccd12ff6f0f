"""Graph's JSON: what comes, decoded and made ours; what goes, made of ours. Pure."""
