"""Runs a notebook in its kernel and writes it, with its outputs, as a notebook and
as one HTML file that needs no network.

    python tools/run_notebook.py notebooks/quickstart.ipynb out

Exits with 1 if a cell fails; both files are still written, with the error in them.
SIGINT and SIGTERM interrupt the program of the running cell; then nothing is
written, and the exit status is 130.
"""

import asyncio
import os
import re
import signal
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

TEMPLATES = Path(__file__).resolve().parent / "nbconvert"


class Interrupted(Exception):
    pass


class Run:
    """One run of a notebook's cells in a folder."""

    def __init__(self, notebook, folder):
        self.notebook = notebook
        cells = enumerate(notebook.cells)
        self.order = [i for i, cell in cells if cell.cell_type == "code" and cell.source.strip()]
        self.begun = 0.0
        self.interrupting = None
        self.client = NotebookClient(
            notebook,
            timeout=None,
            startup_timeout=120,
            resources={"metadata": {"path": str(folder)}},
            on_cell_start=self.started,
            on_cell_executed=self.finished,
        )

    def execute(self):
        """Runs every cell. Returns a message if one failed."""
        try:
            self.client.execute()
        except CellExecutionError:
            if self.interrupting:
                raise Interrupted from None
            return explain(self.notebook)
        except DeadKernelError as error:
            return str(error)
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise Interrupted from None
        return None

    def started(self, cell, cell_index):
        self.begun = time.monotonic()
        # nbclient would stop the kernel at once, before the cell can clean up.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.interrupt)

    def interrupt(self):
        if not self.interrupting:
            self.interrupting = asyncio.ensure_future(self.keep_interrupting())

    async def keep_interrupting(self):
        # GoNB passes an interrupt only to the running program: one that
        # comes while a cell is compiled is lost. It kills what does not stop.
        while True:
            await self.client.km.interrupt_kernel()
            await asyncio.sleep(0.3)

    def finished(self, cell, cell_index, execute_reply):
        if self.interrupting:
            self.interrupting.cancel()
            raise Interrupted
        seconds = time.monotonic() - self.begun
        number = self.order.index(cell_index) + 1
        print(f"  cell {number}/{len(self.order)}  {seconds:6.1f} s  {first_statement(cell.source)}", flush=True)


def first_statement(source):
    """Returns the line that identifies a cell: the one after GoNB's %%."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    after = [i + 1 for i, line in enumerate(lines) if line.startswith("%%") and i + 1 < len(lines)]
    return lines[after[0] if after else 0][:60]


def explain(notebook):
    """Returns the source of the failed cell and all its error output."""
    for number, cell in enumerate(notebook.cells, 1):
        outputs = cell.get("outputs", [])
        if not any(output.output_type == "error" for output in outputs):
            continue
        lines = ["", f"Cell {number} failed:", *("    " + line for line in cell.source.splitlines()), ""]
        for output in outputs:
            if output.output_type == "error":
                lines += output.traceback
            elif output.output_type == "stream" and output.name == "stderr":
                lines.append(output.text.rstrip())
            elif output.output_type != "stream" and set(output.data) <= {"text/plain", "text/html"}:
                lines.append(output.data.get("text/plain", ""))
        return "\n".join(lines)
    return "a cell failed without an error"


def to_html(notebook, name):
    exporter = HTMLExporter(template_name="semrob", extra_template_basedirs=[str(TEMPLATES)])
    html, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    # Comments in JupyterLab's styles contain web addresses; without them, a search
    # for addresses in the file finds only the notebook's own.
    return re.sub(
        r"(<style[^>]*>)(.*?)(</style>)",
        lambda style: style[1] + re.sub(r"/\*.*?\*/", "", style[2], flags=re.DOTALL) + style[3],
        html,
        flags=re.DOTALL,
    )


def make_small(notebook):
    """Replaces settings by ones that run in seconds, for tests: a cell with settings
    has them in its metadata under "small"."""
    for cell in notebook.cells:
        cell.source = cell.metadata.get("small", cell.source)


def write(path, text):
    """Writes the file atomically."""
    part = path.with_name(path.name + ".partial")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: run_notebook.py NOTEBOOK FOLDER")
    source, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(source, as_version=4)
    if os.environ.get("SEMROB_NOTEBOOK_SMALL"):
        make_small(notebook)
    print(f"Running {sys.argv[1]}", flush=True)
    failure = Run(notebook, source.parent).execute()
    written = [out / source.name, out / (source.stem + ".html")]
    write(written[0], nbformat.writes(notebook) + "\n")
    write(written[1], to_html(notebook, source.stem))
    for path in written:
        print(path)
    if failure:
        sys.exit(failure)


if __name__ == "__main__":
    try:
        main()
    except (Interrupted, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        sys.exit(130)
