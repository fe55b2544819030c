"""What theory says before anything is run: bounds, costs, gradient flows."""
