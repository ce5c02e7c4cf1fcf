"""Tables as text, Markdown, LaTeX, CSV and records: the same raw cells, whole strings compared."""

from __future__ import annotations

import json

from genner.evaluation import evaluate
from genner.metrics import side_by_side
from genner.show.layout import fit
from genner.show.tables import Column, Table
from genner.types import Document, Prediction

TABLE = Table(
    [Column("system"), Column("F1", "percent", best="max"), Column("95 %", "interval"), Column("n", "count")],
    [("A_1 & co", 0.91234, (0.9, 0.93), 12), ("その|他", 0.5, None, 2.5), ("mean", 0.95, (None, None), None)],
    title="Scores",
    notes=("100 % ours",),
    rules=(2,),
    plain=(2,),
)


def test_text() -> None:
    """Wide characters take two columns; None is a dash."""
    assert str(TABLE) == "\n".join(
        [
            "Scores",
            "system       F1            95 %    n",
            "-" * 36,
            "A_1 & co  91.23  [90.00, 93.00]   12",
            "その|他   50.00               -  2.5",
            "-" * 36,
            "mean      95.00               -    -",
            "100 % ours",
        ]
    )


def test_a_wide_table_is_turned_or_cut() -> None:
    """What does not fit is turned where that fits, else cut into parts that repeat the first column."""
    wide = Table([Column("system"), *(Column(f"score {n}", "count") for n in range(6))], [("a", *range(6))])

    assert [grid.rows for grid in fit(wide.grid(), 60)] == [wide.grid().rows]
    assert [grid.rows[0] for grid in fit(wide.grid(), 12)] == [["system", "a"]]
    assert [grid.rows[:2] for grid in fit(wide.grid(), 8)] == [[["", "sc…"], ["sy…", str(n)]] for n in range(6)]
    two = Table(wide.columns, [("first " * 3, *range(6)), ("second " * 3, *range(6))])
    assert [grid.rows[1][1:] for grid in fit(two.grid(), 40)] == [["0", "1", "2"], ["3", "4", "5"]]


def test_long_names_of_columns_take_several_rows() -> None:
    """Names of systems may be long: they are broken at their joints before anything is cut."""
    columns = [Column("score"), Column("occurrence-json_v2", "percent"), Column("xml", "percent")]
    table = Table([*columns, *(Column(f"n{n}", "count") for n in range(6))], [("F1", 0.5, 0.25, *range(6))] * 9)
    (grid,) = fit(table.grid(), 50)

    assert ["".join(text for text, _ in line) for line in grid.lines()][:5] == [
        "       occurrence-",
        "score      json_v2    xml  n0  n1  n2  n3  n4  n5",
        "-------------------------------------------------",
        "F1           50.00  25.00   0   1   2   3   4   5",
        "F1           50.00  25.00   0   1   2   3   4   5",
    ]
    assert {style for _, style in [*grid.lines()][1]} == {"head", ""}


def test_a_long_text_is_shortened_where_that_is_enough() -> None:
    """Where one column of texts is all that is too wide, it is cut and the table stays whole."""
    table = Table([Column("name"), Column("n", "count")], [("a" * 30, 1), ("b", 2)])

    assert [str(row) for grid in fit(table.grid(), 24) for row in grid.rows] == [
        "['name', 'n']",
        f"['{'a' * 20}…', '1']",
        "['b', '2']",
    ]


def test_names_of_rows_are_read_whole() -> None:
    """Names that differ only at their ends would be the same when cut: the table is cut into parts instead."""
    names = ("gene_or_gene_family", "gene_or_gene_product")
    table = Table(
        [Column("label"), *(Column(f"score {n}", "count") for n in range(4))], [(name, *range(4)) for name in names]
    )

    assert [[row[0] for row in grid.rows[grid.heads :]] for grid in fit(table.grid(), 46)] == [[*names], [*names]]


def test_turning_keeps_the_best() -> None:
    """The best value is bold in a turned table, too."""
    assert TABLE.grid().bold == {(1, 1)}
    assert TABLE.grid().turned().bold == {(1, 1)}
    assert TABLE.grid().turned().rows[1] == ["F1", "91.23", "50.00", "95.00"]


def test_nothing_steers_a_terminal() -> None:
    """Escapes, marks of direction and line breaks are written out wherever they are: title, head, text, note."""
    odd = "x\x1b[2J\u202e\n"
    table = Table([Column(odd)], [(odd,)], title=odd, notes=(odd,))
    shown = "x\\x1b[2J\\u202e"

    assert str(table).split("\n") == [f"{shown} ", shown, "-" * 15, shown, f"{shown} "]


def test_no_export_carries_a_command() -> None:
    """A note stays a comment in LaTeX; a text that a spreadsheet would take for a formula is text, a number not."""
    table = Table(
        [Column("label"), Column("=name", "signed")],
        [("=1+1", -0.5), ("@x", 1), ("-x", None)],
        notes=("one\n\\input{two}",),
    )

    assert table.to_latex().split("\n")[:2] == ["% one \\input{two}", "\\begin{tabular}{lr}"]
    assert table.to_csv() == "label,'=name\n'=1+1,-0.5\n'@x,1\n'-x,\n"


def test_markdown() -> None:
    """The best is bold, leaving out rows that are no candidates; marks of Markdown and HTML are escaped."""
    assert TABLE.to_markdown().split("\n") == [
        "**Scores**",
        "",
        "| system | F1 | 95 % | n |",
        "| --- | ---: | ---: | ---: |",
        "| A\\_1 &amp; co | **91.23** | \\[90.00, 93.00\\] | 12 |",
        "| その\\|他 | 50.00 | - | 2.5 |",
        "| mean | 95.00 | - | - |",
        "",
        "100 % ours",
    ]


def test_latex() -> None:
    assert TABLE.to_latex().split("\n") == [
        "% Scores",
        "% 100 % ours",
        "\\begin{tabular}{lrrr}",
        "\\toprule",
        "system & F1 & 95 \\% & n \\\\",
        "\\midrule",
        "A\\_1 \\& co & \\textbf{91.23} & [90.00, 93.00] & 12 \\\\",
        "その|他 & 50.00 & - & 2.5 \\\\",
        "\\midrule",
        "mean & 95.00 & - & - \\\\",
        "\\bottomrule",
        "\\end{tabular}",
    ]


def test_machines_get_raw_values() -> None:
    assert TABLE.records()[0] == {"system": "A_1 & co", "F1": 0.91234, "95 % low": 0.9, "95 % high": 0.93, "n": 12}
    assert json.loads(TABLE.to_json()) == TABLE.records()
    assert TABLE.to_csv().split("\n")[:3] == [
        "system,F1,95 % low,95 % high,n",
        "A_1 & co,0.91234,0.9,0.93,12",
        "その|他,0.5,,,2.5",
    ]


def test_ties_share_and_a_single_row_has_no_best() -> None:
    column = Column("F1", "percent", best="max")

    assert Table([column], [(0.5,), (0.5,), (None,)]).best() == {(0, 0), (1, 0)}
    assert Table([column], [(0.5,)]).best() == frozenset()


def test_an_empty_table_has_its_heading() -> None:
    assert str(Table([Column("a"), Column("b", "count")], [])) == "a  b\n----"


def test_systems_side_by_side() -> None:
    gold = [Document("x y", [(0, 1, "A"), (2, 3, "A")])]
    systems = {"one": evaluate(gold, [Prediction([(0, 1, "A")])]), "all": evaluate(gold, gold)}
    table = side_by_side(systems, interval=True)

    assert [cells[3] for cells in table.rows] == [2 / 3, 1.0]
    assert "\\textbf{100.00}" in table.to_latex()
    assert table.notes == ("interval:bootstrap|level:0.95|resamples:1000|seed:0", systems["all"].signature)
