"""Writes the arrays that the readers are tested on (NumPy 1.24 and 1.26): python3 make.py

All x_* hold the same 6×3 numbers, which float16 represents exactly, and all y_* of one column the same three classes.
"""
import numpy as np

x = np.arange(18).reshape(6, 3) / 8 - 1
y = np.arange(6) % 3

for t in ("<f2", "<f4", "<f8", ">f2", ">f4", ">f8"):
    np.save(f"x_{t.replace('<', 'le_').replace('>', 'be_')}.npy", x.astype(t))
for version in (1, 2, 3):
    with open(f"x_version{version}.npy", "wb") as f:
        np.lib.format.write_array(f, x, version=(version, 0))
np.save("x_fortran.npy", np.asfortranarray(x.astype("<f4")))
np.save("x_pooled.npy", x.reshape(6, 3, 1, 1))
np.savez("x_stored.npz", features=x, labels=y)
np.savez_compressed("x_deflated.npz", other=y, features=x, labels=y)
np.savez("x_only.npz", x)
np.savetxt("x_plain.csv", x, "%g", ",")
np.savetxt("x_header.csv", x, "%g", ",", header="a,b,c", comments="")

for t in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "S4", "U4"):
    np.save(f"y_le_{t}.npy", y.astype(t))
for t in (">i4", ">u2", ">f8", ">U4"):
    np.save(f"y_be_{t[1:]}.npy", y.astype(t))
np.save("y_column.npy", y[:, None])
np.savez("y_only.npz", y)
np.savetxt("y_plain.csv", y, "%d")
np.savetxt("y_header.csv", y, "%d", header="species", comments="")

np.save("bool.npy", y > 0)
np.save("huge.npy", np.array([2**63 + 5, 7, 2**64 - 1], "u8")[y])
np.save("names.npy", np.array(["ibis", "cat", "dög"])[y])
np.save("latin1.npy", np.array([b"caf\xe9", b"caf\xe8", b"the"])[y])  # no UTF-8: still three classes
np.savetxt("names.csv", np.array(["label", "ibis", "cat", "dog", "ibis", "cat", "dog"]), "%s")
np.save("multilabel.npy", (x > 0).astype("i8"))
np.save("regression.npy", x[:, 0])
np.save("objects.npy", np.array(["cat", 1], object), allow_pickle=True)
np.save("complex.npy", x + 0j)
np.save("records.npy", np.zeros(6, [("a", "f4"), ("b", "i4")]))
np.save("maps.npy", np.zeros((6, 3, 2, 2)))
np.savez("two.npz", a=x, b=y)

# Other formats (PyTorch 1.13, safetensors 0.8, pyarrow 16.1, ml_dtypes 0.4).
import gzip
import ml_dtypes
import pyarrow
import pyarrow.parquet as parquet
import safetensors.torch
import torch

t = torch.tensor(x)
torch.save(t.float(), "x_tensor.pt")
torch.save({"labels": torch.tensor(y), "features": t.half()}, "x_dict.pth")
torch.save(torch.nn.Parameter(t.bfloat16()), "x_parameter.pt")
torch.save(t.T.contiguous().T, "x_transposed.pt")
torch.save([t], "list.pt")
torch.save(torch.nn.Linear(1, 1), "module.pt")
safetensors.torch.save_file({"features": t.bfloat16(), "labels": torch.tensor(y)}, "x_bfloat16.safetensors")
safetensors.torch.save_file({"embeddings": t}, "x_only.safetensors")
parquet.write_table(pyarrow.table({"label": y, "embedding": list(x.astype("f4"))}), "listed.parquet")
parquet.write_table(pyarrow.table({f"f{k}": x[:, k] for k in range(3)}), "x_columns.parquet")
parquet.write_table(pyarrow.table({"e": pyarrow.array(list(x.astype("f2")), pyarrow.list_(pyarrow.float16()))}), "x_float16.parquet")
parquet.write_table(pyarrow.table({"a": list(x), "b": list(x)}), "two_lists.parquet")
parquet.write_table(pyarrow.table({"tokens": [[list(row), list(row)] for row in x]}), "nested.parquet")
np.save("x_bfloat16.npy", x.astype(ml_dtypes.bfloat16))
np.save("x_N1D.npy", x[:, None, :])
np.save("tokens.npy", np.stack([x - 1, x, x + 4], 1))
with open("x_UPPER.NPY", "wb") as f:
    np.save(f, x)
with open("x_packed.npy.gz", "wb") as f, open("x_le_f4.npy", "rb") as g:
    f.write(gzip.compress(g.read(), mtime=0))

# MATLAB's files (SciPy 1.10).
import scipy.io

scipy.io.savemat("x_matlab.mat", {"features": x, "labels": y[None, :].astype("u1")}, do_compression=True)
scipy.io.savemat("x_single.mat", {"feats": x.astype("f4")})
scipy.io.savemat("other.mat", {"features": np.array(["cat", "dog"]), "z": x + 1j})
