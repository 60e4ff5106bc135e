"""Another model takes over while the service answers.

The new bundle is loaded, checked and warmed in a thread, then put in place by one assignment: a
request keeps the model that it began with. A bundle that is refused changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from . import bundle, promotion, versions
from .app import Service, Serving
from .errors import UserError
from .settings import Settings
from .signature import Signature

TICK_SECONDS = 0.1

logger = logging.getLogger(__name__)


class Reloader:
    """Watches the folder of the model; a signal makes it look at once."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        seen: versions.Fingerprint,
        serves: Callable[[Path], object] = lambda _: None,
    ) -> None:
        """Look for what is not `seen`; tell `serves` the folder of each bundle that takes over."""
        self._serves = serves
        self._service = service
        self._settings = settings
        self._seen = seen
        self._served = {_mark(service.serving.model.signature)}
        self._asked = False
        self._trouble = ""

    def ask(self, *_: object) -> None:
        """Look now, also at a bundle that was refused before; fit to be a signal's handler."""
        self._asked = True

    async def watch(self) -> None:
        """Look every `reload_seconds`, if that is not 0, and when asked; never return."""
        every = self._settings.reload_seconds
        looked = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._asked or (every and time.monotonic() >= looked + every):
                looked = time.monotonic()
                await self._look()

    async def _look(self) -> None:
        """Look once; a folder that cannot be read now may be read the next time."""
        try:
            found = await asyncio.to_thread(versions.fingerprint, self._settings.model_dir)
            if self._asked or found not in ((), self._seen):  # (): it is being replaced right now
                self._asked = False
                self._seen = found
                await self.reload()
        except Exception as error:
            if str(error) != self._trouble:
                logger.exception("no look for another model")
            self._trouble = str(error)
        else:
            self._trouble = ""

    async def reload(self) -> None:
        """Let the newest bundle take over, or log why it may not."""
        serving = self._service.serving.model.signature
        try:
            folder, candidate = await asyncio.to_thread(self._prepare)
        except UserError as error:
            logger.error("model refused", extra={"reason": str(error), "kept": serving.version})
            return
        except Exception:
            logger.exception("model refused by a bug", extra={"kept": serving.version})
            return
        self._service.serving = candidate
        self._serves(folder)
        new = candidate.model.signature
        self._served.add(_mark(new))
        logger.info(
            "model swapped",
            extra={"from": serving.version, "version": new.version, "digest": new.digest},
        )

    def _prepare(self) -> tuple[Path, Serving]:
        """Return the newest bundle, ready to serve, and its folder.

        Raises:
            UserError: it is broken, or the promotion gate refuses it.
        """
        folder = versions.newest(self._settings.model_dir)
        model = bundle.load(folder)
        known = _mark(model.signature) in self._served  # what comes back was judged before
        serving = self._service.serving.model.signature
        policy, refused = self._settings.promote, self._settings.refused_oddities
        objections = promotion.objections(serving, model.signature, policy, refused)
        if objections and not known:
            raise UserError(
                f"The bundle in {folder.as_posix()}/ may not take over: {'; '.join(objections)}.",
                "PROMOTE=any lets in what is no better; what answers less needs a new start.",
            )
        return folder, self._service.prepare(model)


def _mark(signature: Signature) -> str:
    """Return what tells a bundle from all others, in few bytes."""
    return bundle.digest(msgspec.json.encode(signature))
