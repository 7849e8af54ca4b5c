package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// rows4 generates a pass over four rows of a matrix that multiplies them by a
// vector and adds them up at the same time, so that each number is read once. It
// takes eight columns at a time, of which each has a sum of its own: a register of
// fewer lanes shares them with others, and the bits are the same. The next four rows are
// fetched meanwhile, as the processor does not foresee them.
func rows4(name string, register func() VecVirtual, lanes int) {
	TEXT(name, NOSPLIT, "func(a []float64, lda int, x, y []float64, factors, products *[4]float64)")
	Doc(fmt.Sprintf("%s is rows4 of a kernel with %d lanes.", name, lanes))
	Pragma("noescape")

	a := Load(Param("a").Base(), GP64())
	stride := Load(Param("lda"), GP64())
	SHLQ(U8(3), stride)
	x := Load(Param("x").Base(), GP64())
	n := Load(Param("x").Len(), GP64())
	y := Load(Param("y").Base(), GP64())
	factors := Load(Param("factors"), GP64())

	var row [4]Register
	var factor [4]VecVirtual
	var sum [4][]VecVirtual
	for r := range row {
		if r == 0 {
			row[r] = a
		} else {
			next := GP64()
			MOVQ(row[r-1], next)
			ADDQ(stride, next)
			row[r] = next
		}
		factor[r] = register()
		VBROADCASTSD(Mem{Base: factors, Disp: 8 * r}, factor[r])
		for range 8 / lanes {
			s := register()
			zero(s, lanes)
			sum[r] = append(sum[r], s)
		}
	}
	at, ahead := GP64(), GP64()
	XORQ(at, at)
	MOVQ(stride, ahead)
	SHRQ(U8(1), ahead) // four rows ahead, in numbers

	Label("next")
	CMPQ(at, n)
	JGE(LabelRef("done"))
	for v := range 8 / lanes {
		vector := func(base Register) Mem { return Mem{Base: base, Index: at, Scale: 8, Disp: 8 * lanes * v} }
		vx, vy := register(), register()
		VMOVUPD(vector(x), vx)
		VMOVUPD(vector(y), vy)
		for r := range row {
			number := register()
			VMOVUPD(vector(row[r]), number)
			VFMADD231PD(number, vx, sum[r][v])
			VFMADD231PD(number, factor[r], vy)
		}
		VMOVUPD(vy, vector(y))
	}
	for r := range row {
		PREFETCHT0(Mem{Base: row[r], Index: ahead, Scale: 8})
	}
	ADDQ(U8(8), at)
	ADDQ(U8(8), ahead)
	JMP(LabelRef("next"))

	Label("done")
	products := Load(Param("products"), GP64())
	for r, s := range sum {
		VMOVSD(total(s, lanes), Mem{Base: products, Disp: 8 * r})
	}
	VZEROUPPER()
	RET()
}

// total adds up eight sums, and leaves the result in the first lane of a register.
func total(sums []VecVirtual, lanes int) Register {
	four, high := halves(sums, lanes), XMM()
	low := four.AsX()
	VEXTRACTF128(U8(1), four, high)
	VADDPD(high, low, low)
	VHADDPD(low, low, low)
	return low
}

// halves adds up the lower and the upper four of eight sums.
func halves(sums []VecVirtual, lanes int) VecVirtual {
	four := YMM()
	if lanes == 8 {
		VEXTRACTF64X4(U8(1), sums[0], four)
		VADDPD(sums[0].AsY(), four, four)
	} else {
		VADDPD(sums[1], sums[0], four)
	}
	return four
}
