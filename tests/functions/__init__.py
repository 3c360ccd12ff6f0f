"""The triggers of the app under the vendor's worker."""
