"""How courses and competitions are made, in answers: clones, archives, drafts."""
