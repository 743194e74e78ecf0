from datetime import UTC, date, datetime

import pytest

from visitors.badges import code, pdf, serials

AT = datetime(2019, 10, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def key():
    return code.SigningKey.from_raw(bytes(range(32)))


@pytest.fixture(scope="session")
def sheet(key):
    def make(**changes):
        serial = serials.draw()
        category = changes.get("category", "professional")
        credential = code.Credential(show=22, serial=serial, category=category, days=frozenset({1, 2, 3, 4}), version=1)
        plain = {
            "show_short": "CHITEC 22",
            "show_name_zh": "第二十二届中国北京国际科技产业博览会",
            "show_name_en": "22nd China Beijing International High-Tech Expo",
            "days": [date(2019, 10, day) for day in (24, 25, 26, 27)],
            "name": "王小明",
            "latin_name": "Wang Xiaoming",
            "firm": "北京某某大学 Example University",
            "position": "副教授 Associate Professor",
            "category": category,
            "serial": serial,
            "code": code.sign(credential, key),
            "area_colours": ("#0a56d6", "#0b7a4b", "#d3341c"),
        }
        return pdf.BadgeSheet(**plain | changes)

    return make
