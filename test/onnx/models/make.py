"""Makes the small models of this folder that need more than test/onnx/onnx-model.ts can write.

Run it with the packages onnx and numpy; those that are not made here came from scikit-learn's
exporter, or are older than this file.
"""

from pathlib import Path
import onnx
import numpy as np
from onnx import helper as h, TensorProto as T, numpy_helper as nh


def vi(name, t, shape):
    v = onnx.ValueInfoProto()
    v.name = name
    tt = v.type.tensor_type
    tt.elem_type = t
    if shape is not None:
        tt.shape.SetInParent()
        for d in shape:
            dim = tt.shape.dim.add()
            if d is None:
                pass
            elif isinstance(d, str):
                dim.dim_param = d
            else:
                dim.dim_value = d
    return v


def save(name, nodes, ins, outs, inits=(), opset=17, ir=8):
    g = h.make_graph(nodes, name, ins, outs, initializer=list(inits))
    m = h.make_model(g, opset_imports=[h.make_opsetid("", opset)])
    m.ir_version = ir
    onnx.save(m, Path(__file__).with_name(name + ".onnx"))


n = h.make_node
np.random.seed(0)
for k, s in dict(
    fixed=[2, 4],
    named=["n", 4],
    unnamed=[None, 4],
    empty=["", 4],
    neg=[-1, 4],
    zero=[0, 4],
    rank0=[],
    placeholder=["?", "None", "?", 4],
    norank=None,
    allopen=[None, None],
).items():
    save("axis_" + k, [n("Identity", ["x"], ["y"])], [vi("x", 1, s)], [vi("y", 1, s)])
save(
    "reshape4",
    [n("Reshape", ["x", "s"], ["y"])],
    [vi("x", 1, ["n"])],
    [vi("y", 1, [None, 4])],
    [nh.from_array(np.array([-1, 4], dtype=np.int64), "s")],
)
save(
    "matopen",
    [n("MatMul", ["x", "w"], ["y"])],
    [vi("x", 1, [None, None])],
    [vi("y", 1, [None, 3])],
    [nh.from_array(np.random.randn(4, 3).astype(np.float32), "w")],
)
save(
    "always_fails",
    [n("Reshape", ["x", "s"], ["r"]), n("Add", ["r", "x"], ["y"])],
    [vi("x", 1, ["n", 3])],
    [vi("y", 1, None)],
    [nh.from_array(np.array([7, -1], dtype=np.int64), "s")],
)
save(
    "huge",
    [n("Expand", ["x", "s"], ["y"])],
    [vi("x", 1, ["n"]), vi("s", 7, ["k"])],
    [vi("y", 1, None)],
)
save(
    "div0",
    [n("Div", ["x", "z"], ["y"])],
    [vi("x", 6, ["n"]), vi("z", 6, ["n"])],
    [vi("y", 6, ["n"])],
)
f = lambda a, name: nh.from_array(np.array(a, dtype=np.float32), name)
i = lambda a, name: nh.from_array(np.array(a, dtype=np.int64), name)
rng = np.random.default_rng(0)
R = lambda *s: rng.standard_normal(s).astype(np.float32)
# time first and batch second, running sum over time
save(
    "time_batch_cumsum",
    [n("CumSum", ["x", "a"], ["y"])],
    [vi("x", 1, ["time", "batch", 3])],
    [vi("y", 1, ["time", "batch", 3])],
    [nh.from_array(np.array(0, dtype=np.int64), "a")],
)
# point set: per point MLP + global max, concatenated
save(
    "pointseg",
    [
        n("MatMul", ["x", "w"], ["h"]),
        n("Relu", ["h"], ["r"]),
        n("ReduceMax", ["r"], ["g"], axes=[0], keepdims=1),
        n("Shape", ["r"], ["s"]),
        n("Expand", ["g", "s"], ["e"]),
        n("Concat", ["r", "e"], ["y"], axis=1),
    ],
    [vi("x", 1, ["points", 3])],
    [vi("y", 1, ["points", 16])],
    [f(R(3, 8), "w")],
)
save(
    "pointcls",
    [n("MatMul", ["x", "w"], ["h"]), n("ReduceMax", ["h"], ["y"], axes=[0], keepdims=0)],
    [vi("x", 1, ["points", 3])],
    [vi("y", 1, [8])],
    [f(R(3, 8), "w")],
)
save(
    "pointcls_keep",
    [n("MatMul", ["x", "w"], ["h"]), n("ReduceMax", ["h"], ["y"], axes=[0], keepdims=1)],
    [vi("x", 1, ["points", 3])],
    [vi("y", 1, ["b", 8])],
    [f(R(3, 8), "w")],
)
save(
    "batched_points",
    [n("MatMul", ["x", "w"], ["h"]), n("ReduceMax", ["h"], ["y"], axes=[1], keepdims=0)],
    [vi("x", 1, ["batch", "points", 3])],
    [vi("y", 1, ["batch", 8])],
    [f(R(3, 8), "w")],
)
# batch norm training
save(
    "bntrain",
    [n("BatchNormalization", ["x", "s", "b", "m", "v"], ["y", "mm", "vv"], training_mode=1)],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f([1] * 4, "s"), f([0] * 4, "b"), f([0] * 4, "m"), f([1] * 4, "v")],
)
save(
    "random",
    [n("RandomNormalLike", ["x"], ["r"]), n("Add", ["x", "r"], ["y"])],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
)
save(
    "dropout",
    [n("Dropout", ["x", "r", "t"], ["y"])],
    [vi("x", 1, ["batch", 64])],
    [vi("y", 1, ["batch", 64])],
    [f(0.5, "r"), nh.from_array(np.array(True), "t")],
)
save(
    "normbatch",
    [n("ReduceMean", ["x"], ["m"], axes=[0], keepdims=1), n("Sub", ["x", "m"], ["y"])],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
)
# clips by the global norm: only large inputs show
save(
    "globalnorm",
    [
        n("ReduceL2", ["x"], ["l"], keepdims=1),
        n("Max", ["l", "c"], ["d"]),
        n("Div", ["x", "d"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f([[50.0]], "c")],
)
save(
    "sort",
    [n("TopK", ["x", "k"], ["v", "y0"], axis=0), n("Identity", ["v"], ["y"])],
    [vi("x", 1, ["n", 1])],
    [vi("y", 1, ["n", 1])],
    [i([1], "k")],
)
save(
    "first100",
    [n("Slice", ["x", "s", "e", "a"], ["y"])],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["k", 4])],
    [i([0], "s"), i([50], "e"), i([0], "a")],
)
save(
    "position",
    [
        n("Shape", ["x"], ["s"]),
        n("Gather", ["s", "z"], ["n"]),
        n("Range", ["z", "n", "o"], ["r"]),
        n("Cast", ["r"], ["rf"], to=1),
        n("Unsqueeze", ["rf", "ax"], ["ru"]),
        n("Add", ["x", "ru"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [i(0, "z"), i(1, "o"), i([1], "ax")],
)
# near duplicates
save(
    "dups",
    [
        n("Transpose", ["x"], ["t"], perm=[1, 0]),
        n("MatMul", ["x", "t"], ["p"]),
        n("ReduceSum", ["p", "ax"], ["q"], keepdims=1),
        n("Mul", ["x", "x"], ["xx"]),
        n("Add", ["xx", "q"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [i([1], "ax")],
)
# equality count: rows that are equal to another row
save(
    "count_equal",
    [
        n("Unsqueeze", ["x", "a1"], ["u1"]),
        n("Unsqueeze", ["x", "a0"], ["u0"]),
        n("Equal", ["u1", "u0"], ["eq"]),
        n("Cast", ["eq"], ["ef"], to=1),
        n("ReduceMin", ["ef"], ["all"], axes=[2], keepdims=0),
        n("ReduceSum", ["all", "a1"], ["c"], keepdims=1),
        n("Mul", ["x", "c"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [i([1], "a1"), i([0], "a0")],
)
save(
    "if",
    [
        n("ReduceMax", ["x"], ["m"], keepdims=0),
        n("Greater", ["m", "c"], ["g"]),
        n(
            "If",
            ["g"],
            ["y"],
            then_branch=h.make_graph([n("Neg", ["x"], ["a"])], "t", [], [vi("a", 1, None)]),
            else_branch=h.make_graph([n("Identity", ["x"], ["b"])], "e", [], [vi("b", 1, None)]),
        ),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f(1e6, "c")],
)
save(
    "multiple4",
    [
        n("Reshape", ["x", "s"], ["r"]),
        n("ReduceMean", ["r"], ["m"], axes=[1], keepdims=1),
        n("Sub", ["r", "m"], ["d"]),
        n("Reshape", ["d", "s2"], ["y"]),
    ],
    [vi("x", 1, ["batch", 3])],
    [vi("y", 1, ["batch", 3])],
    [i([-1, 4, 3], "s"), i([-1, 3], "s2")],
)
# quantise by hand
save(
    "handquant",
    [
        n("Abs", ["x"], ["a"]),
        n("ReduceMax", ["a"], ["m"], keepdims=0),
        n("Div", ["m", "c"], ["s"]),
        n("Div", ["x", "s"], ["q"]),
        n("Round", ["q"], ["r"]),
        n("Mul", ["r", "s"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f(127, "c")],
)
# RNN
for nm, lay in (("rnn_seqfirst", 0),):
    W = f(R(1, 4 * 5, 3), "W")
    Rr = f(R(1, 4 * 5, 5), "R")
    save(
        "lstm_batch1",
        [n("LSTM", ["x", "W", "R"], ["y"], hidden_size=5)],
        [vi("x", 1, ["seq", "batch", 3])],
        [vi("y", 1, ["seq", 1, "batch", 5])],
        [W, Rr],
    )
    save(
        "lstm_state",
        [n("LSTM", ["x", "W", "R", "", "", "h", "c"], ["y", "hn", "cn"], hidden_size=5)],
        [vi("x", 1, ["seq", "batch", 3]), vi("h", 1, [1, "batch", 5]), vi("c", 1, [1, "batch", 5])],
        [
            vi("y", 1, ["seq", 1, "batch", 5]),
            vi("hn", 1, [1, "batch", 5]),
            vi("cn", 1, [1, "batch", 5]),
        ],
        [W, Rr],
    )
    save(
        "lstm_time_only",
        [
            n("Unsqueeze", ["x", "a"], ["u"]),
            n("LSTM", ["u", "W", "R"], ["y0"], hidden_size=5),
            n("Squeeze", ["y0", "sq"], ["y"]),
        ],
        [vi("x", 1, ["seq", 3])],
        [vi("y", 1, ["seq", 5])],
        [W, Rr, i([1], "a"), i([1, 2], "sq")],
    )
    save(
        "lstm_last",
        [
            n("Unsqueeze", ["x", "a"], ["u"]),
            n("LSTM", ["u", "W", "R"], ["y0", "hn"], hidden_size=5),
            n("Squeeze", ["hn", "sq"], ["y"]),
        ],
        [vi("x", 1, ["seq", 3])],
        [vi("y", 1, ["one", 5])],
        [W, Rr, i([1], "a"), i([0], "sq")],
    )
# conv nets
save(
    "conv",
    [
        n("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        n("Relu", ["c"], ["r"]),
        n("GlobalAveragePool", ["r"], ["g"]),
        n("Flatten", ["g"], ["f"]),
        n("MatMul", ["f", "w2"], ["l"]),
        n("Softmax", ["l"], ["y"]),
    ],
    [vi("x", 1, ["batch", 3, "h", "w_"])],
    [vi("y", 1, ["batch", 10])],
    [f(R(8, 3, 3, 3), "w"), f(R(8, 10), "w2")],
)
save(
    "conv_p2o",
    [
        n("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        n("GlobalAveragePool", ["c"], ["g"]),
        n("Flatten", ["g"], ["y"]),
    ],
    [vi("x", 1, ["p2o.DynamicDimension.0", 3, "p2o.DynamicDimension.1", "p2o.DynamicDimension.2"])],
    [vi("y", 1, ["p2o.DynamicDimension.3", 8])],
    [f(R(8, 3, 3, 3), "w")],
)
save(
    "conv_allopen",
    [
        n("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        n("GlobalAveragePool", ["c"], ["g"]),
        n("Flatten", ["g"], ["y"]),
    ],
    [vi("x", 1, [None, None, None, None])],
    [vi("y", 1, [None, 8])],
    [f(R(8, 3, 3, 3), "w")],
)
save(
    "conv_in_h",
    [n("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
    [vi("x", 1, [1, 3, "h", "w_"])],
    [vi("y", 1, [1, 8, "h", "w_"])],
    [f(R(8, 3, 3, 3), "w")],
)
save(
    "uint8",
    [n("Cast", ["x"], ["f"], to=1), n("Div", ["f", "c"], ["d"]), n("MatMul", ["d", "w"], ["y"])],
    [vi("x", 2, ["batch", 16])],
    [vi("y", 1, ["batch", 4])],
    [f(255, "c"), f(R(16, 4), "w")],
)
save("bool", [n("Not", ["x"], ["y"])], [vi("x", 9, ["batch", 4])], [vi("y", 9, ["batch", 4])])
save(
    "argmax0",
    [n("ArgMax", ["x"], ["y"], axis=0, keepdims=1)],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 7, ["k", 4])],
)
save(
    "two_inputs_unrelated",
    [n("Mul", ["x", "x"], ["y"]), n("Neg", ["w"], ["z"])],
    [vi("x", 1, ["n", 2]), vi("w", 1, ["m", 2])],
    [vi("y", 1, ["n", 2]), vi("z", 1, ["m", 2])],
)
save(
    "pairwise",
    [n("Transpose", ["b"], ["t"], perm=[1, 0]), n("MatMul", ["a", "t"], ["y"])],
    [vi("a", 1, ["na", 4]), vi("b", 1, ["nb", 4])],
    [vi("y", 1, ["na", "nb"])],
)
save(
    "pair_unnamed",
    [n("Mul", ["a", "b"], ["p"]), n("ReduceSum", ["p", "ax"], ["y"], keepdims=0)],
    [vi("a", 1, [None, 4]), vi("b", 1, [None, 4])],
    [vi("y", 1, [None])],
    [i([1], "ax")],
)
save(
    "const_out",
    [n("Mul", ["x", "z"], ["y0"]), n("Add", ["y0", "o"], ["y"])],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f(0, "z"), f(1, "o")],
)
save(
    "saturated",
    [n("Add", ["x", "b"], ["s"]), n("Relu", ["s"], ["y"])],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f(-1e6, "b")],
)
save("log", [n("Log", ["x"], ["y"])], [vi("x", 1, ["batch", 4])], [vi("y", 1, ["batch", 4])])
save(
    "shared_vec",
    [n("Mul", ["x", "w"], ["y"])],
    [vi("x", 1, ["batch", 4]), vi("w", 1, [4])],
    [vi("y", 1, ["batch", 4])],
)
save(
    "const_second",
    [n("Mul", ["x", "x"], ["y"]), n("Identity", ["c"], ["classes"])],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4]), vi("classes", 1, [3])],
    [f([1, 2, 3], "c")],
)
save(
    "softmax_scalar_batch",
    [n("Softmax", ["x"], ["y"], axis=0)],
    [vi("x", 1, ["batch"])],
    [vi("y", 1, ["batch"])],
)
save(
    "outlier",
    [
        n("ReduceMax", ["x"], ["m"], keepdims=0),
        n("Less", ["m", "c"], ["l"]),
        n("Where", ["l", "x", "z"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f(1000, "c"), f(0, "z")],
)
save(
    "anyneg",
    [
        n("ReduceMin", ["x"], ["m"], keepdims=0),
        n("Less", ["m", "c"], ["l"]),
        n("Where", ["l", "z", "x"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4])],
    [f(-1000, "c"), f(0, "z")],
)
save(
    "padmask",
    [
        n("Cast", ["mask"], ["mf"], to=1),
        n("ReduceSum", ["mf", "ax"], ["len"], keepdims=0),
        n("ReduceMax", ["len"], ["ml"], keepdims=0),
        n("Cast", ["ids"], ["f"], to=1),
        n("Mul", ["f", "mf"], ["fm"]),
        n("ReduceSum", ["fm", "ax"], ["s"], keepdims=0),
        n("Div", ["s", "ml"], ["y"]),
    ],
    [vi("ids", 7, ["b", "s"]), vi("mask", 7, ["b", "s"])],
    [vi("y", 1, ["b"])],
    [i([1], "ax")],
)
# a second output that counts what is above 5000 over the batch: constant in probes but for extremes
save(
    "count_out",
    [
        n("Greater", ["x", "c"], ["g"]),
        n("Cast", ["g"], ["gi"], to=7),
        n("ReduceSum", ["gi"], ["count"], keepdims=0),
        n("Mul", ["x", "x"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4]), vi("count", 7, [])],
    [f(1e9, "c")],
)
# boxes: NonZero of x > 1e9: [0, 2] for random inputs
save(
    "detect",
    [
        n("Greater", ["x", "c"], ["g"]),
        n("NonZero", ["g"], ["nz"]),
        n("Transpose", ["nz"], ["boxes"]),
        n("Mul", ["x", "x"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4]), vi("boxes", 7, ["num", 2])],
    [f(1e9, "c")],
)
# mode switch: scalar bool training -> subtract the batch mean
save(
    "switch",
    [
        n("Cast", ["t"], ["tf"], to=1),
        n("ReduceMean", ["x"], ["m"], axes=[0], keepdims=1),
        n("Mul", ["m", "tf"], ["mt"]),
        n("Sub", ["x", "mt"], ["y"]),
    ],
    [vi("x", 1, ["batch", 4]), vi("t", 9, [])],
    [vi("y", 1, ["batch", 4])],
)
# label constant int
save(
    "label_const",
    [
        n("Mul", ["x", "x"], ["y"]),
        n("Greater", ["x", "c"], ["g"]),
        n("Cast", ["g"], ["gi"], to=7),
        n("ReduceMax", ["gi"], ["l0"], axes=[0], keepdims=1),
        n("Shape", ["x"], ["s"]),
        n("Expand", ["l0", "s"], ["label"]),
    ],
    [vi("x", 1, ["batch", 4])],
    [vi("y", 1, ["batch", 4]), vi("label", 7, ["batch", 4])],
    [f(1e9, "c")],
)
save(
    "stringsplit",
    [n("StringSplit", ["x"], ["y", "len"], delimiter=" ")],
    [vi("x", 8, ["batch"])],
    [vi("y", 8, ["batch", "parts"]), vi("len", 7, ["batch"])],
    opset=20,
)
# rows along different axes, an output without rows
k = nh.from_array(np.random.standard_normal((3, 2)).astype("f4"), "k")
save(
    "mixed_axes",
    [
        n("Transpose", ["x"], ["t"], perm=[1, 0]),
        n("MatMul", ["t", "k"], ["a"]),
        n("Mul", ["a", "s"], ["b"]),
        n("Add", ["b", "y"], ["sums"]),
        n("Mul", ["x", "x"], ["squares"]),
        n("Add", ["w", "w"], ["weights"]),
    ],
    [
        vi("x", 1, [3, "batch"]),
        vi("y", 1, ["batch", 2]),
        vi("w", 1, [4]),
        vi("s", 1, []),
    ],
    [vi("sums", 1, ["batch", 2]), vi("squares", 1, [3, "batch"]), vi("weights", 1, [4])],
    [k],
)
# a switch that only one large value of any row turns
for name, t, limit in [("large_float16", 10, np.float16(100)), ("large_int64", 7, np.int64(128))]:
    save(
        name,
        [
            n("ReduceMax", ["x"], ["m"], keepdims=0),
            n("Greater", ["m", "limit"], ["g"]),
            n("Cast", ["g"], ["one"], to=t),
            n("Add", ["x", "one"], ["y"]),
        ],
        [vi("x", t, ["batch", 4])],
        [vi("y", t, ["batch", 4])],
        [nh.from_array(np.asarray(limit), "limit")],
    )
# elements of types that JavaScript does not have
to_int4 = n("Cast", ["x"], ["q"], to=T.INT4)
for name, nodes, t, outs in [
    ("int4_in", [n("Cast", ["x"], ["y"], to=T.FLOAT)], T.INT4, [vi("y", 1, ["n", 2])]),
    ("int4_out", [to_int4], T.FLOAT, [vi("q", T.INT4, ["n", 2])]),
    (
        "int4_second",
        [n("Neg", ["x"], ["y"]), to_int4],
        T.FLOAT,
        [vi("y", 1, ["n", 2]), vi("q", T.INT4, ["n", 2])],
    ),
]:
    save(name, nodes, [vi("x", t, ["n", 2])], outs, opset=21, ir=10)
save("parse", [n("Cast", ["x"], ["y"], to=T.INT32)], [vi("x", T.STRING, ["n"])], [vi("y", 6, ["n"])])
