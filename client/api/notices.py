"""The calls about notices: what concerns me, what of it I have read, which kinds come by mail."""

from collections.abc import Sequence

from client.api.decode import Json
from client.api.transport import Transport
from client.api.types.notices import NoticeChoices, Notices

PATH = "/api/me/notices"


class NoticeApi:
    """Routes of notices."""

    _transport: Transport

    def notices(self) -> Notices:
        """My notices, the newest first."""
        return self._transport.call(Notices, "GET", PATH)

    def read_notices(self, keys: Sequence[str] | None = None) -> Notices:
        """Mark these notices of mine as read; all without `keys`."""
        body: dict[str, Json] = {} if keys is None else {"keys": list(keys)}
        return self._transport.call(Notices, "POST", f"{PATH}/read", body=body)

    def notice_kinds(self) -> NoticeChoices:
        """Which kinds of notices I may get, and which of them come by mail too."""
        return self._transport.call(NoticeChoices, "GET", f"{PATH}/kinds")

    def choose_notice_kinds(self, by_mail: Sequence[str]) -> NoticeChoices:
        """Get these kinds by mail too, and no others."""
        return self._transport.call(NoticeChoices, "PUT", f"{PATH}/kinds", body={"by_mail": list(by_mail)})
