// Command asm writes the assembly of package jpeg for amd64, with avo. Run it by go
// generate.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	Package("sfdalab/extract/imageio/jpeg")
	inverseDCT()
	smooth()
	colour()
	Generate()
}

var constants = map[string]Mem{}

// words and longs are vectors of one number of 16 or 32 bits.
func words(v int16) Mem {
	return constant(fmt.Sprintf("word%d", uint16(v)), 16, 2, func(offset int) { DATA(offset, U16(uint16(v))) })
}

func longs(v int32) Mem {
	return constant(fmt.Sprintf("long%d", uint32(v)), 8, 4, func(offset int) { DATA(offset, U32(uint32(v))) })
}

func constant(name string, lanes, bytes int, put func(offset int)) Mem {
	m, ok := constants[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range lanes {
			put(bytes * i)
		}
		constants[name] = m
	}
	return m
}

// Numbers of idct.go.
const (
	constBits = 13
	pass1Bits = 2

	fix0298, fix0390, fix0541, fix0765 = 2446, 3196, 4433, 6270
	fix0899, fix1175, fix1501, fix1847 = 7373, 9633, 12299, 15137
	fix1961, fix2053, fix2562, fix3072 = 16069, 16819, 20995, 25172
)

func sum(a, b Op) VecVirtual {
	to := YMM()
	VPADDD(b, a, to)
	return to
}

func difference(a, b Op) VecVirtual {
	to := YMM()
	VPSUBD(b, a, to)
	return to
}

func times(a Op, factor int32) VecVirtual {
	to := YMM()
	VPMULLD(longs(factor), a, to)
	return to
}

// inverse8 is inverse8 of idct.go, of eight rows or columns at once.
func inverse8(x [8]VecVirtual) [8]VecVirtual {
	z := times(sum(x[2], x[6]), fix0541)
	even2 := sum(z, times(x[6], -fix1847))
	even3 := sum(z, times(x[2], fix0765))
	s, d := sum(x[0], x[4]), difference(x[0], x[4])
	VPSLLD(U8(constBits), s, s)
	VPSLLD(U8(constBits), d, d)
	a := [4]VecVirtual{sum(s, even3), sum(d, even2), difference(d, even2), difference(s, even3)}

	z3, z4 := sum(x[7], x[3]), sum(x[5], x[1])
	z5 := times(sum(z3, z4), fix1175)
	z3 = sum(times(z3, -fix1961), z5)
	z4 = sum(times(z4, -fix0390), z5)
	z1, z2 := times(sum(x[7], x[1]), -fix0899), times(sum(x[5], x[3]), -fix2562)
	b := [4]VecVirtual{
		sum(sum(times(x[7], fix0298), z1), z3), sum(sum(times(x[5], fix2053), z2), z4),
		sum(sum(times(x[3], fix3072), z2), z3), sum(sum(times(x[1], fix1501), z1), z4),
	}
	var y [8]VecVirtual
	for i := range 4 {
		y[i], y[7-i] = sum(a[i], b[3-i]), difference(a[i], b[3-i])
	}
	return y
}

// pairwise replaces each pair of vectors a step apart by what two instructions make of it.
func pairwise(x [8]VecVirtual, step int, first, second func(a, b, to Op)) (y [8]VecVirtual) {
	for i := range 8 {
		if i&step == 0 {
			y[i], y[i+step] = YMM(), YMM()
			first(x[i], x[i+step], y[i])
			second(x[i], x[i+step], y[i+step])
		}
	}
	return y
}

func transpose(x [8]VecVirtual) [8]VecVirtual {
	x = pairwise(x, 1, func(a, b, to Op) { VPUNPCKLDQ(b, a, to) }, func(a, b, to Op) { VPUNPCKHDQ(b, a, to) })
	x = pairwise(x, 2, func(a, b, to Op) { VPUNPCKLQDQ(b, a, to) }, func(a, b, to Op) { VPUNPCKHQDQ(b, a, to) })
	x = pairwise(x, 4, func(a, b, to Op) { VPERM2I128(U8(0x20), b, a, to) }, func(a, b, to Op) { VPERM2I128(U8(0x31), b, a, to) })
	// The first two steps leave columns 1 and 2, and 5 and 6, in each other's place.
	x[1], x[2], x[5], x[6] = x[2], x[1], x[6], x[5]
	return x
}

// descale drops fractional bits after something is added.
func descale(x [8]VecVirtual, shift uint8, add int32) {
	for _, v := range x {
		VPADDD(longs(add), v, v)
		VPSRAD(U8(shift), v, v)
	}
}

// inverseDCT generates idct: each vector holds a row of the block, and a column in the
// second pass.
func inverseDCT() {
	quads := GLOBL("quads", RODATA|NOPTR) // transposes 4×4 bytes
	for i := range 32 {
		DATA(i, U8(i%16/4+i%4*4))
	}

	TEXT("idctAVX2", NOSPLIT, "func(coefs *[64]int16, quant *[64]uint16, out []uint8, stride int)")
	Doc("idctAVX2 is idctPortable.")
	Pragma("noescape")
	coefs, quant := Load(Param("coefs"), GP64()), Load(Param("quant"), GP64())
	out, stride := Load(Param("out").Base(), GP64()), Load(Param("stride"), GP64())
	var x [8]VecVirtual
	for i := range x {
		x[i] = YMM()
		step := YMM()
		VPMOVSXWD(Mem{Base: coefs, Disp: 16 * i}, x[i])
		VPMOVZXWD(Mem{Base: quant, Disp: 16 * i}, step)
		VPMULLD(step, x[i], x[i])
	}
	x = inverse8(x)
	const shift = constBits - pass1Bits
	descale(x, shift, 1<<(shift-1))
	x = inverse8(transpose(x))
	const shift2 = constBits + pass1Bits + 3
	descale(x, shift2, 1<<(shift2-1)+128<<shift2)

	var four [2]VecVirtual // columns 0–3 and 4–7, of rows 0–3 and 4–7
	for i := range four {
		columns := x[4*i:]
		VPACKSSDW(columns[1], columns[0], columns[0])
		VPACKSSDW(columns[3], columns[2], columns[2])
		VPACKUSWB(columns[2], columns[0], columns[0])
		VPSHUFB(quads, columns[0], columns[0])
		four[i] = columns[0]
	}
	rows := [2]VecVirtual{YMM(), YMM()} // 0, 1, 4 and 5; 2, 3, 6 and 7
	VPUNPCKLDQ(four[1], four[0], rows[0])
	VPUNPCKHDQ(four[1], four[0], rows[1])
	for half := range 2 {
		for _, r := range rows {
			v := r.AsX()
			if half == 1 {
				v = XMM()
				VEXTRACTI128(U8(1), r, v)
			}
			VMOVQ(v, Mem{Base: out})
			VPEXTRQ(U8(1), v, Mem{Base: out, Index: stride, Scale: 1})
			LEAQ(Mem{Base: out, Index: stride, Scale: 2}, out)
		}
	}
	VZEROUPPER()
	RET()
}

// smooth generates double: sixteen sums, and 32 samples.
func smooth() {
	TEXT("doubleAVX2", NOSPLIT, "func(out []uint8, sums []uint16, even, odd uint16)")
	Doc("doubleAVX2 is doublePortable, for a multiple of 32 samples.")
	Pragma("noescape")
	out, count := Load(Param("out").Base(), GP64()), Load(Param("out").Len(), GP64())
	sums := Load(Param("sums").Base(), GP64())
	bias := func(name string) VecVirtual {
		v := YMM()
		p, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VPBROADCASTW(p.Addr, v)
		return v
	}
	even, odd := bias("even"), bias("odd")

	Label("samples")
	TESTQ(count, count)
	JZ(LabelRef("smoothed"))
	near, a, b := YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: sums, Disp: 2}, near)
	VPADDW(near, near, a)
	VPADDW(a, near, near)
	VPADDW(Mem{Base: sums}, near, a)
	VPADDW(Mem{Base: sums, Disp: 4}, near, b)
	VPADDW(even, a, a)
	VPADDW(odd, b, b)
	VPSRLW(U8(4), a, a)
	VPSRLW(U8(4), b, b)
	VPSLLW(U8(8), b, b)
	VPOR(a, b, b)
	VMOVDQU(b, Mem{Base: out})
	ADDQ(U8(32), sums)
	ADDQ(U8(32), out)
	SUBQ(U8(32), count)
	JMP(LabelRef("samples"))

	Label("smoothed")
	VZEROUPPER()
	RET()

	TEXT("blendAVX2", NOSPLIT, "func(sums []uint16, near, far []uint8)")
	Doc("blendAVX2 is blendPortable, for a multiple of sixteen samples.")
	Pragma("noescape")
	to, n := Load(Param("sums").Base(), GP64()), Load(Param("sums").Len(), GP64())
	one, two := Load(Param("near").Base(), GP64()), Load(Param("far").Base(), GP64())
	Label("blend")
	TESTQ(n, n)
	JZ(LabelRef("blended"))
	v, u := YMM(), YMM()
	VPMOVZXBW(Mem{Base: one}, v)
	VPMOVZXBW(Mem{Base: two}, u)
	VPADDW(v, u, u)
	VPADDW(v, v, v)
	VPADDW(v, u, u)
	VMOVDQU(u, Mem{Base: to})
	ADDQ(U8(16), one)
	ADDQ(U8(16), two)
	ADDQ(U8(32), to)
	SUBQ(U8(16), n)
	JMP(LabelRef("blend"))
	Label("blended")
	VZEROUPPER()
	RET()
}

// colour generates the conversion of sixteen pixels at once. Factors are less a whole
// number, so that they fit in words:
//
//	r = y + cr + 0.40200 cr
//	g = y − cr + 0.28586 cr − 0.34414 cb
//	b = y + 2 cb − 0.22800 cb
func colour() {
	interleave := func(plane int) (masks [3]Mem) {
		for part := range masks {
			masks[part] = GLOBL(fmt.Sprintf("plane%d%c", plane, 'a'+part), RODATA|NOPTR)
			for i := range 16 {
				from := uint8(0x80)
				if at := 16*part + i; at%3 == plane {
					from = uint8(at / 3)
				}
				DATA(i, U8(from))
			}
		}
		return masks
	}
	masks := [3][3]Mem{interleave(0), interleave(1), interleave(2)}
	green := GLOBL("green", RODATA|NOPTR)
	for i := range 8 {
		minus := -22554
		DATA(4*i, U16(uint16(minus)))
		DATA(4*i+2, U16(18734))
	}

	TEXT("ycbcrAVX2", NOSPLIT, "func(out, ys, cbs, crs []uint8)")
	Doc("ycbcrAVX2 is ycbcrPortable, for a multiple of sixteen pixels.")
	Pragma("noescape")
	out, count := Load(Param("out").Base(), GP64()), Load(Param("ys").Len(), GP64())
	planes := [3]Register{Load(Param("ys").Base(), GP64()), Load(Param("cbs").Base(), GP64()), Load(Param("crs").Base(), GP64())}

	Label("pixels")
	TESTQ(count, count)
	JZ(LabelRef("converted"))
	y, cb, cr := YMM(), YMM(), YMM()
	for i, v := range []VecVirtual{y, cb, cr} {
		VPMOVZXBW(Mem{Base: planes[i]}, v)
		if i > 0 {
			VPSUBW(words(128), v, v)
		}
		ADDQ(U8(16), planes[i])
	}
	// rounded is the product with a factor in 16 bits, rounded.
	rounded := func(v VecVirtual, factor int16) VecVirtual {
		to := YMM()
		VPADDW(v, v, to)
		VPMULHW(words(factor), to, to)
		VPADDW(words(1), to, to)
		VPSRAW(U8(1), to, to)
		return to
	}
	r, b := rounded(cr, 26345), rounded(cb, -14942)
	VPADDW(cr, r, r)
	VPADDW(y, r, r)
	VPADDW(cb, b, b)
	VPADDW(cb, b, b)
	VPADDW(y, b, b)
	g, upper := YMM(), YMM()
	VPUNPCKLWD(cr, cb, g)
	VPUNPCKHWD(cr, cb, upper)
	for _, v := range []VecVirtual{g, upper} {
		VPMADDWD(green, v, v)
		VPADDD(longs(1<<15), v, v)
		VPSRAD(U8(16), v, v)
	}
	VPACKSSDW(upper, g, g)
	VPSUBW(cr, g, g)
	VPADDW(y, g, g)
	var channels [3]VecVirtual
	for i, v := range []VecVirtual{r, g, b} {
		channels[i] = XMM()
		VEXTRACTI128(U8(1), v, channels[i])
		VPACKUSWB(channels[i], v.AsX(), channels[i])
	}
	for part := range 3 {
		all := XMM()
		VPSHUFB(masks[0][part], channels[0], all)
		for i := 1; i < 3; i++ {
			one := XMM()
			VPSHUFB(masks[i][part], channels[i], one)
			VPOR(one, all, all)
		}
		VMOVDQU(all, Mem{Base: out, Disp: 16 * part})
	}
	ADDQ(U8(48), out)
	SUBQ(U8(16), count)
	JMP(LabelRef("pixels"))

	Label("converted")
	VZEROUPPER()
	RET()
}
