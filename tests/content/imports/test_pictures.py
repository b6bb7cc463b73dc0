"""Pictures from a folder and from the web, and what cannot be had."""

import http.server
import threading

import pytest
from wagtail.images import get_image_model

from commerce.catalogue.models import Product
from content.imports.images import Folder, PictureMissing, Web
from content.models import ProductPage

from .conftest import rows_in

MUG = {"Handle": "mug", "Title": "Mug", "Variant Price": "5"}


def gallery():
    return [(row.image.title, row.alt) for row in ProductPage.objects.get().gallery.all()]


@pytest.fixture
def server(tmp_path):
    """A web server with the pictures of a folder; it counts what was asked for."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(tmp_path))

        def do_GET(self):
            asked.append(self.path)
            if self.path == "/moved.png":
                self.send_response(302)
                self.send_header("Location", "/mug.png")
                self.end_headers()
                return
            super().do_GET()

        def log_message(self, *arguments):
            pass

    asked: list[str] = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()
        thread.join()


@pytest.mark.django_db
def test_pictures_of_a_folder_in_the_order_of_their_positions(
    run, write, picture, tmp_path, exported
):
    picture(tmp_path / "front.png")
    picture(tmp_path / "back.jpg", "salmon")
    rows = [
        MUG | {"Image Src": "https://cdn.example/back.jpg?v=2", "Image Position": "2",
               "Image Alt Text": "Back"},
        {"Handle": "mug", "Image Src": "front.png", "Image Position": "1"},
    ]  # fmt: skip
    path = write(rows)

    run(path, "--images", str(tmp_path))

    assert gallery() == [("Mug", ""), ("Back", "Back")]
    assert Product.objects.get().thumbnail is not None
    once = exported()
    assert rows_in(once)[1][0] == "mug"
    assert "0 created, 0 updated, 1 unchanged" in run(path, "--images", str(tmp_path))
    assert "1 unchanged" in run(tmp_path / "export.csv", "--images", str(tmp_path))
    assert get_image_model().objects.count() == 2
    assert exported() == once


@pytest.mark.django_db
def test_a_missing_picture_is_a_warning_and_can_come_later(run, write, picture, tmp_path):
    path = write([MUG | {"Image Src": "mug.png"}])

    report = run(path, "--images", str(tmp_path))

    assert "line 2, Image Src: There is no “mug.png” in the folder." in report
    assert "1 created" in report
    assert gallery() == []

    picture(tmp_path / "mug.png")
    assert "mug updated (pictures" in run(path, "--images", str(tmp_path))
    assert gallery() == [("Mug", "")]


@pytest.mark.django_db
def test_a_refused_product_leaves_no_picture(run, write, picture, tmp_path):
    picture(tmp_path / "mug.png")
    run(write([MUG | {"Handle": "jug", "Variant SKU": "X"}]))

    run(
        write([MUG | {"Image Src": "mug.png", "Variant SKU": "X"}]),
        "--images",
        str(tmp_path),
        failed=True,
    )

    assert not get_image_model().objects.exists()


@pytest.mark.django_db
def test_a_picture_that_a_variant_names_shows_its_options(run, write, picture, tmp_path):
    picture(tmp_path / "red.png", "red")
    rows = [
        MUG | {"Option1 Name": "Colour", "Option1 Value": "Red", "Image Src": "red.png",
               "Variant Image": "red.png"},
        {"Handle": "mug", "Option1 Value": "Blue", "Variant Price": "5"},
    ]  # fmt: skip

    run(write(rows), "--images", str(tmp_path))

    assert ProductPage.objects.get().gallery.get().options == {"Colour": "Red"}


@pytest.mark.django_db
def test_what_is_no_picture_is_a_warning(run, write, tmp_path):
    (tmp_path / "mug.png").write_text("<svg onload=alert(1)>")

    report = run(write([MUG | {"Image Src": "mug.png"}]), "--images", str(tmp_path))

    assert "This is not a picture that can be read." in report


@pytest.mark.django_db
def test_a_url_is_loaded_once(run, write, picture, tmp_path, server):
    address, asked = server
    picture(tmp_path / "mug.png")
    path = write([MUG | {"Image Src": f"{address}/moved.png"}])

    for _ in range(2):
        import io

        from django.core.management import call_command

        call_command("import_products", str(path), "--allow-private", stdout=io.StringIO())

    assert asked == ["/moved.png", "/mug.png"]
    assert len(gallery()) == 1


def test_addresses_inside_the_network_are_refused(server, picture, tmp_path):
    address, asked = server
    picture(tmp_path / "mug.png")

    with pytest.raises(PictureMissing, match="inside a network"):
        Web().fetch(f"{address}/mug.png", tmp_path)

    assert asked == []


@pytest.mark.parametrize("src", ["file:///etc/passwd", "ftp://example/a.png", "http://", "a.png"])
def test_only_http_and_https_are_loaded(src, tmp_path):
    with pytest.raises(PictureMissing):
        Web().fetch(src, tmp_path)


def test_a_folder_gives_nothing_from_outside(tmp_path, picture):
    picture(tmp_path / "secret.png")
    (tmp_path / "in").mkdir()

    with pytest.raises(PictureMissing):
        Folder(tmp_path / "in").fetch("../secret.png", tmp_path)


def test_too_large_a_picture_is_refused(server, tmp_path, monkeypatch):
    address, _ = server
    (tmp_path / "mug.png").write_bytes(b"0" * 5000)
    monkeypatch.setattr("content.imports.images.MAX_BYTES", 4000)

    with pytest.raises(PictureMissing, match="over"):
        Web(allow_private=True).fetch(f"{address}/mug.png", tmp_path)
