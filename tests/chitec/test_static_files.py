"""Files that pages name are there: in service a missing one would end the page with an error."""

import re
from pathlib import Path

from django.apps import apps
from django.contrib.staticfiles import finders

from chitec.local.postgres import PROJECT

ROOMS = {Path(config.path) for config in apps.get_app_configs() if Path(config.path).parent == PROJECT}
NAMED = re.compile(r"""{% static ["']([^"']+)["']|\bstatic\(["']([^"']+)["']\)""")
IMPORTED = re.compile(r"""^\s*(?:import|export)\b[^"'(=]*["'](\.[^"']+)["']""", re.MULTILINE)


def test_every_static_file_that_a_template_or_a_view_names_exists():
    sources = [*(PROJECT / "templates").rglob("*.*"), *(path for room in ROOMS for path in room.rglob("*.py"))]
    named = {"".join(match) for path in sources for match in NAMED.findall(path.read_text())}
    assert {"css/sign.css", "img/favicon.ico"} <= named
    assert {name for name in named if finders.find(name) is None} == set()


def test_every_module_that_a_script_imports_exists():
    scripts = list((PROJECT / "static" / "js").rglob("*.js"))
    imported = {path.parent / name for path in scripts for name in IMPORTED.findall(path.read_text())}
    assert {path for path in imported if not path.exists()} == set()
