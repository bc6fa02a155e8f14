"""The charts of the journey map, as Plotly figures. No figure here computes: it draws rows of a query."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import plotly.graph_objects as go

from journey.map.queries import Rows

INK, MUTED, GRID = "#1f2933", "#52606d", "#e4e7eb"
STAGES = ["awareness", "consideration", "decision", "post_purchase", "outcome"]
STAGE_COLOURS = {
    "awareness": "#4e79a7",
    "consideration": "#b07aa1",
    "decision": "#e15759",
    "post_purchase": "#59a14f",
    "outcome": "#52606d",
}
CHANNEL_COLOURS = [
    "#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#9c755f", "#edc948", "#ff9da7", "#8cd17d", "#86bcb6", "#79706e",
]  # fmt: skip
KEPT_CHANNELS = 6
COLUMNS = {"awareness": 0.001, "consideration": 0.33, "decision": 0.66, "post_purchase": 0.5, "outcome": 0.999}
OTHER = "Other channels"


def flow(rows: Rows) -> go.Figure:
    """Sankey from stage and channel to the next stage and channel, to the outcome; small channels are drawn as one."""
    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        sizes[row["from_channel"]] += row["journeys"]
    kept = sorted(sizes, key=lambda name: (-sizes[name], name))[:KEPT_CHANNELS]
    colours = {name: CHANNEL_COLOURS[position] for position, name in enumerate(kept)} | {OTHER: "#9aa5b1"}
    links: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for row in rows:
        start = row["from_channel"] if row["from_channel"] in kept else OTHER
        end = row["to_channel"] if row["to_stage"] == "outcome" or row["to_channel"] in kept else OTHER
        links[(row["from_stage"], start, row["to_stage"], end)] += row["journeys"]
    nodes = _placed(links, [*kept, OTHER])
    at = {node: position for position, node in enumerate(nodes)}
    figure = go.Figure(
        go.Sankey(
            arrangement="fixed",
            node={
                "label": [label(stage, channel) if stage == "post_purchase" else channel for stage, channel in nodes],
                "customdata": [label(stage, channel) for stage, channel in nodes],
                "x": [x for x, _ in nodes.values()],
                "y": [y for _, y in nodes.values()],
                "color": [colours.get(channel, STAGE_COLOURS[stage]) for stage, channel in nodes],
                "pad": 10,
                "thickness": 16,
                "hovertemplate": "%{customdata}: %{value:,} journeys<extra></extra>",
            },
            link={
                "source": [at[key[:2]] for key in links],
                "target": [at[key[2:]] for key in links],
                "value": list(links.values()),
                "color": [_faint(colours.get(key[1], "#9aa5b1")) for key in links],
                "hovertemplate": "%{source.customdata} to %{target.customdata}: %{value:,} journeys<extra></extra>",
            },
        )
    )
    for stage, x in COLUMNS.items():
        if stage == "post_purchase":
            continue
        anchor = "left" if x < 0.1 else "right" if x > 0.9 else "center"
        figure.add_annotation(
            x=x, y=1.07, xref="paper", yref="paper", text=f"<b>{stage.replace('_', ' ')}</b>", showarrow=False, xanchor=anchor
        )
    return _styled(figure, height=640, top=60)


def _placed(links: dict[tuple[str, str, str, str], int], order: list[str]) -> dict[tuple[str, str], tuple[float, float]]:
    """Each node's place: a column for each stage, heights by the journeys that pass."""
    passing: dict[tuple[str, str], int] = defaultdict(int)
    arriving: dict[tuple[str, str], int] = defaultdict(int)
    for key, journeys in links.items():
        passing[key[:2]] += journeys
        arriving[key[2:]] += journeys
    size = {node: max(passing[node], arriving[node]) for node in {*passing, *arriving}}
    tallest = max((sum(size[node] for node in size if node[0] == stage) for stage in STAGES), default=1) or 1
    rank = {name: position for position, name in enumerate(order)}
    places: dict[tuple[str, str], tuple[float, float]] = {}
    for stage in STAGES:
        column = sorted((node for node in size if node[0] == stage), key=lambda node: (rank.get(node[1], 99), node[1]))
        # Journeys after the first purchase are a lane of their own below the others.
        top, share, gap = (0.74, 0.1, 0.035) if stage == "post_purchase" else (0.01, 0.55, 0.03)
        for node in column:
            height = share * size[node] / tallest
            places[node] = (COLUMNS[stage], min(0.999, max(0.001, top + height / 2)))
            top += height + gap
    return places


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[position : position + 2], 16) for position in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.28)"


def label(stage: str, channel: str) -> str:
    """A node in words."""
    return channel if stage == "outcome" else f"{channel}, {stage.replace('_', ' ')}"


def funnel(rows: Rows) -> go.Figure:
    """Customers who ever reached each stage."""
    return _styled(
        go.Figure(
            go.Funnel(
                y=[row["stage"].replace("_", " ") for row in rows],
                x=[row["customers"] for row in rows],
                textinfo="value+percent initial",
                marker={"color": ["#4e79a7", "#b07aa1", "#e15759", "#f28e2b", "#59a14f", "#76b7b2"][: len(rows)]},
                hovertemplate="%{y}: %{x:,} customers<extra></extra>",
            )
        ),
        height=400,
    )


def channels(rows: Rows, currency: str) -> go.Figure:
    """Allocated cost beside the revenue that each model credits, by channel."""
    series = [("cost", "Cost", "#9aa5b1"), ("first_touch", "Revenue, first touch", "#4e79a7")]
    series += [("linear", "Revenue, linear", "#59a14f"), ("last_touch", "Revenue, last touch", "#f28e2b")]
    figure = go.Figure(
        [
            go.Bar(
                name=title,
                x=[row["channel"] for row in rows],
                y=[float(row[column] or 0) for row in rows],
                marker_color=colour,
                hovertemplate=f"%{{x}}, {title.lower()}: {currency} %{{y:,.2f}}<extra></extra>",
            )
            for column, title, colour in series
        ]
    )
    figure.update_layout(barmode="group", yaxis_title=currency, legend={"orientation": "h", "y": 1.12})
    return _styled(figure, height=460)


def spend(rows: Rows, currency: str) -> go.Figure:
    """Where each platform's bill went: allocated to touchpoints, and the residuals by name."""
    parts = [row for row in rows if row["component"] != "billed"]
    names = list(dict.fromkeys(row["component"] for row in parts))
    figure = go.Figure(
        [
            go.Bar(
                name=name.replace("_", " "),
                y=[row["platform"] for row in parts if row["component"] == name],
                x=[float(row["amount"] or 0) for row in parts if row["component"] == name],
                orientation="h",
                marker_color=CHANNEL_COLOURS[position % len(CHANNEL_COLOURS)],
                hovertemplate=f"%{{y}}, {name.replace('_', ' ')}: {currency} %{{x:,.2f}}<extra></extra>",
            )
            for position, name in enumerate(names)
        ]
    )
    figure.update_layout(barmode="relative", xaxis_title=currency, legend={"orientation": "h", "y": 1.2})
    return _styled(figure, height=300)


def story(rows: Rows) -> go.Figure:
    """One customer's touchpoints over time, a lane for each stage, a colour for each channel."""
    lanes = {stage: position for position, stage in enumerate(STAGES[:-1])}
    names = list(dict.fromkeys(row["channel"] for row in rows))
    figure = go.Figure()
    for position, name in enumerate(names):
        mine = [row for row in rows if row["channel"] == name]
        figure.add_trace(
            go.Scatter(
                name=name,
                x=[row["occurred_at"] for row in mine],
                y=[lanes[row["journey_stage"]] for row in mine],
                mode="markers",
                marker={
                    "size": [20 if row["touchpoint_type"] == "purchase" else 12 for row in mine],
                    "symbol": ["star" if row["touchpoint_type"] == "purchase" else "circle" for row in mine],
                    "color": CHANNEL_COLOURS[position % len(CHANNEL_COLOURS)],
                    "line": {"color": "white", "width": 1},
                },
                text=[f"{row['touchpoint_type'].replace('_', ' ')} (journey {row['journey_number']})" for row in mine],
                hovertemplate=f"%{{text}}<br>{name}<br>%{{x|%Y-%m-%d %H:%M}} UTC<extra></extra>",
            )
        )
    figure.update_layout(
        yaxis={
            "tickmode": "array",
            "tickvals": list(lanes.values()),
            "ticktext": [stage.replace("_", " ") for stage in lanes],
            "range": [len(lanes) - 0.5, -0.5],
        },
        legend={"orientation": "h", "y": 1.18},
    )
    return _styled(figure, height=380)


def _styled(figure: go.Figure, *, height: int, top: int = 30) -> go.Figure:
    font: dict[str, Any] = {"family": "system-ui, sans-serif", "size": 13, "color": INK}
    figure.update_layout(
        height=height, font=font, margin={"l": 10, "r": 10, "t": top, "b": 30}, paper_bgcolor="white", plot_bgcolor="white", autosize=True
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    return figure
