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

// rows generates a loop over so many rows of X, some at a time; what is left stays in left.
func (r reflection) rows(label string, left Register, together int, body func(row int)) {
	Label(label)
	SUBQ(U8(together), left)
	JLT(LabelRef(label + "Done"))
	for row := range together {
		body(row)
		ADDQ(r.stride, r.at)
	}
	JMP(LabelRef(label))
	Label(label + "Done")
	ADDQ(U8(together), left)
}

// reflectRight generates X ← X + f(Xv)vᵀ, of four rows at a time: they are multiplied by v,
// and multiples of v are added to them.
func reflectRight(name string, register func() VecVirtual, lanes int) {
	r := startReflection(name, register, lanes)
	v := make([]VecVirtual, 24/lanes)
	for i := range v {
		v[i] = register()
		VMOVUPD(Mem{Base: r.v, Disp: 8 * lanes * i}, v[i])
	}
	factor := YMM()
	VBROADCASTSD(NewParamAddr("factor", 64), factor)
	left, back := Load(Param("rows"), GP64()), GP64()
	MOVQ(r.x, r.at)
	LEAQ(Mem{Base: r.stride, Index: r.stride, Scale: 2}, back)
	ADDQ(r.stride, back)
	Label("four")
	SUBQ(U8(4), left)
	JLT(LabelRef("done"))
	var product [4]VecVirtual // in four lanes each
	for k := range product {
		sums := make([]VecVirtual, 8/lanes)
		r.vectors(func(i int, at Mem) {
			if i < len(sums) {
				sums[i] = register()
				VMULPD(at, v[i], sums[i])
			} else {
				VFMADD231PD(at, v[i], sums[i%len(sums)])
			}
		})
		product[k] = halves(sums, lanes)
		ADDQ(r.stride, r.at)
	}
	SUBQ(back, r.at)
	pairs, more, four := YMM(), YMM(), YMM()
	VHADDPD(product[1], product[0], pairs)
	VHADDPD(product[3], product[2], more)
	VPERM2F128(U8(0x20), more, pairs, four)
	VPERM2F128(U8(0x31), more, pairs, pairs)
	VADDPD(pairs, four, four)
	VMULPD(factor, four, four)
	var all VecVirtual = four
	if lanes == 8 {
		all = register()
		VINSERTF64X4(U8(1), four, four.AsZ(), all)
	}
	for k := range product {
		multiple := register()
		VPERMPD(U8(0x55*k), all, multiple)
		r.vectors(func(i int, at Mem) {
			row := register()
			VMOVUPD(at, row)
			VFMADD231PD(v[i], multiple, row)
			VMOVUPD(row, at)
		})
		ADDQ(r.stride, r.at)
	}
	JMP(LabelRef("four"))
	Label("done")
	VZEROUPPER()
	RET()
}

// reflectLeft generates X ← X + f·v(vᵀX): a pass over the rows adds up vᵀX in registers,
// those of even and those of odd rows, and another adds multiples of it to the rows.
func reflectLeft(name string, register func() VecVirtual, lanes int) {
	r := startReflection(name, register, lanes)
	var sums [2][]VecVirtual
	for k := range sums {
		for range 24 / lanes {
			s := register()
			zero(s, lanes)
			sums[k] = append(sums[k], s)
		}
	}
	left, next := Load(Param("rows"), GP64()), GP64()
	MOVQ(r.x, r.at)
	MOVQ(r.v, next)
	add := func(row int) {
		number := register()
		VBROADCASTSD(Mem{Base: next}, number)
		r.vectors(func(i int, at Mem) { VFMADD231PD(at, number, sums[row%2][i]) })
		ADDQ(U8(8), next)
	}
	r.rows("sum", left, 4, add)
	r.rows("sumOne", left, 1, add)
	for i, s := range sums[0] {
		VADDPD(sums[1][i], s, s)
	}
	factor := register()
	VBROADCASTSD(NewParamAddr("factor", 64), factor)
	left = Load(Param("rows"), GP64())
	MOVQ(r.x, r.at)
	MOVQ(r.v, next)
	subtract := func(int) {
		number := register()
		VBROADCASTSD(Mem{Base: next}, number)
		VMULPD(factor, number, number)
		r.vectors(func(i int, at Mem) {
			row := register()
			VMOVUPD(at, row)
			VFMADD231PD(sums[0][i], number, row)
			VMOVUPD(row, at)
		})
		ADDQ(U8(8), next)
	}
	r.rows("add", left, 4, subtract)
	r.rows("addOne", left, 1, subtract)
	VZEROUPPER()
	RET()
}
