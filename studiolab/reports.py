"""Run a report notebook for one studio and month or week, and keep it as a page to read and a page to print."""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from studiolab.settings import PROJECT, settings

NOTEBOOKS = PROJECT / "reports"
RECORD = "application/vnd.studiolab.record+json"
FIGURE = "application/vnd.plotly.v1+json"
FILE = "application/vnd.studiolab.file+json"
STEM = ("STUDIO_ID", "MONTH", "AS_OF", "POLICY", "SEGMENT")  # parameters that name the files
PRINT_WIDTH = 680  # CSS pixels inside the margins of A4
SCREEN = {"displayModeBar": False, "responsive": True}
STILL = {"staticPlot": True, "responsive": False}


class ReportError(Exception):
    """Why a report could not be made, in one sentence."""


def names():
    """Reports there are: the stems of reports/*.ipynb."""
    return sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


def run(name, parameters, out=None):
    """Execute report `name` and write it as HTML, as HTML for print, and as the executed notebook.

    name : one of `names()`; parameters : dict, only those the notebook declares, of plain values
    out : Path or None for reports/out under STUDIOLAB_HOME
    Returns dict with the Paths `html`, `print` and `notebook`, in out/<name>, named by STEM:
        studio-001-2026-10.html; and of each file that the notebook attached, by its ending: `csv`.
    Raises ReportError for an unknown report, parameter or kind of value, before anything runs, and
    for an error in the notebook, naming its cell; files of an earlier run stay as they were then.
    """
    notebook = NOTEBOOKS / f"{name}.ipynb"
    if name not in names():
        raise ReportError(f"no report {name!r}; there are {', '.join(names())}")
    given = checked(notebook, parameters)
    folder = Path(out or settings().home / "reports" / "out") / name
    stem = "-".join(re.sub(r"[^\w.-]", "_", str(given[key])) for key in STEM if given.get(key))
    with tempfile.TemporaryDirectory(prefix="studiolab-report-") as work:
        executed = execute(notebook, given, Path(work))
        pages = {"html": page(executed, SCREEN), "print": page(executed, STILL, PRINT_WIDTH),
                 "notebook": json.dumps(executed, indent=1)}  # fmt: skip
    endings = {"html": ".html", "print": "-print.html", "notebook": ".ipynb"}
    for ending, text in kept(executed, FILE).items():
        kind = ending.lstrip(".")
        pages[kind], endings[kind] = text, ending
    folder.mkdir(parents=True, exist_ok=True)
    return {kind: write_whole(folder / f"{stem or name}{endings[kind]}", text) for kind, text in pages.items()}


def checked(notebook, parameters):
    """`parameters`, if the notebook at this path declares each of them and their values are plain.

    papermill quotes values but writes names into the code as they come (and only warns of unknown
    ones), so a name is the place to attack: none is let through that the notebook does not hold.
    Raises ReportError naming the parameter.
    """
    import papermill

    declared = papermill.inspect_notebook(str(notebook))
    for key, value in parameters.items():
        if key not in declared:
            raise ReportError(f"{notebook.stem} has no parameter {key!r}; it has {', '.join(sorted(declared))}")
        plain = value if isinstance(value, list) else [value]
        if not all(isinstance(item, (str, int, float, bool, type(None))) for item in plain):
            raise ReportError(f"{key} is of type {type(value).__name__}; a text, a number, or a list of them is needed")
    return parameters


def execute(notebook, parameters, work):
    """The notebook of this path after a run with `parameters` in folder `work`. Raises ReportError."""
    import papermill
    from nbclient.exceptions import DeadKernelError

    try:
        return papermill.execute_notebook(
            str(notebook), str(work / notebook.name), parameters, cwd=str(work), progress_bar=False
        )
    except papermill.PapermillExecutionError as error:
        first = next((line for line in error.source.splitlines() if line.strip()), "")
        raise ReportError(
            f"{notebook.stem} stopped in cell {error.cell_index + 1} ({first}): {error.ename}: {error.evalue}"
        ) from None
    except DeadKernelError:
        raise ReportError(
            f"{notebook.stem} stopped: its kernel died, perhaps for want of memory; run it alone"
        ) from None


def page(executed, config, width=None):
    """One self-contained HTML page of an executed notebook: no code, and no address of another host.

    config : plotly's; width : pixels of each figure, None to follow the window
    """
    import nbformat
    from nbconvert import HTMLExporter
    from plotly.offline import get_plotlyjs

    shown = nbformat.from_dict(json.loads(json.dumps(executed)))
    for cell in shown.cells:
        cell.outputs = [drawn(output, config, width) for output in cell.get("outputs", []) if visible(output)]
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(shown)
    title = re.search(r"<h1[^>]*>(.*?)<", body, re.DOTALL)
    frame = (NOTEBOOKS / "frame.html").read_text()
    fields = {"title": title[1].strip() if title else "Report", "plotly": get_plotlyjs(), "body": body}
    return re.sub(r"{{ (\w+) }}", lambda field: fields[field[1]], frame)


def visible(output):
    """Whether a reader is shown an output of a cell: no message of a library, nor what is kept for the checks."""
    shown = output["output_type"] in ("display_data", "execute_result")
    return shown and RECORD not in output["data"] and FILE not in output["data"]


def drawn(output, config, width):
    """The output with a plotly figure turned into HTML that the page's own plotly draws."""
    import nbformat
    import plotly.graph_objects as go

    if FIGURE not in output["data"]:
        return output
    figure = go.Figure({key: output["data"][FIGURE][key] for key in ("data", "layout")})
    if width:
        figure.update_layout(width=width, autosize=False)
    text = figure.to_html(full_html=False, include_plotlyjs=False, include_mathjax=False, config=config)
    return nbformat.v4.new_output("display_data", {"text/html": f"<figure>{text}</figure>"})


def write_whole(path, text):
    """Write `text` to `path` so that a reader sees the old file or the new one, never a part. Returns path."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        shutil.copymode(path, temporary) if path.exists() else os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def record(name, value):
    """Keep a figure or an answer in the running notebook's output, for `recorded` to read.

    value : anything JSON can hold; numbers of numpy are turned into Python's. A reader of the
    notebook sees `name: value`.
    """
    from IPython.display import display

    plain = json.loads(json.dumps(value, default=lambda number: number.item()))
    display({RECORD: {name: plain}, "text/plain": f"{name}: {plain if not isinstance(plain, dict) else '…'}"}, raw=True)


def attach(ending, text):
    """Have `text` written beside the pages of the running report, as a file that ends in `ending`, e.g. ".csv"."""
    from IPython.display import display

    if not re.fullmatch(r"\.[a-z]+", ending):
        raise ReportError(f"ending {ending!r}; expected a dot and small letters, e.g. .csv")
    display({FILE: {ending: text}, "text/plain": f"a {ending} file of {len(text):,} characters"}, raw=True)


def recorded(notebook):
    """dict of all that `record` kept in an executed notebook (a Path, or the notebook itself)."""
    import nbformat

    if isinstance(notebook, (str, Path)):
        notebook = nbformat.read(notebook, as_version=4)
    return kept(notebook, RECORD)


def kept(notebook, kind):
    """dict of all that outputs of an executed notebook hold under one media type, RECORD or FILE."""
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", []))
    return {key: value for o in outputs for key, value in o.get("data", {}).get(kind, {}).items()}
