"""The sheets and columns of the spreadsheet, as staff fill them in: what each is called, and what belongs into it.

Both languages stand here and not in a catalog: a file that was made in one of them is read in the other as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import cached_property

from expo.models import in_language
from programme.importing.values import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`name` is the field's where there is one. `also` are other headings by which it is known. `width` in characters.

    `needed`: without the column the sheet says nothing.
    """

    name: str
    en: str
    zh: str
    about_en: str
    about_zh: str
    example: str = ""
    also: tuple[str, ...] = ()
    width: int = 14
    needed: bool = False

    @property
    def heading(self) -> str:
        return in_language(self.en, self.zh)

    @property
    def headings(self) -> set[str]:
        return {plain(one) for one in (self.name, self.en, self.zh, *self.also)}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """`most` rows are read of it."""

    name: str
    en: str
    zh: str
    most: int
    columns: tuple[Column, ...]
    also: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return in_language(self.en, self.zh)

    @property
    def titles(self) -> set[str]:
        return {plain(one) for one in (self.en, self.zh, *self.also)}

    @cached_property
    def by_heading(self) -> dict[str, Column]:
        return {heading: column for column in self.columns for heading in column.headings}

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


def column(name: str, en: str, zh: str, about_en: str, about_zh: str, example: str = "", **more: object) -> Column:
    return Column(name=name, en=en, zh=zh, about_en=about_en, about_zh=about_zh, example=example, **more)  # type: ignore[arg-type]


SESSIONS = Sheet(
    name="sessions",
    en="Sessions",
    zh="场次",
    also=("session", "programme", "活动", "日程", "场次表"),
    most=2000,
    columns=(
        column(
            "code",
            "Code",
            "编号",
            "What the session is known by; never the same twice. A code that the plan knows changes that session, any "
            "other makes a new one.",
            "场次的唯一编号。已有的编号修改该场次，其他编号新建场次。",
            "F03-1",
            also=("session code", "no", "场次编号", "代码"),
            width=10,
            needed=True,
        ),
        column(
            "kind",
            "Kind",
            "类型",
            "Symposium, forum, project promotion, ceremony or open-enterprise tour.",
            "主题报告会、论坛、项目推介、仪式或开放企业参观。",
            "Forum",
            also=("type", "类别"),
            width=16,
        ),
        column(
            "title_en",
            "Title in English",
            "英文标题",
            "In one language at least.",
            "至少填写一种语言。",
            "Forum on intelligent sensors",
            also=("title", "english title", "题目（英文）", "标题（英文）"),
            width=36,
        ),
        column(
            "title_zh",
            "Title in Chinese",
            "中文标题",
            "In one language at least.",
            "至少填写一种语言。",
            "智能传感器论坛",
            also=("chinese title", "标题", "题目", "主题", "名称", "标题（中文）"),
            width=30,
        ),
        column(
            "day",
            "Day",
            "日期",
            "A date. Empty together with the start: not placed yet.",
            "日期。与开始时间同时为空表示尚未安排。",
            "2019-10-24",
            also=("date", "日", "时间日期"),
            width=12,
        ),
        column(
            "start",
            "Start",
            "开始时间",
            "A time on the show's clock, or from–to in one cell: 9:00-10:30.",
            "展会当地时间，也可在一个单元格里写起止：9:00-10:30。",
            "9:00",
            also=("begin", "begins", "starts", "time", "from", "开始", "时间", "起始时间"),
            width=9,
        ),
        column(
            "end",
            "End",
            "结束时间",
            "A time. For a session past midnight give the minutes instead.",
            "时间。跨越午夜的场次请改填分钟数。",
            "10:30",
            also=("ends", "to", "until", "结束", "终止时间"),
            width=9,
        ),
        column(
            "minutes",
            "Minutes",
            "分钟",
            "How long it lasts, if there is no end.",
            "时长；填写了结束时间则不必填写。",
            "90",
            also=("duration", "length", "时长", "时长（分钟）"),
            width=9,
        ),
        column(
            "room",
            "Room",
            "会议室",
            "By its name in either language.",
            "中文或英文名称。",
            "Room 2A",
            also=("place", "venue", "地点", "会场"),
            width=20,
        ),
        column(
            "hall", "Hall", "展馆", "Only where two rooms have the same name.", "仅在会议室重名时填写。", "", width=10
        ),
        column(
            "host",
            "Host",
            "主办方",
            "By name; a new one goes on the sheet Hosts.",
            "按名称；新的主办方填在“主办方”表。",
            "",
            also=("hosted by", "主办", "主办单位"),
            width=28,
        ),
        column("series", "Series", "系列", "By name.", "按名称。", "", also=("forum series", "系列活动"), width=24),
        column("area", "Area", "展区", "Letter or name.", "字母或名称。", "A", also=("exhibition area",), width=10),
        column(
            "languages",
            "Languages",
            "语言",
            "Several with commas.",
            "多种语言用逗号隔开。",
            "Chinese, English",
            also=("language", "spoken", "会议语言"),
            width=18,
        ),
        column(
            "interpretation",
            "Interpreted into",
            "同声传译",
            "Several with commas.",
            "多种语言用逗号隔开。",
            "English",
            also=("interpretation", "翻译", "传译"),
            width=18,
        ),
        column(
            "audience",
            "Audience",
            "对象",
            "Open to every visitor, professionals, merchants or guests.",
            "所有观众、专业观众、客商或嘉宾。",
            "",
            also=("for whom", "参加对象", "受众"),
            width=22,
        ),
        column("seats", "Seats", "座位", "How many.", "数量。", "200", also=("places", "座位数", "人数"), width=8),
        column("standing", "Standing places", "站位", "How many.", "数量。", "", also=("standing", "站席"), width=9),
        column(
            "reserve_guests",
            "Kept for guests",
            "为嘉宾保留",
            "How many of the places.",
            "保留的座位数。",
            "",
            also=("reserve guests", "嘉宾预留"),
            width=9,
        ),
        column(
            "reserve_walk_ins",
            "Kept for walk-ins",
            "为现场观众保留",
            "How many of the places.",
            "保留的座位数。",
            "",
            also=("reserve walk ins", "现场预留"),
            width=9,
        ),
        column(
            "access",
            "Signing up",
            "预约方式",
            "Nobody has to sign up, everybody it is for signs up, each sign-up is approved by staff, or with an "
            "invitation code.",
            "无需预约、面向对象均可预约、预约须经审核，或凭邀请码预约。",
            "",
            also=("access", "sign-up", "预约"),
            width=22,
        ),
        column(
            "party_most",
            "Largest party",
            "每次最多人数",
            "So many people may be signed up at once.",
            "一次预约最多可包含的人数。",
            "5",
            also=("party", "party most", "同行人数"),
            width=9,
        ),
        column(
            "signup_opens_at",
            "Signing up opens",
            "预约开始时间",
            "A day and a time on the show's clock. Empty: at once.",
            "展会当地的日期和时间。留空表示立即开放。",
            "2019-10-10 10:00",
            also=("opens", "signup opens at", "预约开放时间"),
            width=17,
        ),
        column(
            "signup_closes_at",
            "Signing up closes",
            "预约截止时间",
            "A day and a time on the show's clock. Empty: when the session starts.",
            "展会当地的日期和时间。留空表示场次开始时截止。",
            "2019-10-23 18:00",
            also=("closes", "signup closes at", "报名截止时间"),
            width=17,
        ),
        column(
            "age_from",
            "From the age of",
            "最低年龄",
            "A number of years.",
            "周岁。",
            "",
            also=("age", "minimum age", "年龄"),
            width=9,
        ),
        column(
            "bring_en",
            "What to bring, in English",
            "英文携带物品",
            "One sentence.",
            "一句话。",
            "",
            also=("bring", "what to bring"),
            width=20,
        ),
        column(
            "bring_zh",
            "What to bring, in Chinese",
            "中文携带物品",
            "One sentence.",
            "一句话。",
            "",
            also=("携带物品",),
            width=20,
        ),
        column(
            "meeting_en",
            "Meeting point in English",
            "英文集合地点",
            "Where a tour or a session without a room meets.",
            "参观或无会议室的场次在哪里集合。",
            "",
            also=("meeting point",),
            width=20,
        ),
        column(
            "meeting_zh",
            "Meeting point in Chinese",
            "中文集合地点",
            "Where a tour or a session without a room meets.",
            "参观或无会议室的场次在哪里集合。",
            "",
            also=("集合地点",),
            width=20,
        ),
        column(
            "enterprise",
            "Open enterprise",
            "开放企业",
            "For tours: where it leads, by name.",
            "参观的企业名称。",
            "",
            also=("enterprise", "企业"),
            width=22,
        ),
        column("guide", "Guide", "导览员", "For tours, by name.", "参观的导览员姓名。", "", also=("导游",), width=14),
        column(
            "bus",
            "Bus",
            "大巴",
            "For tours, by name or plate.",
            "参观用车的名称或车牌。",
            "",
            also=("车辆", "车"),
            width=12,
        ),
        column(
            "travel_minutes",
            "Minutes by bus, one way",
            "单程车程（分钟）",
            "For tours, if not as of the enterprise.",
            "与企业默认车程不同时填写。",
            "",
            also=("travel minutes", "车程"),
            width=9,
        ),
        column(
            "asks_id",
            "Asks for an ID number",
            "需要证件号码",
            "Yes or no.",
            "是或否。",
            "no",
            also=("id", "id number", "asks id", "需要身份证"),
            width=9,
        ),
        column(
            "id_why_en",
            "Why the ID, in English",
            "英文证件理由",
            "Whoever is asked reads it.",
            "被询问的人会看到。",
            "",
            also=("id why",),
            width=20,
        ),
        column(
            "id_why_zh",
            "Why the ID, in Chinese",
            "中文证件理由",
            "Whoever is asked reads it.",
            "被询问的人会看到。",
            "",
            also=("证件理由",),
            width=20,
        ),
        column(
            "outside_hours_why",
            "Why outside the hours",
            "开放时间外的理由",
            "Only if it is outside the show's hours.",
            "仅在展会开放时间之外时填写。",
            "",
            width=20,
        ),
        column(
            "over_seats_why",
            "Why more places than seats",
            "超出座位的理由",
            "Only if it has more places than its room or bus has seats.",
            "仅在超过会议室或大巴座位时填写。",
            "",
            width=20,
        ),
        column(
            "about_en",
            "About it, in English",
            "英文简介",
            "Plain text.",
            "纯文本。",
            "",
            also=("about", "description", "abstract"),
            width=30,
        ),
        column(
            "about_zh",
            "About it, in Chinese",
            "中文简介",
            "Plain text.",
            "纯文本。",
            "",
            also=("简介", "内容简介"),
            width=30,
        ),
        column(
            "cancelled",
            "Cancelled",
            "已取消",
            "Only says so: sessions are cancelled and restored on the desk.",
            "仅供查看：取消与恢复在工作台进行。",
            "",
            width=9,
        ),
    ),
)

TALKS = Sheet(
    name="talks",
    en="Talks",
    zh="演讲",
    also=("talk", "speeches", "议程", "发言"),
    most=20_000,
    columns=(
        column(
            "code",
            "Session code",
            "场次编号",
            "Of the session that the talk is part of.",
            "演讲所属场次的编号。",
            "F03-1",
            also=("code", "session", "编号", "场次"),
            width=12,
            needed=True,
        ),
        column(
            "order",
            "Order",
            "顺序",
            "A number; without it the order of the rows counts.",
            "数字；为空则按行的顺序。",
            "1",
            also=("no", "position", "序号"),
            width=8,
        ),
        column(
            "start",
            "Start",
            "开始时间",
            "A time on the show's clock, or from–to in one cell.",
            "展会当地时间，也可在一个单元格里写起止。",
            "9:00",
            also=("begin", "time", "from", "开始", "时间"),
            width=9,
        ),
        column("end", "End", "结束时间", "A time.", "时间。", "9:30", also=("to", "until", "结束"), width=9),
        column(
            "after",
            "Begins after (minutes)",
            "开始于（分钟后）",
            "Instead of a start: minutes from the session's start.",
            "代替开始时间：距场次开始的分钟数。",
            "",
            also=("after",),
            width=12,
        ),
        column(
            "minutes",
            "Minutes",
            "分钟",
            "How long it lasts, if there is no end.",
            "时长；填写了结束时间则不必填写。",
            "30",
            also=("duration", "length", "时长", "时长（分钟）"),
            width=9,
        ),
        column(
            "title_en",
            "Title in English",
            "英文标题",
            "Empty in both languages: the speakers take part without a talk of their own.",
            "两种语言均为空：嘉宾参加而没有单独的演讲。",
            "Sensors in the field",
            also=("title", "topic"),
            width=36,
        ),
        column(
            "title_zh",
            "Title in Chinese",
            "中文标题",
            "As above.",
            "同上。",
            "传感器的应用",
            also=("标题", "题目", "演讲题目"),
            width=30,
        ),
        column(
            "speakers",
            "Speakers",
            "演讲嘉宾",
            "By name in either language, several with semicolons. Namesakes: the e-mail behind the name, in < >.",
            "中文或英文姓名，多人用分号或顿号隔开。重名时在姓名后加 <电子邮箱>。",
            "Li Na; Jean Dupont",
            also=("speaker", "嘉宾", "演讲人", "发言人"),
            width=36,
        ),
        column(
            "moderates",
            "Moderates",
            "主持",
            "Yes: whoever stands in the row moderates. Or the names of who does.",
            "“是”表示该行的人主持；也可填写主持人姓名。",
            "",
            also=("moderator", "moderators", "主持人"),
            width=16,
        ),
        column(
            "about_en",
            "About it, in English",
            "英文简介",
            "Plain text.",
            "纯文本。",
            "",
            also=("about", "abstract"),
            width=30,
        ),
        column("about_zh", "About it, in Chinese", "中文简介", "Plain text.", "纯文本。", "", also=("简介",), width=30),
    ),
)

SPEAKERS = Sheet(
    name="speakers",
    en="Speakers",
    zh="嘉宾",
    also=("speaker", "演讲嘉宾", "演讲人"),
    most=5000,
    columns=(
        column(
            "key",
            "Key",
            "标识",
            "Of speakers whom the plan knows; empty for new ones.",
            "已有嘉宾的标识；新嘉宾留空。",
            "",
            also=("slug",),
            width=18,
        ),
        column(
            "name_en",
            "Name in English",
            "英文姓名",
            "In one language at least.",
            "至少填写一种语言。",
            "Li Na",
            also=("name", "english name", "姓名（英文）"),
            width=22,
        ),
        column(
            "name_zh",
            "Name in Chinese",
            "中文姓名",
            "In one language at least.",
            "至少填写一种语言。",
            "李娜",
            also=("姓名", "chinese name", "姓名（中文）"),
            width=14,
        ),
        column("position_en", "Position in English", "英文职务", "", "", "Professor", also=("position",), width=22),
        column("position_zh", "Position in Chinese", "中文职务", "", "", "教授", also=("职务", "职位"), width=18),
        column(
            "firm_en",
            "Firm in English",
            "英文单位",
            "Firm or institution.",
            "单位或机构。",
            "Example University",
            also=("firm", "institution", "organisation", "organization", "company"),
            width=28,
        ),
        column(
            "firm_zh",
            "Firm in Chinese",
            "中文单位",
            "Firm or institution.",
            "单位或机构。",
            "示例大学",
            also=("单位", "机构", "公司"),
            width=24,
        ),
        column(
            "country",
            "Country or region",
            "国家或地区",
            "Its name in either language, or two letters.",
            "中文或英文名称，或两个字母的代码。",
            "China",
            also=("country", "region", "国家", "国籍"),
            width=16,
        ),
        column(
            "email",
            "E-mail",
            "电子邮箱",
            "Gets the link to the own page.",
            "接收个人页面链接。",
            "li.na@example.com",
            also=("email", "mail", "e-mail address", "邮箱"),
            width=26,
        ),
        column(
            "language",
            "Language of mails",
            "邮件语言",
            "Chinese or English.",
            "中文或英文。",
            "Chinese",
            also=("language", "语言"),
            width=12,
        ),
    ),
)

HOSTS = Sheet(
    name="hosts",
    en="Hosts",
    zh="主办方",
    also=("host", "主办单位", "主办"),
    most=2000,
    columns=(
        column(
            "name_en",
            "Name in English",
            "英文名称",
            "One language stands for the other where that is empty.",
            "仅填一种语言时用于两种语言。",
            "Example Park",
            also=("name",),
            width=36,
        ),
        column(
            "name_zh",
            "Name in Chinese",
            "中文名称",
            "One language stands for the other where that is empty.",
            "仅填一种语言时用于两种语言。",
            "示例园区",
            also=("名称",),
            width=30,
        ),
        column(
            "kind",
            "Kind",
            "类型",
            "Organiser, exhibitor, enterprise or institution, park or district.",
            "主办机构、参展商、企业或机构、园区或地区。",
            "",
            also=("type", "类别"),
            width=20,
        ),
        column("contact_name", "Contact", "联系人", "", "", "", also=("contact name",), width=18),
        column(
            "contact_email",
            "Contact's e-mail",
            "联系人邮箱",
            "Is told what changes for the host.",
            "接收变更通知。",
            "",
            also=("e-mail", "email", "邮箱", "电子邮箱"),
            width=26,
        ),
        column(
            "language",
            "Language of mails",
            "邮件语言",
            "Chinese or English.",
            "中文或英文。",
            "",
            also=("language", "语言"),
            width=12,
        ),
    ),
)

SHEETS = (SESSIONS, TALKS, SPEAKERS, HOSTS)
#: Sheets that the site's own files bring along, and of which nothing is read.
EXPLANATION = ("Explanation", "说明")
LISTS = ("Lists", "选项")
OWN = {plain(one) for one in (*EXPLANATION, *LISTS)}
