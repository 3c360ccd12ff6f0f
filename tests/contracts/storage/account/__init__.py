"""The storage account itself: what a deed costs, who is let in, what goes wrong."""
