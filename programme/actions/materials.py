"""Slides and recordings of a session: files of ours come and go with their rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from programme.models import Material

MOST_BYTES = 20 * 1024 * 1024
FOLDER = "materials"
# A file whose row is being written is not swept away; no upload takes a day.
IN_HAND = timedelta(days=1)

NOWHERE = Refusal("no_material", _("Give a file or a web address, one of the two."), field="upload")


def check_file(file: UploadedFile) -> None:
    """Raises Refusal: too_many_bytes, no_pdf."""
    if (file.size or 0) > MOST_BYTES:
        raise Refusal("too_many_bytes", _("The file has more than 20 MB. Make it smaller."), field="upload")
    file.seek(0)
    if file.read(5) != b"%PDF-":
        raise Refusal("no_pdf", _("This is no PDF. Save the slides as PDF, then send that file."), field="upload")
    file.seek(0)


def save(*, actor: Actor, material: Material, file: UploadedFile | None = None) -> Material:
    """Store a material; a new file takes the place of the one before, and has a name of ours.

    Raises Refusal: too_many_bytes, no_pdf, no_material.
    """
    if file is not None:
        check_file(file)
    with acting(actor, "material_saved"), refusing(material_is_somewhere=NOWHERE):
        before = ""
        if material.pk is not None:
            before = Material.objects.select_for_update().get(pk=material.pk).file.name or ""
        if file is not None:
            material.file.name = default_storage.save(f"{FOLDER}/{token_hex(16)}.pdf", file)
        material.save()
        if before and before != material.file.name:
            transaction.on_commit(partial(default_storage.delete, before))
    return material


def delete(*, actor: Actor, materials: Collection[Material]) -> None:
    with acting(actor, "material_deleted"):
        rows = Material.objects.filter(pk__in=[material.pk for material in materials])
        names = list(rows.exclude(file="").values_list("file", flat=True))
        rows.delete()
        for name in names:
            transaction.on_commit(partial(default_storage.delete, name))


def sweep(*, at: datetime) -> int:
    """Delete the files that no row names: of sessions that were deleted, of uploads that came to nothing.

    `at` is the real time. Returns how many there were.
    """
    if not default_storage.exists(FOLDER):
        return 0
    _folders, found = default_storage.listdir(FOLDER)
    names = {f"{FOLDER}/{name}" for name in found}
    names -= set(Material.objects.filter(file__in=names).values_list("file", flat=True))
    old = [name for name in names if default_storage.get_modified_time(name) < at - IN_HAND]
    for name in old:
        default_storage.delete(name)
    return len(old)
