// Package onnxruntime runs networks with ONNX Runtime, whose shared library is
// loaded when the program needs it and not before, without cgo.
//
// Open finds the library: where the caller says, in the environment variable
// SFDALAB_ONNXRUNTIME, where the system keeps libraries, in the site-packages of
// Pythons (the wheel of onnxruntime holds one), or in npm's onnxruntime-node. All
// versions from 1.17 on will do, since the C API only ever grows at its end.
package onnxruntime
