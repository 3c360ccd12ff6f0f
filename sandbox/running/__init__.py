"""Starting, watching and ending the processes of the local stack."""
