"""Who speaks: invented people from home and abroad, and whom the programme has where."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from chitec.demo import data, invented
from chitec.demo.ground import Ground
from expo.places import MAINLAND
from programme import naming
from programme.models import Speaker

DATA = data.read("programme22")
#: The part of speakers who come from abroad, where Chinese alone is spoken and elsewhere.
ABROAD_IN_CHINESE, ABROAD = 0.1, 0.45
#: The part of them who have confirmed, and of those who have put their page right themselves.
CONFIRMED, CORRECTED = 0.78, 0.2
type Texts = dict[str, str]


class Speakers:
    """Draws speakers, each once; remembers on which days they speak."""

    def __init__(self, ground: Ground, *, seed: int) -> None:
        self.ground = ground
        self.rng = data.source(seed, "speakers")
        self.rows: list[Speaker] = []
        self.slugs: set[str] = set()
        self.days: defaultdict[str, set[int]] = defaultdict(set)
        self.of_area: defaultdict[str, list[Speaker]] = defaultdict(list)

    def draw(self, area: str, topics: list[Texts], *, day: int, languages: list[str]) -> Speaker:
        """Somebody new who speaks in `area` on that day, in a session of these languages."""
        rng = self.rng
        abroad = ABROAD_IN_CHINESE if languages == ["zh"] else ABROAD
        country = rng.choice(invented.COUNTRIES) if rng.random() < abroad else MAINLAND
        name, keys = self.name(country)
        topic = rng.choice(topics)
        confirmed, corrected = self.moments()
        speaker = Speaker(
            show=self.ground.show,
            **keys,
            **self.office(topic),
            country=country,
            email=invented.email(rng, name, len(self.rows) + 1),
            language="zh-hans" if country == MAINLAND else "en",
            handle=rng.getrandbits(62),
            confirmed_at=confirmed,
            corrected_at=corrected,
        )
        self.rows.append(speaker)
        self.of_area[area].append(speaker)
        return self.engage(speaker, day)

    def again(self, area: str, *, day: int) -> Speaker:
        """Somebody who does not speak on that day yet: of the area, if there is anybody."""
        free = [one for one in self.rows if day not in self.days[one.slug]]
        own = [one for one in free if one in self.of_area[area]]
        return self.engage(self.rng.choice(own or free), day)

    def engage(self, speaker: Speaker, day: int) -> Speaker:
        self.days[speaker.slug].add(day)
        return speaker

    def name(self, country: str) -> tuple[invented.Name, Texts]:
        """A name whose address nobody else has, and the fields that follow from it; as its owner writes it."""
        while True:
            name = invented.person(self.rng, country)
            names = {"name_en": name.in_latin, "name_zh": name.name if name.latin else ""}
            keys = naming.derived(**names)
            if keys["slug"] not in self.slugs:
                self.slugs.add(keys["slug"])
                return name, names | keys

    def office(self, topic: Texts) -> Texts:
        """Position and institution, of a brand as invented firms have it, and what the speaker works on.

        What no business works on is for the offices that need none.
        """
        firms = invented.STOCK["firms"]
        first, second = self.rng.choice(firms["first"]), self.rng.choice(firms["second"])
        business = invented.STOCK["business"].get(topic.get("at"), {"en": "", "zh": ""})
        office = self.rng.choice(
            [office for office in DATA["office"] if "at" in topic or "{business}" not in office["at_en"]]
        )
        brands = {"en": f"{first[1]} {second[1]}", "zh": f"{first[0]}{second[0]}"}
        texts = {}
        for language, brand in brands.items():
            texts[f"position_{language}"] = office[language]
            texts[f"firm_{language}"] = office[f"at_{language}"].format(brand=brand, business=business[language])
            texts[f"about_{language}"] = DATA["note"]["speaker"][language].format(topic=topic[language])
        return texts

    def moments(self) -> tuple[datetime | None, datetime | None]:
        """When the speaker agreed to all, and put something right; in the weeks before the show."""
        if self.rng.random() > CONFIRMED:
            return None, None
        confirmed = self.ground.at - timedelta(days=self.rng.uniform(2, 45))
        return confirmed, confirmed if self.rng.random() < CORRECTED else None

    def store(self) -> None:
        Speaker.objects.bulk_create(self.rows)
