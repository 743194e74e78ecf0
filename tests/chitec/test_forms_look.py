"""What the one template pack makes of any form."""

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.utils import render_crispy_form
from django import forms


class SampleForm(forms.Form):
    name = forms.CharField(
        max_length=10, help_text="As on the badge.", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    firm = forms.CharField(required=False)
    days = forms.MultipleChoiceField(choices=[("1", "Thursday"), ("2", "Friday")], widget=forms.CheckboxSelectMultiple)
    country = forms.ChoiceField(choices=[("", "—"), ("CN", "China")])
    agree = forms.BooleanField(label="I agree")
    token = forms.UUIDField(widget=forms.HiddenInput)

    helper = FormHelper()
    helper.form_tag = False

    def clean(self):
        self.add_error(None, "It does not fit <together>.")


@pytest.fixture
def fresh():
    return render_crispy_form(SampleForm())


@pytest.fixture
def refused():
    return render_crispy_form(SampleForm({"name": "<b>far too long"}))


def test_a_fresh_form_has_no_errors_and_says_what_is_optional(fresh):
    assert "field-error" not in fresh
    assert 'id="errors"' not in fresh
    assert fresh.count('<span class="optional">optional</span>') == 1
    assert "*" not in fresh


def test_each_label_stands_before_its_field_but_beside_a_box(fresh):
    assert fresh.index('<label for="id_name"') < fresh.index('id="id_name"')
    assert fresh.index('<label for="id_agree"') > fresh.index('id="id_agree"')
    assert '<legend class="form-label">Days</legend>' in fresh


def test_what_describes_a_field_exists(fresh, refused):
    assert 'aria-describedby="id_name_helptext"' in fresh
    assert 'aria-describedby="id_name_helptext id_name_error"' in refused
    for ident in ("id_name_helptext", "id_name_error", "id_days_error", "id_country_error", "id_agree_error"):
        assert refused.count(f'id="{ident}"') == 1
        assert f'aria-describedby="{ident}"' in refused or ident.startswith("id_name")


def test_a_refused_form_says_so_at_the_top_with_links_to_the_fields(refused):
    assert 'role="alert"' in refused
    for target in ("id_name", "id_days_0", "id_country", "id_agree"):
        assert f'<a href="#{target}">' in refused
        assert f'id="{target}"' in refused
    assert "It does not fit &lt;together&gt;." in refused


def test_what_was_typed_is_kept_as_text(refused):
    assert 'value="&lt;b&gt;far too long"' in refused


def test_the_browsers_help_and_invalid_marks_are_kept(refused):
    assert 'autocomplete="name"' in refused
    assert refused.count('aria-invalid="true"') >= 3


def test_nothing_is_inline(fresh, refused):
    assert not [word for word in ("style=", "<script", "onclick", "onchange") if word in fresh + refused]
