"""Two customers that are one: what goes over from one to the other, and how it goes back."""
