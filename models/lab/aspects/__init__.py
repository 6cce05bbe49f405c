"""Lab of the aspects: training and measuring of what finds and names them."""
