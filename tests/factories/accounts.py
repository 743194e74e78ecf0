import factory

from accounts.models import Role, User

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.org")
    name = factory.Sequence(lambda n: f"User {n}")
    language = "en"
    password = factory.django.Password(PASSWORD)

    class Params:
        organiser = factory.Trait(roles=[Role.ORGANISER])
        area_manager = factory.Trait(roles=[Role.AREA_MANAGER])
        gate_staff = factory.Trait(roles=[Role.GATE_STAFF])
        auditor = factory.Trait(roles=[Role.AUDITOR])
        exhibitor = factory.Trait(roles=[Role.EXHIBITOR])
