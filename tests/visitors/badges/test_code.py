import base45
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visitors.badges import code, serials

KEY = code.SigningKey.from_raw(bytes(range(32)))
OTHER = code.SigningKey.from_raw(bytes(range(1, 33)))

credentials = st.builds(
    code.Credential,
    show=st.integers(1, code.MAX_SHOW),
    serial=st.integers(0, 2**40 - 1).map(lambda number: serials.unpack(number.to_bytes(5))),
    category=st.sampled_from(sorted(code.CATEGORIES)),
    days=st.frozensets(st.integers(1, code.MAX_DAY), min_size=1),
    version=st.integers(1, code.MAX_VERSION),
)


def signed(**changes):
    plain = {"show": 22, "serial": serials.unpack(bytes(5)), "category": "press", "days": {1, 4}, "version": 1}
    return code.sign(code.Credential(**plain | changes), KEY)


def reason(text, *keys):
    with pytest.raises(code.BadCode) as refused:
        code.read(text, keys or [KEY.verifying])
    return refused.value.reason


@given(credentials)
def test_what_is_signed_is_read_back(credential):
    text = code.sign(credential, KEY)
    assert code.read(text, [KEY.verifying]) == credential
    assert len(text) == code.LENGTH == 117


@given(credentials)
def test_trimming_and_small_letters_do_no_harm(credential):
    text = code.sign(credential, KEY)
    assert text == text.strip()
    assert code.read(f"\t {text.lower()}\r\n", [KEY.verifying]) == credential


def test_a_change_of_any_bit_is_refused():
    raw = base45.b45decode(signed())
    for bit in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        assert reason(base45.b45encode(bytes(changed)).decode()) in {"unsigned", "malformed"}


def test_a_code_of_another_key_is_unsigned():
    text = signed()
    assert reason(text, OTHER.verifying) == "unsigned"
    assert reason(text, code.VerifyingKey(KEY.id, OTHER.verifying.public)) == "unsigned"


def test_keys_that_share_an_id_are_all_tried():
    twin = code.VerifyingKey(KEY.id, OTHER.verifying.public)
    assert code.read(signed(version=7), [twin, KEY.verifying]).version == 7


@given(st.text(max_size=140))
def test_any_other_text_is_malformed(text):
    assert reason(text) == "malformed"


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-1], lambda t: t + "0", lambda t: t[:-3] + ":::", lambda t: "é" + t[1:]]
)
def test_a_damaged_code_is_malformed(damage):
    assert reason(damage(signed())) == "malformed"


def test_fields_that_no_badge_has_are_malformed_even_when_signed():
    claim = bytes([1, 0, 22, KEY.id, 0, 0, 0, 0, 0, 99, 0, 1, 0, 1])
    assert reason(base45.b45encode(claim + KEY.private.sign(claim)).decode()) == "malformed"


@pytest.mark.parametrize(
    "changes",
    [
        {"show": 0},
        {"show": 1000},
        {"serial": "000000001"},
        {"serial": "short"},
        {"category": "friend"},
        {"days": ()},
        {"days": {0}},
        {"days": {17}},
        {"version": 0},
        {"version": 65536},
    ],
)
def test_a_credential_that_no_code_can_carry_is_refused(changes):
    with pytest.raises(ValueError, match=r"\w"):
        signed(**changes)


def test_the_layout_is_the_documented_one():
    raw = base45.b45decode(signed(show=22, category="merchant", days={1, 2, 16}, version=258))
    assert raw[:3] + raw[4:14] == bytes([1, 0, 22, 0, 0, 0, 0, 0, 5, 0x80, 0x03, 1, 2])
    assert raw[3] == KEY.id
    assert len(raw) == 78


@pytest.fixture
def keys_of_settings(settings):
    settings.BADGE_KEY = bytes(range(1, 33))
    settings.BADGE_KEYS_OLD = [KEY.verifying.public.public_bytes_raw()]
    code.signing_key.cache_clear()
    code.verifying_keys.cache_clear()
    yield
    code.signing_key.cache_clear()
    code.verifying_keys.cache_clear()


def test_badges_of_an_old_key_stay_good(keys_of_settings):
    credential = code.read(signed(version=3), code.verifying_keys())
    assert credential.version == 3
    assert code.read(code.sign(credential, code.signing_key()), code.verifying_keys()) == credential
