// Command asm writes the assembly of package linalg's kernels for amd64, with
// avo. Run it by go generate.
package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	Package("sfdalab/internal/linalg")
	tile("tileAVX512", 8, 3, ZMM, double)
	tile("tileAVX2", 4, 3, YMM, double)
	tile("narrowAVX512", 8, 1, ZMM, double)
	tile("narrowAVX2", 4, 1, YMM, double)
	tile("tileF32AVX512", 8, 3, ZMM, single)
	tile("tileF32AVX2", 4, 3, YMM, single)
	widen("widenF16AVX2", 2, false, func(from Mem, to VecVirtual) { VCVTPH2PS(from, to) })
	widen("widenF32AVX2", 4, false, nil)
	widen("addF32AVX2", 4, true, nil)
	gather("gatherAVX512", 1, ZMM, 8)
	gather("gather3AVX512", 3, ZMM, 8)
	gather("gatherAVX2", 1, YMM, 4)
	gather("gather3AVX2", 3, YMM, 4)
	transpose4("transpose4AVX2")
	rows4("rows4AVX512", ZMM, 8)
	rows4("rows4AVX2", YMM, 4)
	reflectRight("reflectRightAVX512", ZMM, 8)
	reflectRight("reflectRightAVX2", YMM, 4)
	reflectLeft("reflectLeftAVX512", ZMM, 8)
	reflectLeft("reflectLeftAVX2", YMM, 4)
	solve8("solve8AVX512", 3, ZMM, 8)
	solve8("solve8AVX2", 3, YMM, 4)
	Generate()
}

// precision is a kind of number with its instructions.
type precision struct {
	goType      string
	size        int // in bytes
	broadcast   func(from, to Op)
	multiplyAdd func(x, y, sum Op)
}

var (
	double = precision{"float64", 8, func(from, to Op) { VBROADCASTSD(from, to) }, func(x, y, sum Op) { VFMADD231PD(x, y, sum) }}
	single = precision{"float32", 4, func(from, to Op) { VBROADCASTSS(from, to) }, func(x, y, sum Op) { VFMADD231PS(x, y, sum) }}
)

// tile generates the product of a few rows with a panel. The rows×(vectors·lanes) sums
// stay in registers. Each step over k loads a row of b as vectors and adds to each row
// of sums that, times a broadcast number of a. Four steps at a time leave more of the
// time to the sums.
func tile(name string, rows, vectors int, register func() VecVirtual, of precision) {
	bytes := int(register().Size())
	TEXT(name, NOSPLIT, fmt.Sprintf("func(k int, alpha %[1]s, a []%[1]s, row, column int, b, c []%[1]s, ldc int)", of.goType))
	Doc(fmt.Sprintf("%s is the tile of a kernel with mr = %d and nr = %d.", name, rows, vectors*bytes/of.size))
	Pragma("noescape")

	stride := func(param string) Register {
		bytes := Load(Param(param), GP64())
		IMUL3Q(U8(of.size), bytes, bytes)
		return bytes
	}
	a := Load(Param("a").Base(), GP64())
	rowA, columnA := stride("row"), stride("column")
	b := Load(Param("b").Base(), GP64())
	c := Load(Param("c").Base(), GP64())
	rowC := stride("ldc")
	k := Load(Param("k"), GP64())

	// Row i of a begins at group i/4 of four rows.
	group, three := []Register{a}, GP64()
	LEAQ(Mem{Base: rowA, Index: rowA, Scale: 2}, three)
	for i := 4; i < rows; i += 4 {
		next := GP64()
		LEAQ(Mem{Base: group[i/4-1], Index: rowA, Scale: 4}, next)
		group = append(group, next)
	}
	number := func(i int) Mem {
		switch i % 4 {
		case 0:
			return Mem{Base: group[i/4]}
		case 3:
			return Mem{Base: group[i/4], Index: three, Scale: 1}
		}
		return Mem{Base: group[i/4], Index: rowA, Scale: uint8(i % 4)}
	}

	sum := make([][]VecVirtual, rows)
	row := GP64()
	MOVQ(c, row)
	for i := range sum {
		for v := range vectors {
			PREFETCHT0(Mem{Base: row, Disp: v * bytes})
			s := register()
			sum[i] = append(sum[i], s)
			zero(s, bytes/8)
		}
		ADDQ(rowC, row)
	}

	// steps takes so many steps.
	steps := func(count int) {
		for step := range count {
			vector := make([]VecVirtual, vectors)
			for v := range vector {
				vector[v] = register()
				VMOVUPD(Mem{Base: b, Disp: (step*vectors + v) * bytes}, vector[v])
			}
			for i := range sum {
				factor := register()
				of.broadcast(number(i), factor)
				for v := range vector {
					of.multiplyAdd(vector[v], factor, sum[i][v])
				}
			}
			for _, at := range group {
				ADDQ(columnA, at)
			}
		}
		ADDQ(U32(count*vectors*bytes), b)
	}
	Label("four")
	SUBQ(U8(4), k)
	JLT(LabelRef("rest"))
	steps(4)
	JMP(LabelRef("four"))

	Label("rest")
	ADDQ(U8(4), k)
	Label("one")
	SUBQ(U8(1), k)
	JLT(LabelRef("store"))
	steps(1)
	JMP(LabelRef("one"))

	Label("store")
	alpha := register()
	of.broadcast(NewParamAddr("alpha", 8), alpha)
	for i := range sum {
		for v, s := range sum[i] {
			at := Mem{Base: c, Disp: v * bytes}
			old := register()
			VMOVUPD(at, old)
			of.multiplyAdd(s, alpha, old)
			VMOVUPD(old, at)
		}
		ADDQ(rowC, c)
	}
	VZEROUPPER()
	RET()
}

// gather generates a loop that copies a row of some vectors at a time.
func gather(name string, vectors int, register func() VecVirtual, lanes int) {
	TEXT(name, NOSPLIT, "func(dst, src []float64, ld int)")
	Doc(fmt.Sprintf("%s copies rows of %d numbers.", name, vectors*lanes))
	Pragma("noescape")

	dst := Load(Param("dst").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	src := Load(Param("src").Base(), GP64())
	stride := Load(Param("ld"), GP64())
	SHLQ(U8(3), stride)

	Label("next")
	SUBQ(U8(vectors*lanes), n)
	JLT(LabelRef("done"))
	row := make([]VecVirtual, vectors)
	for v := range row {
		row[v] = register()
		VMOVUPD(Mem{Base: src, Disp: 8 * lanes * v}, row[v])
	}
	for v := range row {
		VMOVUPD(row[v], Mem{Base: dst, Disp: 8 * lanes * v})
	}
	ADDQ(stride, src)
	ADDQ(U32(8*lanes*vectors), dst)
	JMP(LabelRef("next"))

	Label("done")
	VZEROUPPER()
	RET()
}

// transpose4 generates a loop over four columns of four rows, which become four rows of four
// numbers, and one over what is left.
func transpose4(name string) {
	TEXT(name, NOSPLIT, "func(dst []float64, width int, src []float64, ld, columns int)")
	Doc(name + " is transpose4 of each kernel.")
	Pragma("noescape")

	dst := Load(Param("dst").Base(), GP64())
	width := Load(Param("width"), GP64())
	row := [4]Register{Load(Param("src").Base(), GP64())}
	ld := Load(Param("ld"), GP64())
	n := Load(Param("columns"), GP64())
	SHLQ(U8(3), width)
	SHLQ(U8(3), ld)
	for i := 1; i < 4; i++ {
		row[i] = GP64()
		LEAQ(Mem{Base: row[i-1], Index: ld, Scale: 1}, row[i])
	}
	next := func(columns int) {
		for _, r := range row {
			ADDQ(U8(8*columns), r)
		}
	}

	Label("four")
	SUBQ(U8(4), n)
	JLT(LabelRef("rest"))
	var x, pair, column [4]VecVirtual
	for i := range x {
		x[i], pair[i], column[i] = YMM(), YMM(), YMM()
		VMOVUPD(Mem{Base: row[i]}, x[i])
	}
	for i := 0; i < 4; i += 2 { // columns 0 and 2 of two rows, then 1 and 3
		VUNPCKLPD(x[i+1], x[i], pair[i])
		VUNPCKHPD(x[i+1], x[i], pair[i+1])
	}
	for c := range column {
		VPERM2F128(U8(0x20+0x11*(c/2)), pair[2+c%2], pair[c%2], column[c])
		VMOVUPD(column[c], Mem{Base: dst})
		ADDQ(width, dst)
	}
	next(4)
	JMP(LabelRef("four"))

	Label("rest")
	ADDQ(U8(4), n)
	Label("one")
	SUBQ(U8(1), n)
	JLT(LabelRef("done"))
	for i, r := range row {
		number := GP64()
		MOVQ(Mem{Base: r}, number)
		MOVQ(number, Mem{Base: dst, Disp: 8 * i})
	}
	ADDQ(width, dst)
	next(1)
	JMP(LabelRef("one"))

	Label("done")
	VZEROUPPER()
	RET()
}

func zero(v VecVirtual, lanes int) {
	if lanes == 8 {
		VPXORQ(v, v, v)
	} else {
		VXORPD(v, v, v)
	}
}

// widen generates a loop over eight numbers of the given size at a time; toSingle
// makes them float32, unless they are. With add, they are added to what dst has.
func widen(name string, size int, add bool, toSingle func(from Mem, to VecVirtual)) {
	TEXT(name, NOSPLIT, "func(dst []float64, src []byte)")
	Doc(fmt.Sprintf("%s is %s for a multiple of eight numbers.", name, strings.TrimSuffix(name, "AVX2")))
	Pragma("noescape")

	dst := Load(Param("dst").Base(), GP64())
	n := Load(Param("dst").Len(), GP64())
	src := Load(Param("src").Base(), GP64())

	Label("next")
	CMPQ(n, U8(8))
	JLT(LabelRef("done"))
	low, high := YMM(), YMM()
	if toSingle == nil {
		VCVTPS2PD(Mem{Base: src}, low)
		VCVTPS2PD(Mem{Base: src, Disp: 16}, high)
	} else {
		single, upper := YMM(), XMM()
		toSingle(Mem{Base: src}, single)
		VEXTRACTF128(U8(1), single, upper)
		VCVTPS2PD(single.AsX(), low)
		VCVTPS2PD(upper, high)
	}
	if add {
		VADDPD(Mem{Base: dst}, low, low)
		VADDPD(Mem{Base: dst, Disp: 32}, high, high)
	}
	VMOVUPD(low, Mem{Base: dst})
	VMOVUPD(high, Mem{Base: dst, Disp: 32})
	ADDQ(U8(8*size), src)
	ADDQ(U8(64), dst)
	SUBQ(U8(8), n)
	JMP(LabelRef("next"))

	Label("done")
	VZEROUPPER()
	RET()
}
