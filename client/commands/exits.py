"""The exit codes of the command: a promise to scripts, so they stand here, in the help and in docs/client.md.

0   done
1   the file is not a valid submission, or what was to be verified does not hold
2   the command was not understood, or names something that does not exist
3   not signed in, or not allowed
4   a limit is reached, or the competition does not take this now
5   the server or the network failed; nothing is known to be wrong with the request
130 stopped by the person at the keyboard
"""

from client.api.errors import ApiError, ClientError, InvalidFile, Misuse, NotProven, NotSignedIn

DONE, INVALID, USAGE, NOT_ALLOWED, LIMIT, FAULT, STOPPED = 0, 1, 2, 3, 4, 5, 130

BY_KIND: dict[type[ClientError], int] = {
    InvalidFile: INVALID,
    NotProven: INVALID,
    Misuse: USAGE,
    NotSignedIn: NOT_ALLOWED,
}
BY_CODE = {
    "invalid_submission": INVALID,
    "empty_file": INVALID,
    "invalid_code": INVALID,
    "too_large": INVALID,
    "stopped_on_the_way": FAULT,  # by a proxy before the server, which has a limit of its own
    "not_found": USAGE,
    "invalid_request": USAGE,
    "not_signed_in": NOT_ALLOWED,
    "not_allowed": NOT_ALLOWED,
    "private_hidden": NOT_ALLOWED,
    "daily_limit_reached": LIMIT,
    "too_many_invalid": LIMIT,
    "too_many_failed": LIMIT,
    "not_open": LIMIT,
    "closed": LIMIT,
    "conflict": LIMIT,
}
BY_STATUS = {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: USAGE, 409: LIMIT, 413: INVALID, 429: LIMIT}


def exit_code(error: ClientError) -> int:
    """The exit code of an error; a code that a newer server made up is judged by its status."""
    if isinstance(error, ApiError):
        return BY_CODE.get(error.code) or BY_STATUS.get(error.status, FAULT)
    return BY_KIND.get(type(error), FAULT)
