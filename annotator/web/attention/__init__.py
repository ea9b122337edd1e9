"""The pages of constraint attention, for leads."""
