package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// solve8 generates the solution of a triangular system of eight rows for as many
// right-hand sides as a row of a tile has: each row is loaded, the rows before it
// are taken from it one after the other, and it is divided by the diagonal.
func solve8(name string, vectors int, register func() VecVirtual, lanes int) {
	TEXT(name, NOSPLIT, "func(l, b []float64)")
	Doc(fmt.Sprintf("%s is solve8 of a kernel with nr = %d.", name, vectors*lanes))
	Pragma("noescape")

	l := Load(Param("l").Base(), GP64())
	b := Load(Param("b").Base(), GP64())
	at := func(row, vector int) Mem { return Mem{Base: b, Disp: 8 * lanes * (row*vectors + vector)} }
	row := make([]VecVirtual, vectors)
	for v := range row {
		row[v] = register()
	}
	number := register()
	for r := range 8 {
		for v := range row {
			VMOVUPD(at(r, v), row[v])
		}
		for s := range r {
			VBROADCASTSD(Mem{Base: l, Disp: 8 * (8*r + s)}, number)
			for v := range row {
				VFNMADD231PD(at(s, v), number, row[v])
			}
		}
		VBROADCASTSD(Mem{Base: l, Disp: 8 * (8*r + r)}, number)
		for v := range row {
			VMULPD(number, row[v], row[v])
			VMOVUPD(row[v], at(r, v))
		}
	}
	VZEROUPPER()
	RET()
}
