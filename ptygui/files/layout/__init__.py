"""Files in no known layout: what is where in them is said by the user, guessed with reasons, or recalled."""
