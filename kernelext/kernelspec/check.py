"""Runs cells in a registered kernel, as a notebook does, and prints the result of
each as one JSON object a line: name, ok, seconds, text, pictures, and first, the
seconds until the first picture.

    python check.py KERNEL FOLDER < cells.json

cells.json is a list of [name, source]. The first failure is the last line.
"""

import json
import sys
import time
from queue import Empty


def report(name, ok, begun, text="", pictures=0, first=0):
    took = round(time.monotonic() - begun, 2)
    said = {"name": name, "ok": ok, "seconds": took, "text": text.strip(), "pictures": pictures, "first": round(first, 2)}
    print(json.dumps(said), flush=True)
    return ok


def run(client, name, source):
    begun, texts, pictures, first = time.monotonic(), [], 0, 0
    asked = client.execute(source)
    while True:
        try:
            message = client.get_iopub_msg(timeout=300)
        except Empty:
            return report(name, False, begun, "no answer within 5 minutes")
        if message["parent_header"].get("msg_id") != asked:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            texts.append(content["text"])
        elif kind == "error":
            # GoNB puts the compiler's output into the traceback.
            texts += content["traceback"] or [content["evalue"]]
            return report(name, False, begun, "\n".join(texts))
        elif kind in ("display_data", "update_display_data", "execute_result"):
            if "image/png" in content["data"]:
                pictures += 1
                first = first or time.monotonic() - begun
            if "image/png" not in content["data"]:
                texts.append(content["data"].get("text/plain", ""))
        elif kind == "status" and content["execution_state"] == "idle":
            return report(name, True, begun, "\n".join(texts), pictures, first)


def main():
    kernel, folder = sys.argv[1:]
    cells, begun = json.load(sys.stdin), time.monotonic()
    try:
        from jupyter_client import KernelManager
    except ImportError:
        return report("Jupyter", False, begun, "this Python has no jupyter_client")
    manager = KernelManager(kernel_name=kernel)
    try:
        registered = manager.kernel_spec.resource_dir
        manager.start_kernel(cwd=folder)
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
    except Exception as error:
        report("the kernel starts", False, begun, f"{type(error).__name__}: {error}")
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
        return
    report("the kernel starts", True, begun, registered)
    try:
        for name, source in cells:
            if not run(client, name, source):
                break
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


main()
