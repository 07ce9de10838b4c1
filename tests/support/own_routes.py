"""The routes by which people change what is their own, and workers their runs; and those about accounts."""

OWN = {
    *("/sign-in", "/sign-out", "/account/mail", "/account/tokens", "/account/tokens/{token_id}/revoke"),
    *("/api/tokens", "/api/tokens/{token_id}", "/api/me/mail", "/api/me/language", "/language"),
    *("/account/zone", "/api/me/zone"),
    *("/account/address", "/account/address/confirm", "/account/address/withdraw"),
    *("/account/notices", "/notices/read", "/api/me/notices/read", "/api/me/notices/kinds"),
    *("/forgotten-password", "/set-password", "/account/password"),
    *("/sign-in/code", "/account/second-factor"),
    *(f"/account/second-factor/{act}" for act in ("confirm", "recovery-codes", "off")),
    *("/lti/login", "/lti/launch", "/lti/launch/continue"),
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
# The routes of Kaggle's clients by which students submit, and those that read; tests in tests/server/kaggle.
KAGGLE = {
    "/api/v1/kaggle/uploads",
    "/api/v1/competitions/submission-url",
    "/api/v1/competitions/submissions/submit/{slug}",
    "/api/v1/competitions/{slug}/submissions/url/{size}/{changed}",
    "/api/v1/security.OAuthService/IntrospectToken",
    "/api/v1/{package}.{service}/{method}",
    *(
        f"/api/v1/competitions.CompetitionApiService/{method}"
        for method in (
            *("ListCompetitions", "GetCompetition", "ListCompetitionPages", "ListCompetitionHosts"),
            *("ListDataFiles", "DownloadDataFiles", "DownloadDataFile"),
            *("StartSubmissionUpload", "CreateSubmission", "GetSubmissionLimits"),
            *("ListSubmissions", "GetSubmission", "DownloadSubmission", "ListTeamPublicSubmissions"),
            *("GetLeaderboard", "DownloadLeaderboard"),
            *(
                "CreateCompetition",
                "CreateCompetitionPage",
                "UpdateCompetitionPage",
                "DeleteCompetitionPage",
                "LaunchCompetition",
            ),
            *("GetCompetitionSettings", "UpdateCompetitionSettings", "UpdateSubmissionBenchmark"),
            *("CreateCompetitionData", "CreateCompetitionSolution", "CreateCompetitionSampleSubmission"),
            "GetCompetitionSolutionStatus",
        )
    ),
    "/api/v1/blobs.BlobApiService/StartBlobUpload",
}
# How points are given and counted by hand, whose entries have tests in tests/server/grades.
BY_HAND = {
    "/competitions/{slug}/items",
    "/competitions/{slug}/items/file",
    "/courses/{course}/exports",
    "/api/courses/{course}/exports",
    "/courses/{course}/exports/{version}/partners",
    "/courses/{course}/exports/partners/{partner_id}/revoke",
    "/courses/{course}/grade-rules",
    *("/api/courses/{course}/grade-rules", "/api/courses/{course}/grade-rules/preview"),
    "/api/competitions/{slug}/items",
    "/courses/{course}/people/{user_id}/adjustments",
    "/courses/{course}/people/{user_id}/adjustments/{adjustment_id}/revoke",
}
# Learning platforms and what is linked with them, whose entries have tests in tests/server/lti.
LTI = {
    *("/lti", "/lti/{platform_id}/deployments", "/lti/{platform_id}/removal", "/lti/contexts/{context_id}"),
    *(f"/courses/{{course}}/lti/{{context_id}}/{act}" for act in ("roster", "points", "end")),
}
# What staff change about accounts, with tests in test_erasure.py, test_handing_out.py and test_codes.py.
ADMINS = {
    *(f"/people/{{user_id}}/{act}" for act in ("password", "second-factor", "erasure")),
    *("/api/people/{user_id}/erasure", "/courses/{course}/people/{user_id}/password"),
    "/courses/{course}/invitations",
}
