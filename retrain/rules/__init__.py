"""Alert rules of the business: declared in a file, or built in for products."""
