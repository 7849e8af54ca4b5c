"""Writes the files of Cars, Flowers-102 and CIFAR that Python and MATLAB made, in miniature."""
import os
import pickle
import sys

import numpy as np
from scipy.io import savemat

root = sys.argv[1]


def folder(*parts):
    path = os.path.join(root, *parts)
    os.makedirs(path, exist_ok=True)
    return path


devkit = folder("cars", "devkit")
for split, name in [("train", "cars_train_annos.mat"), ("test", "cars_test_annos_withlabels.mat")]:
    fields = ["bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"]
    annotations = np.zeros((1, 3), dtype=[(f, object) for f in fields])
    for i, label in enumerate([3, 1, 2]):
        for f in fields[:4]:
            annotations[0, i][f] = np.uint16(300 * i)
        annotations[0, i]["class"] = np.uint8(label)
        annotations[0, i]["fname"] = "%05d.jpg" % (i + 1)
    savemat(os.path.join(devkit, name), {"annotations": annotations}, do_compression=split == "train")
names = np.empty((1, 3), dtype=object)
names[0] = ["AM General Hummer", "Acura RL", "Citroën C3"]
savemat(os.path.join(devkit, "cars_meta.mat"), {"class_names": names})

flowers = folder("flowers")
savemat(os.path.join(flowers, "setid.mat"), {
    "trnid": np.array([[2, 5]], np.uint16), "valid": np.array([[1]], np.uint16), "tstid": np.array([[4, 3]], np.uint16)},
    do_compression=True)
savemat(os.path.join(flowers, "imagelabels.mat"), {"labels": np.array([[7, 7, 9, 9, 8]], np.uint8)})


def dump(path, value):
    with open(path, "wb") as f:
        pickle.dump(value, f, protocol=2)


cifar = folder("cifar100", "cifar-100-python")
pixels = (np.arange(2 * 3072) % 251).astype(np.uint8).reshape(2, 3072)
for name in ["train", "test"]:
    dump(os.path.join(cifar, name), {b"data": pixels, b"fine_labels": [1, 0], b"coarse_labels": [0, 0]})
dump(os.path.join(cifar, "meta"), {b"fine_label_names": [b"apple", b"bear"]})
