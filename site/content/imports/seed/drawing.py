"""The sample shop's pictures: each drawn once, in processes beside this one."""

import hashlib
import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from wagtail.images import get_image_model

from content.imports.images import Folder, Gallery
from content.imports.seed.brush import paint_to

SIDE = 1000  # pixels
Picture = dict[str, Any]


def source(picture: Picture) -> str:
    """The file name of a picture, the same for the same drawing."""
    what = [picture["picture"], picture["params"], picture.get("width"), picture.get("height")]
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]
    return f"{picture['picture']}-{digest}.jpg"


class Drawings:
    """The ids of the sample's pictures in Wagtail, by `source`."""

    def __init__(self, side: int = SIDE) -> None:
        self._side = side
        self.ids: dict[str, int] = {}

    def id_of(self, picture: Picture | None) -> int | None:
        """The image of a picture, or None where the texts name none."""
        return self.ids.get(source(picture)) if picture else None

    def make(self, pictures: Iterable[Picture], step: Callable[[], None]) -> None:
        """Draw and store what is not there yet, with its renditions; `step` after each."""
        wanted = {source(picture): picture for picture in pictures}
        self.ids = _stored(wanted)
        for _ in self.ids:
            step()
        missing = {src: picture for src, picture in wanted.items() if src not in self.ids}
        if not missing:
            return
        spawn = multiprocessing.get_context("spawn")
        processes = min(os.cpu_count() or 1, len(missing), 4)
        with (
            tempfile.TemporaryDirectory(prefix="drawings-") as folder,
            ProcessPoolExecutor(processes, mp_context=spawn) as pool,
        ):
            gallery = Gallery(Folder(Path(folder)))
            jobs = {
                pool.submit(paint_to, str(Path(folder) / src), picture | {"side": self._side}): src
                for src, picture in missing.items()
            }
            for job in as_completed(jobs):
                job.result()
                src = jobs[job]
                focal = missing[src].get("focal_point")
                asked = (src, missing[src]["alt"], tuple(focal) if focal else None)
                found, _ = gallery.bring([asked])
                self.ids |= found
                step()


def _stored(wanted: Iterable[str]) -> dict[str, int]:
    stems = {Path(src).stem: src for src in wanted}
    found: dict[str, int] = {}
    for pk, name in get_image_model().objects.values_list("pk", "file"):
        src = stems.get(Path(name).stem)
        if src:
            found[src] = pk
    return found
