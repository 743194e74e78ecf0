from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from visitors.looking_up import LookUp

register = template.Library()

ROW = (
    '<tr><td class="action-checkbox"><input type="checkbox" name="_selected_action" value="{}" class="action-select"'
    ' aria-label="{}"></td><th class="field-name_shown"><a href="{}">{}</a></th><td class="field-category">{}</td>'
    '<td class="field-firm">{}</td><td class="field-email">{}</td><td class="field-ticket_state">{}</td>'
    '<td class="field-serial">{}</td><td class="field-registered_at nowrap">{}</td></tr>'
)
HEAD = '<th scope="col"{}>{}<div class="text">{}</div><div class="clear"></div></th>'
SORTED = (
    '<div class="sortoptions"><a class="sortremove" href="{}" title="{}"></a>'
    '<a href="{}" class="toggle {}" title="{}"></a></div>'
)


@register.simple_tag
def registration_rows(cl: LookUp) -> SafeString:
    """The rows as Django's own list writes them, in the columns of `RegistrationAdmin.list_display`."""
    desk = cl.model_admin
    example = add_preserved_filters(
        {"preserved_filters": cl.preserved_filters, "opts": cl.opts},
        reverse("admin:visitors_registration_change", args=[0]),
    )
    before, after = example.split("/0/", 1)
    choose = _("Select this object for an action - {}")
    categories = {value: str(label) for value, label in cl.opts.get_field("category").flatchoices}
    return format_html_join(
        "\n",
        ROW,
        (
            (
                row.pk,
                choose.format(row),
                f"{before}/{row.pk}/{after}",
                desk.name_shown(row),
                categories.get(row.category, row.category),
                row.firm or "-",
                row.email or "-",
                desk.ticket_state(row),
                desk.serial(row),
                localize(localtime(row.registered_at)),
            )
            for row in cl.result_list
        ),
    )


@register.simple_tag
def registration_heads(cl: LookUp) -> SafeString:
    """The heads of the columns, as Django's own list writes them."""
    return format_html_join("\n", HEAD, (_head(head) for head in result_headers(cl)))


def _head(head: dict[str, Any]) -> tuple[Any, ...]:
    title = capfirst(head["text"]) if not isinstance(head["text"], SafeString) else head["text"]
    if not head["sortable"]:
        return head["class_attrib"], "", format_html("<span>{}</span>", title)
    order = ""
    if head["sort_priority"] > 0:
        turned = "ascending" if head["ascending"] else "descending"
        remove, toggle = _("Remove from sorting"), _("Toggle sorting")
        order = format_html(SORTED, head["url_remove"], remove, head["url_toggle"], turned, toggle)
    return head["class_attrib"], order, format_html('<a role="button" href="{}">{}</a>', head["url_primary"], title)
