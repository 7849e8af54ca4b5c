package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// reflection is what reflectRight and reflectLeft have in common: X has 24 columns, that is
// some vectors, and its rows are ld apart.
type reflection struct {
	register         func() VecVirtual
	lanes            int
	x, stride, v, at Register
}

func startReflection(name string, register func() VecVirtual, lanes int) reflection {
	TEXT(name, NOSPLIT, "func(x []float64, ld, rows int, v []float64, factor float64)")
	Doc(fmt.Sprintf("%s is %s of a kernel with %d lanes.", name, name[:len(name)-len("AVX2")-lanes/8*2], lanes))
	Pragma("noescape")
	stride := Load(Param("ld"), GP64())
	SHLQ(U8(3), stride)
	return reflection{register, lanes, Load(Param("x").Base(), GP64()), stride, Load(Param("v").Base(), GP64()), GP64()}
}

// vectors calls fn for each vector of a row.
func (r reflection) vectors(fn func(i int, at Mem)) {
	for i := range 24 / r.lanes {
		fn(i, Mem{Base: r.at, Disp: 8 * r.lanes * i})
	}
}

// rows generates a loop over the rows of X.
func (r reflection) rows(label string, body func()) {
	MOVQ(r.x, r.at)
	left := Load(Param("rows"), GP64())
	Label(label)
	SUBQ(U8(1), left)
	JLT(LabelRef(label + "Done"))
	body()
	ADDQ(r.stride, r.at)
	JMP(LabelRef(label))
	Label(label + "Done")
}

// reflectRight generates X ← X + f(Xv)vᵀ: each row is loaded, multiplied by v, and stored
// with a multiple of v added.
func reflectRight(name string, register func() VecVirtual, lanes int) {
	r := startReflection(name, register, lanes)
	v, row := make([]VecVirtual, 24/lanes), make([]VecVirtual, 24/lanes)
	for i := range v {
		v[i], row[i] = register(), register()
		VMOVUPD(Mem{Base: r.v, Disp: 8 * lanes * i}, v[i])
	}
	factor := XMM()
	VMOVSD(NewParamAddr("factor", 64), factor)
	r.rows("row", func() {
		sums := make([]VecVirtual, 8/lanes)
		r.vectors(func(i int, at Mem) {
			VMOVUPD(at, row[i])
			if i < len(sums) {
				sums[i] = register()
				VMULPD(v[i], row[i], sums[i])
			} else {
				VFMADD231PD(v[i], row[i], sums[i%len(sums)])
			}
		})
		sum, multiple := total(sums, lanes), register()
		VMULSD(factor, sum, sum)
		VBROADCASTSD(sum, multiple)
		r.vectors(func(i int, at Mem) {
			VFMADD231PD(v[i], multiple, row[i])
			VMOVUPD(row[i], at)
		})
	})
	VZEROUPPER()
	RET()
}

// reflectLeft generates X ← X + f·v(vᵀX): a pass over the rows adds up vᵀX in registers,
// and another adds multiples of it to the rows.
func reflectLeft(name string, register func() VecVirtual, lanes int) {
	r := startReflection(name, register, lanes)
	sums := make([]VecVirtual, 24/lanes)
	for i := range sums {
		sums[i] = register()
		zero(sums[i], lanes)
	}
	number, next := register(), GP64()
	MOVQ(r.v, next)
	r.rows("sum", func() {
		VBROADCASTSD(Mem{Base: next}, number)
		r.vectors(func(i int, at Mem) { VFMADD231PD(at, number, sums[i]) })
		ADDQ(U8(8), next)
	})
	factor := register()
	VBROADCASTSD(NewParamAddr("factor", 64), factor)
	MOVQ(r.v, next)
	r.rows("add", func() {
		VBROADCASTSD(Mem{Base: next}, number)
		VMULPD(factor, number, number)
		r.vectors(func(i int, at Mem) {
			row := register()
			VMOVUPD(at, row)
			VFMADD231PD(sums[i], number, row)
			VMOVUPD(row, at)
		})
		ADDQ(U8(8), next)
	})
	VZEROUPPER()
	RET()
}
