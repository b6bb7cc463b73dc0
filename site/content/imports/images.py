"""Where pictures come from: a folder, or the web; never an address inside the own network."""

import hashlib
import ipaddress
import socket
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

import httpx
from django.core.files import File
from django.db import transaction
from PIL import Image as Pillow
from wagtail.images import get_image_model

from content import renditions

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 100_000_000
MAX_REDIRECTS = 3
TIMEOUT = httpx.Timeout(20, connect=5)
ENDINGS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "AVIF": "avif"}


class PictureMissing(Exception):
    """A picture cannot be had; says why."""


class Pictures(Protocol):
    """Where the pictures of an import come from."""

    def fetch(self, src: str, into: Path) -> Path:
        """A file with the picture, in `into` or elsewhere. Raises PictureMissing."""

    def check(self, src: str) -> None:
        """Look as far as that changes and loads nothing. Raises PictureMissing."""


class NoPictures:
    """Leaves every picture where it is; a later import can bring them."""

    def fetch(self, src: str, into: Path) -> Path:
        """Raises PictureMissing."""
        raise PictureMissing("Pictures were not asked for; its address is kept.")

    def check(self, src: str) -> None:
        """Raises PictureMissing."""
        raise PictureMissing("Pictures were not asked for; its address is kept.")


class Folder:
    """Pictures in a folder: by their path in it, or by the file name of a URL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def fetch(self, src: str, into: Path) -> Path:
        """The file itself. Raises PictureMissing."""
        parts = urlsplit(src)
        path = unquote(parts.path) if parts.scheme in ("http", "https") else src
        for candidate in (path.lstrip("/"), PurePosixPath(path).name):
            if not candidate or "\x00" in candidate:
                continue
            found = (self.folder / candidate).resolve()
            if found.is_relative_to(self.folder) and found.is_file():
                if found.stat().st_size > MAX_BYTES:
                    raise PictureMissing(f"The file is over {MAX_BYTES // 2**20} MB.")
                return found
        raise PictureMissing(f"There is no “{PurePosixPath(path).name}” in the folder.")

    def check(self, src: str) -> None:
        """Look whether it is there. Raises PictureMissing."""
        self.fetch(src, self.folder)


class Web:
    """Pictures by http and https, with limits on time, size and redirects.

    Every host is looked up first and refused if it is not a public address (unless
    `allow_private`); the connection then goes to the very address that was looked at. A host
    that could not be reached is not asked again.
    """

    def __init__(self, *, allow_private: bool = False) -> None:
        self.allow_private = allow_private
        self._unreachable: dict[str, str] = {}
        self._client = httpx.Client(
            timeout=TIMEOUT, trust_env=False, headers={"User-Agent": "Vitrine import"}
        )

    def check(self, src: str) -> None:
        """Look at the address alone. Raises PictureMissing."""
        if urlsplit(src).scheme not in ("http", "https") or not urlsplit(src).hostname:
            raise PictureMissing("It is no http or https address. Is --images FOLDER missing?")

    def fetch(self, src: str, into: Path) -> Path:
        """Load it into a file. Raises PictureMissing."""
        url = src
        try:
            for _ in range(MAX_REDIRECTS + 1):
                self.check(url)
                with self._open(url) as answer:
                    if answer.has_redirect_location:
                        url = str(httpx.URL(url).join(answer.headers["location"]))
                        continue
                    if answer.status_code != httpx.codes.OK:
                        raise PictureMissing(f"The server answered {answer.status_code}.")
                    return self._save(answer, into / hashlib.sha256(src.encode()).hexdigest())
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            host = urlsplit(url).hostname or ""
            why = f"{host} cannot be reached: {error or type(error).__name__}."
            if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                self._unreachable[host] = why
            raise PictureMissing(why) from error
        raise PictureMissing(f"It was redirected more than {MAX_REDIRECTS} times.")

    @contextmanager
    def _open(self, address: str) -> Iterator[httpx.Response]:
        url = httpx.URL(address)
        ip = self._look_up(url.host, url.port or (443 if url.scheme == "https" else 80))
        request = self._client.build_request(
            "GET",
            url.copy_with(host=ip),
            headers={"Host": url.netloc.decode()},
            extensions={"sni_hostname": url.host},
        )
        answer = self._client.send(request, stream=True, follow_redirects=False)
        try:
            yield answer
        finally:
            answer.close()

    def _look_up(self, host: str, port: int) -> str:
        if host in self._unreachable:
            raise PictureMissing(self._unreachable[host])
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self._unreachable[host] = f"{host} is not known: {error}."
            raise PictureMissing(self._unreachable[host]) from error
        addresses = [str(row[4][0]).partition("%")[0] for row in found]
        if not self.allow_private and not all(
            ipaddress.ip_address(address).is_global for address in addresses
        ):
            raise PictureMissing(f"{host} is an address inside a network (see --allow-private).")
        return addresses[0]

    def _save(self, answer: httpx.Response, path: Path) -> Path:
        size = 0
        with path.open("wb") as file:
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise PictureMissing(f"The picture is over {MAX_BYTES // 2**20} MB.")
                file.write(chunk)
        return path


class Gallery:
    """Stores pictures in Wagtail, each file once, and takes back what a failed product brought."""

    def __init__(self, source: Pictures) -> None:
        self.source = source
        self._ids: dict[str, int] = {}
        self._made: list[int] = []

    def know(self, ids: dict[str, int]) -> None:
        """Pictures that are stored already, by src."""
        self._ids |= ids

    def begin(self) -> None:
        """A new product starts: what was stored so far is kept."""
        self._made = []

    def take_back(self) -> None:
        """Delete what was stored since `begin`, with its files."""
        model = get_image_model()
        for image in model.objects.filter(pk__in=self._made):
            image.delete()
        self._ids = {src: pk for src, pk in self._ids.items() if pk not in self._made}
        self._made = []

    def bring(
        self, wanted: Iterable[tuple[str, str, tuple[float, float] | None]]
    ) -> tuple[dict[str, int], dict[str, str]]:
        """Get and store pictures, `(src, title, focal point)` each, and make their renditions.

        Returns the ids of the images by src, and why the others cannot be had.
        """
        failed: dict[str, str] = {}
        missing = [row for row in wanted if row[0] not in self._ids]
        with tempfile.TemporaryDirectory(prefix="pictures-") as folder:

            def fetch(src: str) -> Path | str:
                try:
                    path = self.source.fetch(src, Path(folder))
                    _inspect(path)
                except PictureMissing as error:
                    return str(error)
                return path

            with ThreadPoolExecutor(4) as pool:
                paths = list(pool.map(fetch, [src for src, _, _ in missing]))
            for (src, title, focal), path in zip(missing, paths, strict=True):
                if isinstance(path, str):
                    failed[src] = path
                else:
                    self._ids[src] = self._store(src, path, title, focal)
        return {src: self._ids[src] for src, _, _ in wanted if src in self._ids}, failed

    def _store(self, src: str, path: Path, title: str, focal: tuple[float, float] | None) -> int:
        model = get_image_model()
        digest = hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
        known = model.objects.filter(file_hash=digest).order_by("pk").first()
        if known is not None:
            return known.pk
        name = PurePosixPath(unquote(urlsplit(src).path)).stem[:80] or "picture"
        with transaction.atomic(), path.open("rb") as opened:
            image = model(title=title[:255], file=File(opened, f"{name}.{_inspect(path)}"))
            image._set_image_file_metadata()
            if focal is not None:
                image.focal_point_x = round(focal[0] * image.width)
                image.focal_point_y = round(focal[1] * image.height)
                image.focal_point_width = image.focal_point_height = min(image.width, image.height)
            image.save()
        self._made.append(image.pk)
        renditions.prepare([image])
        return image.pk


def _inspect(path: Path) -> str:
    """The file ending of the picture's real format. Raises PictureMissing."""
    try:
        with Pillow.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureMissing(f"The picture has over {MAX_PIXELS // 10**6} megapixels.")
            ending = ENDINGS.get(picture.format or "")
            picture.verify()
    except PictureMissing:
        raise
    except Exception as error:  # noqa: BLE001  Pillow raises nearly anything for broken files
        raise PictureMissing("This is not a picture that can be read.") from error
    if ending is None:
        raise PictureMissing("This kind of picture is not shown: only JPEG, PNG, GIF, WebP, AVIF.")
    return ending
