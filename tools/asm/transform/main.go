// Command asm writes the assembly of package transform for amd64, with avo. Run it by
// go generate.
//
// Pillow's weights have 22 bits after the point and a sign, too many for the instruction
// that multiplies words and adds neighbours. Each is split: w = 2048·high + low. Sums of
// both parts are kept apart until the end, modulo 2³² as Pillow's.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	lowBits    = 11
	weightBits = 22
)

func main() {
	Package("sfdalab/extract/transform")
	across()
	down()
	Generate()
}

func half() Mem {
	m := GLOBL("half", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(1<<(weightBits-1)))
	}
	return m
}

// across generates the pass along rows, of four rows at once. A step takes four pixels
// of each: their samples as words, neighbours of a channel together, the first two pixels
// in the lower half of a vector and the others in the upper one.
func across() {
	rounding := half()
	pairs := GLOBL("pairs", RODATA|NOPTR) // r0 r1 g0 g1 b0 b1 of bytes r0 g0 b0 r1 g1 b1 …
	for lane := range 2 {
		for i, from := range []int{0, 3, 1, 4, 2, 5} {
			DATA(16*lane+2*i, U8(6*lane+from))
			DATA(16*lane+2*i+1, U8(0x80))
		}
		DATA(16*lane+12, U32(0x80808080))
	}
	spread := GLOBL("spread", RODATA|NOPTR) // the first pair of weights to the lower half, the second to the upper
	for i := range 32 {
		DATA(i, U8(i%4+i/16*4))
	}

	TEXT("acrossAVX2", NOSPLIT, "func(dst []uint8, dstStride int, src []uint8, srcStride int, starts []int, weights []int16, groups int)")
	Doc("acrossAVX2 resizes four rows. It writes one byte more than a row has, and reads up to 13 bytes beyond the last pixel.")
	Pragma("noescape")
	dst, dstStride := Load(Param("dst").Base(), GP64()), Load(Param("dstStride"), GP64())
	src, stride := Load(Param("src").Base(), GP64()), Load(Param("srcStride"), GP64())
	starts, count := Load(Param("starts").Base(), GP64()), Load(Param("starts").Len(), GP64())
	weights := Load(Param("weights").Base(), GP64())
	three := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
	samples, expand := YMM(), YMM()
	VMOVDQU(pairs, samples)
	VMOVDQU(spread, expand)

	Label("pixel")
	TESTQ(count, count)
	JZ(LabelRef("done"))
	at := GP64()
	MOVQ(Mem{Base: starts}, at)
	LEAQ(Mem{Base: at, Index: at, Scale: 2}, at)
	ADDQ(src, at)
	rows := []Mem{{Base: at}, {Base: at, Index: stride, Scale: 1}, {Base: at, Index: stride, Scale: 2}, {Base: at, Index: three, Scale: 1}}
	var low, high [4]VecVirtual
	for i := range rows {
		low[i], high[i] = YMM(), YMM()
		VPXOR(low[i], low[i], low[i])
		VPXOR(high[i], high[i], high[i])
	}
	groups := Load(Param("groups"), GP64())

	Label("group")
	weightLow, weightHigh := YMM(), YMM()
	VPBROADCASTQ(Mem{Base: weights}, weightLow)
	VPBROADCASTQ(Mem{Base: weights, Disp: 8}, weightHigh)
	VPSHUFB(expand, weightLow, weightLow)
	VPSHUFB(expand, weightHigh, weightHigh)
	for i, row := range rows {
		v, product := YMM(), YMM()
		VBROADCASTI128(row, v)
		VPSHUFB(samples, v, v)
		VPMADDWD(weightLow, v, product)
		VPADDD(product, low[i], low[i])
		VPMADDWD(weightHigh, v, v)
		VPADDD(v, high[i], high[i])
	}
	ADDQ(U8(12), at)
	ADDQ(U8(16), weights)
	DECQ(groups)
	JNZ(LabelRef("group"))

	for i := range rows {
		join(low[i], high[i])
	}
	var sum [2]VecVirtual // of two rows, one in each half
	for i := range sum {
		sum[i] = YMM()
		other := YMM()
		VPERM2I128(U8(0x20), low[2*i+1], low[2*i], sum[i])
		VPERM2I128(U8(0x31), low[2*i+1], low[2*i], other)
		VPADDD(other, sum[i], sum[i])
		VPADDD(rounding, sum[i], sum[i])
		VPSRAD(U8(weightBits), sum[i], sum[i])
	}
	VPACKSSDW(sum[1], sum[0], sum[0]) // rows 0 and 2, rows 1 and 3
	VPACKUSWB(sum[0], sum[0], sum[0])
	second, to := XMM(), GP64()
	VEXTRACTI128(U8(1), sum[0], second)
	MOVQ(dst, to)
	VMOVD(sum[0].AsX(), Mem{Base: to})
	VMOVD(second, Mem{Base: to, Index: dstStride, Scale: 1})
	VPEXTRD(U8(1), sum[0].AsX(), Mem{Base: to, Index: dstStride, Scale: 2})
	ADDQ(dstStride, to)
	VPEXTRD(U8(1), second, Mem{Base: to, Index: dstStride, Scale: 2})
	ADDQ(U8(3), dst)
	ADDQ(U8(8), starts)
	DECQ(count)
	JMP(LabelRef("pixel"))

	Label("done")
	VZEROUPPER()
	RET()
}

// join adds the sums of both parts of weights.
func join(low, high VecVirtual) {
	VPSLLD(U8(lowBits), high, high)
	VPADDD(high, low, low)
}

// down generates the pass along columns, for one row of results, sixteen samples of it
// at once. A step takes four rows.
func down() {
	rounding := Mem{Symbol: Symbol{Name: "half", Static: true}, Base: StaticBase}

	TEXT("downAVX2", NOSPLIT, "func(dst, src []uint8, stride int, weights []int16)")
	Doc("downAVX2 computes a row of results, of a multiple of sixteen samples, from rows stride apart, the first at src.")
	Pragma("noescape")
	dst, count := Load(Param("dst").Base(), GP64()), Load(Param("dst").Len(), GP64())
	src, stride := Load(Param("src").Base(), GP64()), Load(Param("stride"), GP64())
	first := Load(Param("weights").Base(), GP64())
	three := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)

	Label("column")
	TESTQ(count, count)
	JZ(LabelRef("end"))
	at, weights, groups := GP64(), GP64(), Load(Param("weights").Len(), GP64())
	MOVQ(src, at)
	MOVQ(first, weights)
	var low, high [2]VecVirtual // samples 0–3 and 8–11, samples 4–7 and 12–15
	for i := range low {
		low[i], high[i] = YMM(), YMM()
		VPXOR(low[i], low[i], low[i])
		VPXOR(high[i], high[i], high[i])
	}

	Label("rows")
	rows := []Mem{{Base: at}, {Base: at, Index: stride, Scale: 1}, {Base: at, Index: stride, Scale: 2}, {Base: at, Index: three, Scale: 1}}
	for pair := range 2 {
		weightLow, weightHigh := YMM(), YMM()
		VPBROADCASTD(Mem{Base: weights, Disp: 4 * pair}, weightLow)
		VPBROADCASTD(Mem{Base: weights, Disp: 8 + 4*pair}, weightHigh)
		one, two := YMM(), YMM()
		VPMOVZXBW(rows[2*pair], one)
		VPMOVZXBW(rows[2*pair+1], two)
		for i, unpack := range []func(a, b, to Op){func(a, b, to Op) { VPUNPCKLWD(b, a, to) }, func(a, b, to Op) { VPUNPCKHWD(b, a, to) }} {
			v, product := YMM(), YMM()
			unpack(one, two, v)
			VPMADDWD(weightLow, v, product)
			VPADDD(product, low[i], low[i])
			VPMADDWD(weightHigh, v, v)
			VPADDD(v, high[i], high[i])
		}
	}
	LEAQ(Mem{Base: at, Index: stride, Scale: 4}, at)
	ADDQ(U8(16), weights)
	SUBQ(U8(8), groups)
	JNZ(LabelRef("rows"))

	for i := range low {
		join(low[i], high[i])
		VPADDD(rounding, low[i], low[i])
		VPSRAD(U8(weightBits), low[i], low[i])
	}
	VPACKSSDW(low[1], low[0], low[0])
	upper := XMM()
	VEXTRACTI128(U8(1), low[0], upper)
	VPACKUSWB(upper, low[0].AsX(), upper)
	VMOVDQU(upper, Mem{Base: dst})
	ADDQ(U8(16), dst)
	ADDQ(U8(16), src)
	SUBQ(U8(16), count)
	JMP(LabelRef("column"))

	Label("end")
	VZEROUPPER()
	RET()
}
