"""Tables as text, Markdown, LaTeX, CSV and records: the same raw cells, whole strings compared."""

from __future__ import annotations

import json

from genner.evaluation import evaluate
from genner.metrics import side_by_side
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
