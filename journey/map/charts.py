"""The charts of the journey map, as Plotly figures. No figure here computes: it draws rows of a query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
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
MODEL_COLOURS = ["#4e79a7", "#59a14f", "#f28e2b"]
KEPT_CHANNELS = 6
STEP_WIDTH, FITTING = 44, 25
"""Of the customer's path: pixels a touchpoint needs, and how many fit the page; a longer one is scrolled."""
LANE_HEADING = 0.29
COLUMNS = {"awareness": 0.001, "consideration": 0.33, "decision": 0.66, "post_purchase": 0.5, "outcome": 0.999}
OTHER = "Other channels"
PLATFORMS = {"google_ads": "Google Ads", "facebook_ads": "Meta Ads"}


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
                "label": [channel for _, channel in nodes],
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
    for stage in {stage for stage, _ in nodes}:
        x, y = COLUMNS[stage], LANE_HEADING if stage == "post_purchase" else 1.07
        anchor = "left" if x < 0.1 else "right" if x > 0.9 else "center"
        figure.add_annotation(x=x, y=y, xref="paper", yref="paper", text=f"<b>{words(stage)}</b>", showarrow=False, xanchor=anchor)
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
        top, share, gap = (0.76, 0.1, 0.035) if stage == "post_purchase" else (0.01, 0.55, 0.03)
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
    return channel if stage == "outcome" else f"{channel}, {words(stage)}"


def words(name: str) -> str:
    """A name of the warehouse as a person writes it."""
    return PLATFORMS.get(name, name.replace("_", " "))


def funnel(rows: Rows) -> go.Figure:
    """Customers who ever reached each stage, and their share of the first stage, of which there is none where nobody was there."""
    share = " (%{percentInitial:.0%})" if rows and rows[0]["customers"] else ""
    return _styled(
        go.Figure(
            go.Funnel(
                y=[words(row["stage"]) for row in rows],
                x=[row["customers"] for row in rows],
                texttemplate="<b>%{value:,}</b>" + share,
                textposition="auto",
                insidetextfont={"color": "white"},
                connector={"fillcolor": "#eef1f4"},
                marker={"color": ["#4e79a7", "#b07aa1", "#e15759", "#f28e2b", "#59a14f", "#76b7b2"][: len(rows)]},
                hovertemplate="%{y}: %{x:,} customers<extra></extra>",
            )
        ),
        height=400,
    )


def channels(rows: Rows, currency: str) -> go.Figure:
    """Allocated cost beside the revenue that each model credits, by channel that has either."""
    models = [name for name in (rows[0] if rows else ()) if name not in {"channel", "visits", "cost"}]
    series = [("cost", "Cost", "#9aa5b1")]
    series += [(model, f"Revenue, {words(model)}", MODEL_COLOURS[position]) for position, model in enumerate(models)]
    rows = [row for row in rows if any(row[column] for column, _, _ in series)]
    figure = go.Figure(
        [
            go.Bar(
                name=title,
                y=[row["channel"] for row in rows],
                x=[float(row[column] or 0) for row in rows],
                orientation="h",
                marker_color=colour,
                hovertemplate=f"%{{y}}, {title.lower()}: {currency} %{{x:,.2f}}<extra></extra>",
            )
            for column, title, colour in series
        ]
    )
    figure.update_layout(barmode="group", xaxis_title=currency, bargap=0.3, legend=_legend(), yaxis={"autorange": "reversed"})
    return _styled(figure, height=130 + 46 * len(rows), top=50)


def spend(rows: Rows, currency: str) -> go.Figure:
    """Where each platform's bill went: allocated to touchpoints, and the residuals by name."""
    parts = [row for row in rows if row["component"] != "billed"]
    names = list(dict.fromkeys(row["component"] for row in parts))
    figure = go.Figure(
        [
            go.Bar(
                name=words(name),
                y=[words(row["platform"]) for row in parts if row["component"] == name],
                x=[float(row["amount"] or 0) for row in parts if row["component"] == name],
                orientation="h",
                marker_color=CHANNEL_COLOURS[position % len(CHANNEL_COLOURS)],
                hovertemplate=f"%{{y}}, {words(name)}: {currency} %{{x:,.2f}}<extra></extra>",
            )
            for position, name in enumerate(names)
        ]
    )
    figure.update_layout(barmode="relative", xaxis_title=currency, legend=_legend(), yaxis={"autorange": "reversed"})
    return _styled(figure, height=300, top=50)


def story(rows: Rows) -> go.Figure:
    """One customer's touchpoints one by one, a lane for each stage, a colour for each channel; days along the bottom."""
    lanes = {stage: position for position, stage in enumerate(STAGES[:-1])}
    steps = [
        {**row, "step": step, "lane": lanes[row["journey_stage"]], "is_purchase": row["touchpoint_type"] == "purchase"}
        for step, row in enumerate(rows)
    ]
    figure = go.Figure()
    for position, name in enumerate(dict.fromkeys(row["channel"] for row in steps)):
        mine = [row for row in steps if row["channel"] == name]
        figure.add_trace(
            go.Scatter(
                name=name,
                x=[row["step"] for row in mine],
                y=[row["lane"] for row in mine],
                mode="markers",
                marker={
                    "size": [22 if row["is_purchase"] else 13 for row in mine],
                    "symbol": ["star" if row["is_purchase"] else "circle" for row in mine],
                    "color": CHANNEL_COLOURS[position % len(CHANNEL_COLOURS)],
                    "opacity": 1,
                    "line": {"color": "white", "width": 1},
                },
                text=[f"{words(row['touchpoint_type'])} (journey {row['journey_number']})" for row in mine],
                customdata=[row["occurred_at"].strftime("%Y-%m-%d %H:%M") for row in mine],
                hovertemplate=f"%{{text}}<br>{name}<br>%{{customdata}} UTC<extra></extra>",
            )
        )
    # All at once: the figure looks through what it has with each one that is added.
    figure.update_layout(
        annotations=[
            {
                "x": row["step"], "y": row["lane"], "text": words(row["touchpoint_type"]), "textangle": -40, "showarrow": False,
                "xanchor": "left", "yanchor": "bottom", "xshift": -4, "yshift": 10, "font": {"size": 11, "color": MUTED},
            }
            for row in steps
        ]
    )  # fmt: skip
    days = _first_steps(steps, lambda row: f"{row['occurred_at']:%d %b}")
    for step, _ in _first_steps(steps, lambda row: str(row["journey_number"]))[1:]:
        figure.add_vline(x=step - 0.5, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.update_layout(
        xaxis={
            "tickmode": "array",
            "tickvals": [step for step, _ in days],
            "ticktext": [day for _, day in days],
            "tickangle": 0,
            "tickfont": {"size": 11},
            "range": [-0.6, len(steps) + 0.4],
            "zeroline": False,
        },
        yaxis={
            "tickmode": "array",
            "tickvals": list(lanes.values()),
            "ticktext": [words(stage) for stage in lanes],
            "range": [len(lanes) - 0.7, -0.8],
            "zeroline": False,
        },
        legend=_legend(),
    )
    _styled(figure, height=520, top=50)
    if len(steps) > FITTING:
        figure.update_layout(width=STEP_WIDTH * len(steps), autosize=False)
    return figure


def _first_steps(steps: Rows, name: Callable[[dict[str, Any]], str]) -> list[tuple[int, str]]:
    """(step, name) wherever the name is another than that of the step before."""
    names = [name(row) for row in steps]
    return [(step, told) for step, told in enumerate(names) if step == 0 or names[step - 1] != told]


def _legend() -> dict[str, Any]:
    """One line above the chart."""
    return {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "normal"}


def _styled(figure: go.Figure, *, height: int, top: int = 30) -> go.Figure:
    font: dict[str, Any] = {"family": "system-ui, sans-serif", "size": 13, "color": INK}
    figure.update_layout(
        height=height, font=font, margin={"l": 10, "r": 10, "t": top, "b": 30}, paper_bgcolor="white", plot_bgcolor="white", autosize=True
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    return figure
