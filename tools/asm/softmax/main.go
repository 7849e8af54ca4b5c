// Command asm writes the assembly of package softmax for amd64, with avo. Run it by
// go generate.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	Package("sfdalab/internal/softmax")
	exp16()
	Generate()
}

// exp16 generates expPortable for sixteen numbers at a time, in four vectors whose
// steps alternate so that none waits for its own last one.
func exp16() {
	const vectors = 4
	least, perLog := constant("least", -707), constant("perLog", 1/math.Ln2)
	round, one := constant("round", 0x1.8p52), constant("one", 1)
	high, low := constant("high", 6.93147180369123816490e-01), constant("low", 1.90821492927058770002e-10)
	series := []Mem{}
	for k, factorial := 2, 2.; k <= 13; k++ {
		series = append(series, constant("term"+string(rune('a'+k)), 1/factorial))
		factorial *= float64(k + 1)
	}

	TEXT("expAVX2", NOSPLIT, "func(dst, x []float64, top float64) (sum float64)")
	Doc("expAVX2 is expPortable, for a multiple of sixteen numbers.")
	Pragma("noescape")
	dst := Load(Param("dst").Base(), GP64())
	x := Load(Param("x").Base(), GP64())
	n := Load(Param("x").Len(), GP64())
	top, err := Param("top").Resolve()
	if err != nil {
		panic(err)
	}
	floor, sum := YMM(), YMM()
	VMOVUPD(least, floor)
	VXORPD(sum, sum, sum)
	var r, k, p [vectors]VecVirtual
	for i := range vectors {
		r[i], k[i], p[i] = YMM(), YMM(), YMM()
	}
	each := func(step func(i int)) {
		for i := range vectors {
			step(i)
		}
	}

	Label("step")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	VBROADCASTSD(top.Addr, p[0])
	each(func(i int) { VMOVUPD(Mem{Base: x, Disp: 32 * i}, r[i]) })
	each(func(i int) { VSUBPD(p[0], r[i], r[i]) })
	each(func(i int) { VMAXPD(r[i], floor, r[i]) }) // of NaN and floor, NaN
	VMOVUPD(round, p[0])
	each(func(i int) { VMOVAPD(r[i], k[i]) })
	VMOVUPD(perLog, p[1])
	each(func(i int) { VFMADD213PD(p[0], p[1], k[i]) })
	each(func(i int) {
		if i > 0 {
			VSUBPD(p[0], k[i], p[i])
		}
	})
	VSUBPD(p[0], k[0], p[0])
	each(func(i int) { VFNMADD231PD(high, p[i], r[i]) })
	each(func(i int) { VFNMADD231PD(low, p[i], r[i]) })
	last := len(series) - 1
	each(func(i int) { VMOVUPD(series[last], p[i]) })
	for j := last - 1; j >= 0; j-- {
		each(func(i int) { VFMADD213PD(series[j], r[i], p[i]) })
	}
	each(func(i int) { VMULPD(p[i], r[i], p[i]) })
	each(func(i int) { VFMADD213PD(r[i], r[i], p[i]) })
	each(func(i int) { VADDPD(one, p[i], p[i]) })
	each(func(i int) { VPSLLQ(U8(52), k[i], k[i]) })
	each(func(i int) { VPADDQ(one, k[i], k[i]) })
	each(func(i int) { VMULPD(k[i], p[i], p[i]) })
	each(func(i int) { VMOVUPD(p[i], Mem{Base: dst, Disp: 32 * i}) })
	VADDPD(p[0], p[1], p[0])
	VADDPD(p[2], p[3], p[2])
	VADDPD(p[0], p[2], p[0])
	VADDPD(p[0], sum, sum)
	ADDQ(U8(32*vectors), x)
	ADDQ(U8(32*vectors), dst)
	SUBQ(U8(4*vectors), n)
	JMP(LabelRef("step"))

	Label("done")
	upper, lower := XMM(), sum.AsX()
	VEXTRACTF128(U8(1), sum, upper)
	VADDPD(upper, lower, lower)
	VSHUFPD(U8(1), lower, lower, upper)
	VADDSD(upper, lower, lower)
	Store(lower, Return("sum"))
	VZEROUPPER()
	RET()
}

// constant is a vector of one number.
func constant(name string, v float64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for lane := range 4 {
		DATA(8*lane, F64(v))
	}
	return m
}
