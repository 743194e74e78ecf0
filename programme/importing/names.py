"""What the words of a spreadsheet stand for: kinds and languages in both tongues, rooms and people by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django_countries import countries

from accounts.refusals import Refusal
from programme.importing.values import as_line, nearest, plain, quoted
from programme.models import Access, Audience, Host, Kind, Language
from programme.naming import normal

# What people write besides the site's own words.
_ALSO: dict[type, dict[str, tuple[str, ...]]] = {
    Kind: {
        Kind.SYMPOSIUM: ("主题报告会", "主论坛", "主题报告", "大会"),
        Kind.FORUM: ("论坛", "专题论坛", "会议", "conference"),
        Kind.PROMOTION: ("推介", "推介会", "项目推介", "推介活动", "项目推介会", "promotion"),
        Kind.CEREMONY: ("仪式", "开幕式", "闭幕式", "典礼", "opening"),
        Kind.TOUR: ("参观", "开放企业参观", "企业参观", "tour"),
    },
    Audience: {
        Audience.OPEN: ("open", "all", "public", "everybody", "所有观众", "公众", "开放", "全部"),
        Audience.PROFESSIONALS: ("professional", "professionals", "专业观众"),
        Audience.MERCHANTS: ("merchant", "merchants", "客商"),
        Audience.GUESTS: ("guest", "guests", "嘉宾", "邀请"),
    },
    Access: {
        Access.NONE: ("none", "no", "无需预约", "无需报名", "不需要预约", "自由入场"),
        Access.OPEN: ("open", "yes", "开放预约", "需预约", "可预约"),
        Access.APPROVAL: ("approval", "approved", "审核", "需审核", "须审核"),
        Access.INVITATION: ("invitation", "code", "邀请码", "凭邀请码"),
    },
    Language: {
        Language.CHINESE: ("中文", "汉语", "普通话", "中", "mandarin"),
        Language.ENGLISH: ("英文", "英语", "英"),
        Language.FRENCH: ("法文", "法语"),
        Language.GERMAN: ("德文", "德语"),
        Language.JAPANESE: ("日文", "日语"),
        Language.KOREAN: ("韩文", "韩语"),
        Language.RUSSIAN: ("俄文", "俄语"),
        Language.SPANISH: ("西班牙文", "西班牙语"),
        Language.ARABIC: ("阿拉伯文", "阿拉伯语"),
    },
    Host.Kind: {
        Host.Kind.ORGANISER: ("主办机构", "主办方", "组委会"),
        Host.Kind.EXHIBITOR: ("参展商",),
        Host.Kind.ENTERPRISE: ("企业或机构", "企业", "机构", "institution"),
        Host.Kind.PARK: ("园区或地区", "园区", "地区", "district"),
    },
}
_MAIL_LANGUAGES = {
    "zh-hans": ("zh", "zhhans", "zhcn", "chinese", "中文", "汉语", "简体中文"),
    "en": ("en", "english", "英文", "英语"),
}


@cache
def words_of(choices: Any) -> dict[str, str]:
    """The value of a choice by each word for it, as `plain` has them."""
    found = {plain(word): str(value) for value, words in _ALSO.get(choices, {}).items() for word in words}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {plain(str(label)): value for value, label in choices.choices}
    return found | {plain(value): value for value in choices.values}


def shown_of(choices: Any) -> list[str]:
    return [str(label) for label in choices.labels]


@cache
def mail_languages() -> dict[str, str]:
    return {plain(word): code for code, words in _MAIL_LANGUAGES.items() for word in words}


@cache
def country_codes() -> dict[str, str]:
    """Countries by their names in both languages and by their letters."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {plain(str(name)): str(code) for code, name in countries}
    for code, _name in countries:
        found |= {plain(code): code, plain(countries.alpha3(code)): code}
    return found


class Known[M: Model]:
    """Rows by what they are called, in either language; what two are called stands for neither."""

    def __init__(self, rows: Iterable[M], *calls: Callable[[M], str]) -> None:
        self.rows = list(rows)
        self.by_pk = {row.pk: row for row in self.rows}
        self._calls = calls
        self._found: dict[str, list[M]] = {}
        for row in self.rows:
            for name in {normal(call(row)) for call in calls} - {""}:
                self._found.setdefault(name, []).append(row)

    def with_new(self, rows: Iterable[M]) -> Known[M]:
        """These, as they are called by now, and others that are not stored yet."""
        return Known([*self.rows, *rows], *self._calls)

    def called(self, said: str) -> list[M]:
        return self._found.get(normal(said), [])

    def name_of(self, row: M) -> str:
        """What it is called in the language in use, or where that is another's name as well, by what is its own."""
        first, *others = self._calls[:2]
        calls = [*others, first] if (get_language() or "").startswith("zh") else [first, *others]
        names = [call(row) for call in (*calls, *self._calls[2:]) if call(row)]
        return next((name for name in names if len(self.called(name)) == 1), names[0] if names else "")

    def find(self, cell: Any, *, code: str, unknown: str, among: Callable[[M], bool] | None = None) -> M | None:
        """Raises Refusal: `code`, ambiguous. `unknown` is the sentence with the place of what was `%(said)s`."""
        said = as_line(cell)
        if not said:
            return None
        found = [row for row in self.called(said) if among is None or among(row)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refusal("ambiguous", _("“%(said)s” is the name of several.") % {"said": quoted(said)})
        names = sorted({call(row) for row in self.rows for call in self._calls[:2]} - {""})
        raise Refusal(code, unknown % {"said": quoted(said)} + nearest(said, names))
