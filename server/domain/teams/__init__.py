"""Teams: members, names, invitations, mergers, allowances, lateness."""
