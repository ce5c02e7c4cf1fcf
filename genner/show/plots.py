"""Figures with matplotlib: grouped bars, heat maps, and curves of ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from genner.exceptions import MissingExtraError

__all__ = ["bars", "curve", "diagonal", "heat", "panels"]

Bar: TypeAlias = tuple[float | None, float | None, float | None]
"""Value, and the ends of its interval where there is one."""


def panels(count: int, *, width: float = 4.5, height: float = 4) -> tuple[Any, Sequence[Any]]:
    """Return a new figure and its axes, `count` of them in one row, each `width` by `height` inches.

    Raises:
        MissingExtraError: when matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise MissingExtraError.of("plot()", "matplotlib", "plot") from None
    figure, axes = pyplot.subplots(1, count, figsize=(width * count, height), layout="constrained", squeeze=False)
    return figure, list(axes[0])


def _axes(axes: Any, width: float, height: float) -> Any:
    return panels(1, width=width, height=height)[1][0] if axes is None else axes


def bars(names: Sequence[str], systems: Mapping[str, Sequence[Bar]], *, axis: str, axes: Any = None) -> Any:
    """Draw one group of horizontal bars for each name, one bar in it for each system.

    Args:
        names: of the groups, the first on top.
        systems: the bars of each system, ratios that are shown as percentages.
        axis: what the bars measure.
        axes: matplotlib axes to draw on; new ones when None.

    Returns:
        The axes.
    """
    axes = _axes(axes, 7, 1 + len(names) * (0.18 + 0.2 * len(systems)))
    thick = 0.8 / max(1, len(systems))
    for row, (system, values) in enumerate(systems.items()):
        places = [group + row * thick - 0.4 + thick / 2 for group in range(len(names))]
        widths = [100 * (value or 0) for value, _, _ in values]
        drawn = axes.barh(places, widths, thick * 0.92, label=system)
        shown = ["–" if value is None else f"{100 * value:.1f}" for value, _, _ in values]
        known = [
            (place, 100 * value, 100 * (value - low), 100 * (high - value))
            for place, (value, low, high) in zip(places, values, strict=True)
            if value is not None and low is not None and high is not None
        ]
        if known:
            at, middle, below, above = zip(*known, strict=True)
            ends = [[max(0, length) for length in side] for side in (below, above)]
            axes.errorbar(middle, at, xerr=ends, fmt="none", ecolor="0.3", elinewidth=1, capsize=2)
        axes.bar_label(drawn, shown, padding=14 if known else 3, fontsize="small")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(axis)
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    if len(systems) > 1:
        axes.legend(frameon=False)
    return axes


def heat(rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[int]], *, axes: Any = None) -> Any:
    """Draw a table of counts as a heat map, each row shaded by its shares.

    Returns:
        The axes.
    """
    axes = _axes(axes, 2 + 0.6 * len(columns), 1 + 0.45 * len(rows))
    shares = [[cell / (sum(row) or 1) for cell in row] for row in cells]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for at, row in enumerate(cells):
        for place, cell in enumerate(row):
            ink = "white" if shares[at][place] > 0.6 else "black"
            axes.text(place, at, f"{cell}" if cell else "", ha="center", va="center", color=ink)
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    return axes


def curve(
    systems: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, across: str, up: str, axes: Any = None
) -> Any:
    """Draw one line of ratios for each system.

    Args:
        systems: the ratios across and up of each system.
        across: what is measured across.
        up: what is measured upwards.
        axes: matplotlib axes to draw on; new ones when None.

    Returns:
        The axes.
    """
    axes = _ratios(axes, across, up)
    for system, (first, second) in systems.items():
        axes.step([100 * value for value in first], [100 * value for value in second], where="pre", label=system)
    if len(systems) > 1:
        axes.legend(frameon=False)
    return axes


def diagonal(points: Sequence[tuple[float, float, int]], *, across: str, up: str, axes: Any = None) -> Any:
    """Draw two ratios that should be equal, each point as large as the number of cases behind it.

    Args:
        points: the two ratios and the number.

    Returns:
        The axes.
    """
    axes = _ratios(axes, across, up)
    axes.plot([0, 100], [0, 100], color="0.6", linewidth=1, linestyle="--")
    most = max((count for *_, count in points), default=1)
    axes.plot([100 * first for first, _, _ in points], [100 * second for _, second, _ in points], color="C0")
    areas = [12 + 160 * count / most for *_, count in points]
    axes.scatter([100 * first for first, _, _ in points], [100 * second for _, second, _ in points], areas, color="C0")
    return axes


def _ratios(axes: Any, across: str, up: str) -> Any:
    axes = _axes(axes, 4.5, 4)
    axes.set(xlim=(0, 102), ylim=(0, 102), xlabel=f"{across} (%)", ylabel=f"{up} (%)")
    axes.spines[["top", "right"]].set_visible(False)
    return axes
