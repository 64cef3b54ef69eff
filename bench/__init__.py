"""The benchmark: what the product promises about speed, measured against something in the same run."""
