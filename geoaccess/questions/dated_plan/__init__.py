"""A plan over years: which sites open and close when, for the people of each date."""
