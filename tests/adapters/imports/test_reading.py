import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.adapters.errors import StudiolabError
from studiolab.adapters.imports.reading import decode, mend, read_source, sniff_delimiter


def written(folder, data, name="export.csv"):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_is_found(tmp_path, encoding):
    people = "Naam,Prijs\n" + "Zoë Müller,€ 12\n" * 60
    source = read_source(written(tmp_path, people.encode(encoding)))
    assert list(source.rows) == ["Naam", "Prijs"]
    assert source.rows.iloc[0].tolist() == ["Zoë Müller", "€ 12"]


@given(st.text(st.characters(codec="cp1252", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_plain_text_survives_decoding(text):
    assert decode(text.encode("utf-8")) == text


@pytest.mark.parametrize(
    "text", ["Café", "Zoë", "naïve — “quoted” … €5", "Ångström", "São Tomé", "Ïle", "Łódź", "日本"]
)
def test_mojibake_is_undone_and_sound_text_left_alone(text):
    broken = text.encode("utf-8").decode("sloppy-windows-1252")
    assert [mend(broken), mend(text)] == [text, text]


def test_a_file_with_mojibake_in_header_and_rows_comes_out_clean(tmp_path):
    text = "Prénom,Ville\nRenée,Besançon\n".encode().decode("cp1252")
    source = read_source(written(tmp_path, text.encode()))
    assert source.rows.to_dict("list") == {"Prénom": ["Renée"], "Ville": ["Besançon"]}


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_the_one_that_cuts_evenly(delimiter):
    lines = [
        delimiter.join(cells) for cells in (["a", "b c", "d"], ['"1,5"', "x;y" if delimiter == "," else "x,y", "2"])
    ]
    assert sniff_delimiter("\n".join(lines)) == delimiter


def test_a_line_number_counts_the_lines_of_the_file_even_through_quoted_breaks(tmp_path):
    source = read_source(written(tmp_path, 'id,note\r\n1,"two\r\nlines"\r\n\r\n2,short\r\n3\r\n4,x,y\r\n'))
    assert source.rows["id"].to_dict() == {2: "1", 5: "2"}
    assert source.rows.loc[2, "note"] == "two\r\nlines"
    assert source.broken == [
        (6, "1 fields, the header has 2", ["3"]),
        (7, "3 fields, the header has 2", ["4", "x", "y"]),
    ]


def test_lines_before_the_header_are_skipped_and_still_counted(tmp_path):
    source = read_source(written(tmp_path, "Report of March\n\nid;name\n7;Ana\n"), skip_lines=2)
    assert source.rows["name"].to_dict() == {4: "Ana"}


def test_a_file_without_header_takes_given_names_and_any_blanks_between(tmp_path):
    source = read_source(
        written(tmp_path, " 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n"),
        delimiter="whitespace",
        header=["who", "day", "n", "paid"],
    )
    assert source.rows.to_dict("index")[2] == {"who": "00002", "day": "19970112", "n": "1", "paid": "12.00"}


def test_parquet_says_what_a_csv_would(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [13085.0, None],
            "paid": [6.95, 7.0],
            "at": pd.to_datetime(["2026-03-01 10:30", None]),
            "zoned": pd.to_datetime(["2026-03-01T10:30Z", "2026-03-01T11:30Z"]),
            "new": [True, False],
            "code": ["007", " x "],
        }
    )
    frame.to_parquet(tmp_path / "export.parquet")
    rows = read_source(tmp_path / "export.parquet").rows
    assert rows.loc[2].tolist() == ["13085", "6.95", "2026-03-01T10:30:00", "2026-03-01T10:30:00+00:00", "true", "007"]
    assert rows.loc[3].tolist() == [None, "7", None, "2026-03-01T11:30:00+00:00", "false", "x"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "holds no row"),
        (b"a,b\n", "holds no row"),
        (b"a,a\n1,2\n", "'a' twice"),
        (b"PAR1junk", "cannot be read"),
        (b'a,b\n1,"' + b"x" * 200_000, "cannot be read: field larger"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_advice(tmp_path, data, says):
    with pytest.raises(StudiolabError, match=says):
        read_source(written(tmp_path, data))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StudiolabError, match=r"nowhere\.csv cannot be read"):
        read_source(tmp_path / "nowhere.csv")


def test_zero_bytes_inside_text_are_dropped(tmp_path):
    assert read_source(written(tmp_path, "id,note\n1,a\0b\n")).rows["note"].tolist() == ["ab"]
