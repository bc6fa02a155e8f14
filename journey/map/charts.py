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
KEPT_CHANNELS = 8


def flow(rows: Rows) -> go.Figure:
    """Sankey from stage and channel to the next stage and channel, to the outcome; small channels are drawn as one."""
    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        sizes[row["from_channel"]] += row["journeys"]
    kept = set(sorted(sizes, key=lambda name: (-sizes[name], name))[:KEPT_CHANNELS])
    links: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for row in rows:
        start = row["from_channel"] if row["from_channel"] in kept else "Other channels"
        end = row["to_channel"] if row["to_stage"] == "outcome" or row["to_channel"] in kept else "Other channels"
        links[(row["from_stage"], start, row["to_stage"], end)] += row["journeys"]
    nodes = sorted({key[:2] for key in links} | {key[2:] for key in links}, key=lambda node: (STAGES.index(node[0]), node[1]))
    at = {node: position for position, node in enumerate(nodes)}
    return _styled(
        go.Figure(
            go.Sankey(
                arrangement="snap",
                node={
                    "label": [label(stage, channel) for stage, channel in nodes],
                    "color": [STAGE_COLOURS[stage] for stage, _ in nodes],
                    "pad": 14,
                    "thickness": 14,
                    "hovertemplate": "%{label}: %{value:,} journeys<extra></extra>",
                },
                link={
                    "source": [at[key[:2]] for key in links],
                    "target": [at[key[2:]] for key in links],
                    "value": list(links.values()),
                    "color": "rgba(82,96,109,0.22)",
                    "hovertemplate": "%{source.label} to %{target.label}: %{value:,} journeys<extra></extra>",
                },
            )
        ),
        height=620,
    )


def label(stage: str, channel: str) -> str:
    return channel if stage == "outcome" else f"{channel} ({stage.replace('_', ' ')})"


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


def _styled(figure: go.Figure, *, height: int) -> go.Figure:
    font: dict[str, Any] = {"family": "system-ui, sans-serif", "size": 13, "color": INK}
    figure.update_layout(
        height=height, font=font, margin={"l": 10, "r": 10, "t": 30, "b": 30}, paper_bgcolor="white", plot_bgcolor="white", autosize=True
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    return figure
