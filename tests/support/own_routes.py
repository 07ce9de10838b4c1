"""The routes by which people change what is their own, and workers their runs: no acts of staff."""

OWN = {
    *("/sign-in", "/sign-out", "/account/mail", "/account/tokens", "/account/tokens/{token_id}/revoke"),
    *("/api/tokens", "/api/tokens/{token_id}", "/api/me/mail", "/api/me/language", "/language"),
    *("/account/zone", "/api/me/zone"),
    *("/account/notices", "/notices/read", "/api/me/notices/read"),
    *("/forgotten-password", "/set-password", "/account/password"),
    *("/sign-in/confirm", "/account/identities/{identity_id}/unlink"),
    *("/account/sessions/{session_id}/end", "/account/other-sessions/end"),
    *("/competitions/{slug}/submit", "/api/competitions/{slug}/submissions"),
    *("/competitions/{slug}/code", "/api/competitions/{slug}/code"),
    "/submissions/{submission_id}/questions",
    *("/submissions/{submission_id}/note", "/api/submissions/{submission_id}/note"),
    *("/submissions/{submission_id}/final", "/api/submissions/{submission_id}/final"),
    *(
        f"/api/baseline-runs/{{run_id}}/{word}"
        for word in ("failure", "heartbeat", "predictions", "release", "report")
    ),
    "/api/worker/claim",
    *(
        f"{api}/competitions/{{slug}}/team{word}"
        for api in ("", "/api")
        for word in ("", "/invitations", "/invitations/{invitation_id}/{answer}", "/leave")
    ),
}
# How points are given and counted by hand, whose entries have tests in tests/server/grades.
BY_HAND = {
    "/competitions/{slug}/items",
    "/competitions/{slug}/items/file",
    "/courses/{course}/exports",
    "/courses/{course}/grade-rules",
    "/courses/{course}/people/{user_id}/adjustments",
    "/courses/{course}/people/{user_id}/adjustments/{adjustment_id}/revoke",
}
