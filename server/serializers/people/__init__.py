"""People and courses in answers: who somebody is, what they have, how they sign in, what is known of them."""
