"""What the work costs: requests counted on the wire, CPU and time as multiples of a bare GET of the same run."""
