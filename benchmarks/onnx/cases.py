"""Writes the ONNX standard's backend tests to a folder, one folder a case.

    python3 -m venv venv && venv/bin/pip install onnx==1.23.2
    venv/bin/python benchmarks/onnx/cases.py OUT
    SEMROB_LONG=1 SEMROB_ONNX_CASES=OUT go test ./semrob/network/onnx -run TestStandard -v -timeout 1h

A case has model.onnx, input_N.pb, output_N.pb (tensors), and tolerance ("rtol atol").
Cases with sequences or optional values have a file "sequence" instead of tensors.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.loader import load_model_tests


def write(folder, model, inputs, outputs, rtol, atol):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "tolerance").write_text(f"{rtol} {atol}\n")
    tensors = [("input", model.graph.input, inputs), ("output", model.graph.output, outputs)]
    for kind, values, arrays in tensors:
        for i, (value, array) in enumerate(zip(values, arrays)):
            if isinstance(array, onnx.TensorProto):
                tensor = array
            elif isinstance(array, (np.ndarray, np.generic)):
                tensor = onnx.numpy_helper.from_array(np.asarray(array))
            else:
                (folder / "sequence").write_text(type(array).__name__ + "\n")
                continue
            tensor.name = value.name
            (folder / f"{kind}_{i}.pb").write_bytes(tensor.SerializeToString())


def main(out):
    written = 0
    for case in collect_testcases(None):
        inputs, outputs = case.data_sets[0]
        write(out / case.name, case.model, inputs, outputs, case.rtol, case.atol)
        written += 1
    for kind in ("pytorch-converted", "pytorch-operator"):
        for case in load_model_tests(kind=kind):
            source = pathlib.Path(case.model_dir)
            model = onnx.load(source / "model.onnx")
            data = source / "test_data_set_0"

            def tensors(kind, count):
                return [onnx.load_tensor(data / f"{kind}_{i}.pb") for i in range(count)]

            inputs = tensors("input", len(list(data.glob("input_*.pb"))))
            outputs = tensors("output", len(list(data.glob("output_*.pb"))))
            write(out / f"{kind}-{case.name}", model, inputs, outputs, case.rtol, case.atol)
            written += 1
    print(f"{written} cases in {out}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
