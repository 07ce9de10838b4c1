"""What students install: one package `splitboard`, made of client, grader and languages."""
