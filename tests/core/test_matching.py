"""What counts as the same name, number or address."""

import pytest

from core.matching import (
    asked_words,
    domain_key,
    folded,
    likeness,
    name_key,
    phone_key,
    search_key,
    slip_parts,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hengda Foods Ltd.", "HENGDA  FOODS"),
        ("Hengda Foods Co., Ltd.", "Hengda Foods"),
        ("Ｈｅｎｇｄａ　Ｆｏｏｄｓ", "hengda foods"),
        ("Müller GmbH & Co. KG", "Muller"),
        ("Société Générale S.A.", "societe generale"),
        ("O'Brien Inc", "OBrien"),
        ("恒达食品有限公司", "恒达食品"),
        ("恒达食品股份有限公司", "恒达食品"),
        ("恒达食品有限责任公司", "恒达食品"),
        ("恒达集团", "恒达"),
    ],
)
def test_names_of_one_company_have_one_key(one, other):
    assert name_key(one) == name_key(other)


def test_a_name_that_is_only_a_legal_form_or_signs_is_kept():
    assert name_key("Company") == "company"
    assert name_key("有限公司")
    assert name_key("—!") == "—!"


def test_different_names_have_different_keys():
    assert name_key("恒达食品") != name_key("恒大食品")
    assert name_key("Hengda Foods") != name_key("Hengda Tools")


@pytest.mark.parametrize(
    "other", ["+86 21 5555 1234", "0086-21-55551234", "(021) 5555 1234", "０２１－５５５５１２３４"]
)
def test_a_number_is_one_with_and_without_its_country(other):
    assert phone_key("021-5555 1234") == phone_key(other) != ""
    assert asked_words(other) == [phone_key("021-5555 1234")]


def test_a_short_number_tells_nobody_apart():
    assert phone_key("110") == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://www.Hengda.example/about?x=1",
        "hengda.example",
        "li@hengda.example",
        "hengda.example:80",
    ],
)
def test_addresses_of_one_company_have_one_domain(address):
    assert domain_key(address) == "hengda.example"


def test_what_is_no_address_has_no_domain():
    assert domain_key("we have none") == domain_key("") == domain_key("localhost") == ""


@pytest.mark.parametrize(
    ("asked", "name"),
    [("hegnda foods", "Hengda Foods"), ("Hengda Fods", "Hengda Foods"), ("恒大食品", "恒达食品")],
)
def test_a_slip_leaves_most_of_a_name(asked, name):
    assert likeness(name_key(asked), search_key(name)) >= 0.4
    assert likeness(name_key(asked), search_key("Lotus Tea 莲花茶叶")) < 0.3


def slips(signs):
    """Whatever one slip makes of ``signs``."""
    for at in range(len(signs)):
        yield signs[:at] + signs[at + 1 :]
        yield signs[:at] + "错" + signs[at + 1 :]
        yield signs[:at] + "错" + signs[at:]
        yield signs[:at] + signs[at : at + 2][::-1] + signs[at + 2 :]
    yield signs + "错"


def is_looked_at(asked, name):
    key = search_key(name)
    return any(all(part in key for part in parts) for parts in slip_parts(name_key(asked)))


@pytest.mark.parametrize("length", range(4, 10))
def test_a_chinese_name_is_looked_at_whatever_the_slip(length):
    name = "恒达源华夏食品机械"[-length:]
    for asked in slips(name):
        assert is_looked_at(asked, name), asked


@pytest.mark.parametrize("name", ["金源食品", "明源华食品", "恒大机械"])
def test_a_chinese_name_is_not_looked_at_for_its_trade_or_its_beginning_alone(name):
    assert not is_looked_at("恒大食品", name)
    assert not is_looked_at("恒大新食品", name)


def test_every_sign_between_words_is_a_space():
    assert folded(" A.b-c/（d）_e ") == "ab c d e"
