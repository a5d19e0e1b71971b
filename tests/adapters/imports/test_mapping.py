import pytest

from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.imports.mapping import Mapping, load_mappings, shipped


def test_every_shipped_mapping_is_valid_and_says_its_table():
    assert {"mindbody", "stripe", "uci_online_retail", "aus_retail", "cdnow"} <= set(shipped())
    for name in shipped():
        assert all(mapping.table for mapping in load_mappings(name))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("table: sales", "table: Input should be"),
        ("table: orders\ncolumns: {price: Price}", "orders has no column price; it has studio_id"),
        ("colums: {}", "colums: Extra inputs"),
        ("table: orders\ncolumns: {amount: {multiply: [a], join: [b]}}", "exactly one of first, join, multiply"),
        ("table: [", "cannot be read"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_key(tmp_path, text, says):
    path = tmp_path / "mine.yml"
    path.write_text(text)
    with pytest.raises(StudiolabError, match=says):
        load_mappings(path)


def test_an_unknown_mapping_names_the_shipped_ones():
    with pytest.raises(StudiolabError, match=r"no mapping 'mindboddy'.*mindbody"):
        load_mappings("mindboddy")


def test_a_mapping_takes_the_spelling_of_the_file():
    mapping = Mapping(columns={"member_id": ["Client ID", "Id"]}, negative={"is returned": "yes"})
    fitted = mapping.fitted(["ClientId", "IsReturned"])
    assert fitted.columns["member_id"].first == ["ClientId", "Id"]
    assert fitted.negative == {"IsReturned": "yes"}
