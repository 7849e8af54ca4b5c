package linalg

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// KernelVariable names the environment variable that chooses the kernel. Unset,
// or with a value that this machine cannot serve, it is the fastest one.
const KernelVariable = "SFDALAB_KERNEL"

// kernel is what a kind of processor does fastest in its own way. Those in assembly
// give the same bits: each sum is taken in the same order, however many lanes
// compute it. The portable one rounds products too, where they do not.
type kernel struct {
	name string
	tiles[float64]
	narrow tiles[float64] // of as many rows, for few columns
	single tiles[float32]

	// widenF16 and widenF32 are as WidenF16 and WidenF32, for a multiple of eight
	// numbers.
	widenF16, widenF32 func(dst []float64, src []byte)

	// addF32 is as AddF32, for a multiple of eight numbers.
	addF32 func(sum []float64, src []byte)

	// rows4 sets products[r] to the product of row r of the 4×len(x) matrix a, whose
	// rows are lda apart, with x, and adds to y each row times factors[r]. The length
	// of x and y is a multiple of eight, and each column has one of eight sums.
	rows4 func(a []float64, lda int, x, y []float64, factors, products *[4]float64)

	// reflectRight replaces X, of so many rows, ld apart, and 24 columns, by
	// X + factor·(Xv)vᵀ; the rows are a multiple of four. reflectLeft replaces it by
	// X + factor·v(vᵀX).
	reflectRight, reflectLeft func(x []float64, ld, rows int, v []float64, factor float64)

	// solve8 replaces the 8×nr matrix b by L⁻¹b. The triangular L is 8×8, with the
	// inverse of its diagonal; both lie by rows.
	solve8 func(l, b []float64)
}

// tiles is how a kernel multiplies matrices of one kind of number.
type tiles[T number] struct {
	// tile adds alpha·AB to the mr×nr matrix c, whose rows are ldc apart. Element
	// (i, j) of A (mr×k) is a[i·row+j·column], and B (k×nr) lies in b by rows.
	tile   func(k int, alpha T, a []T, row, column int, b, c []T, ldc int)
	mr, nr int

	// gatherA and gatherB copy rows of mr and of nr numbers, ld apart, to dst one
	// behind the other. Without them, matrices are not to be stored transposed.
	gatherA, gatherB func(dst, src []T, ld int)

	// transpose4 copies so many columns of four rows, ld apart, to dst, one every width
	// numbers.
	transpose4 func(dst []T, width int, src []T, ld, columns int)
}

// tilesOf returns the tiles of the kernel in use for one kind of number.
func tilesOf[T number]() *tiles[T] {
	if t, ok := any(&active.tiles).(*tiles[T]); ok {
		return t
	}
	return any(&active.single).(*tiles[T])
}

// narrowOf returns the narrow tiles for one kind of number, or nil.
func narrowOf[T number]() *tiles[T] {
	t, _ := any(&active.narrow).(*tiles[T])
	return t
}

var portable = kernel{
	"portable",
	tiles[float64]{tilePortable[float64], 4, 4, gatherPortable, gatherPortable, transpose4Portable[float64]},
	tiles[float64]{tilePortable[float64], 4, 4, nil, nil, nil},
	tiles[float32]{tilePortable[float32], 4, 4, nil, nil, transpose4Portable[float32]},
	widenF16Portable, widenF32Portable, addF32Portable, rows4Portable, reflectRightPortable, reflectLeftPortable, solve8Portable,
}

// kernels are those that run on this machine, the fastest first.
var kernels = append(nativeKernels(), portable)

var active, activeErr = choose(os.Getenv(KernelVariable))

// choose returns the kernel of a name, and the fastest one without a name or, with an error,
// where this machine does not have that one.
func choose(name string) (kernel, error) {
	if name == "" {
		return kernels[0], nil
	}
	i := slices.IndexFunc(kernels, func(k kernel) bool { return k.name == name })
	if i < 0 {
		var names []string
		for _, k := range kernels {
			names = append(names, k.name)
		}
		return kernels[0], fmt.Errorf("%s=%s: this machine has %s; %s is used", KernelVariable, name, strings.Join(names, ", "), kernels[0].name)
	}
	return kernels[i], nil
}

// Kernel returns the name of the kernel in use: avx512, avx2 or portable. The
// error is that KernelVariable asked for another one, which this machine does not
// have.
func Kernel() (string, error) { return active.name, activeErr }

// gatherPortable is the gather of the portable kernel, whose panels of A and of B are of one
// width.
func gatherPortable(dst, src []float64, ld int) {
	const width = 4
	for at := 0; len(dst) > 0; at += ld {
		*(*[width]float64)(dst) = *(*[width]float64)(src[at:])
		dst = dst[width:]
	}
}

func transpose4Portable[T number](dst []T, width int, src []T, ld, columns int) {
	row := func(i int) []T { return src[i*ld:][:columns] }
	r0, r1, r2, r3 := row(0), row(1), row(2), row(3)
	for k, x := range r0 {
		at := (*[4]T)(dst[k*width:])
		at[0], at[1], at[2], at[3] = x, r1[k], r2[k], r3[k]
	}
}

// tilePortable is the tile of the portable kernel: 2×4 sums at a time are as many
// as stay in registers.
func tilePortable[T number](k int, alpha T, a []T, row, column int, b, c []T, ldc int) {
	for i := 0; i < 4; i += 2 {
		var s00, s01, s02, s03, s10, s11, s12, s13 T
		for p := range k {
			x0, x1 := a[i*row+p*column], a[(i+1)*row+p*column]
			y := (*[4]T)(b[4*p:])
			s00 += x0 * y[0]
			s01 += x0 * y[1]
			s02 += x0 * y[2]
			s03 += x0 * y[3]
			s10 += x1 * y[0]
			s11 += x1 * y[1]
			s12 += x1 * y[2]
			s13 += x1 * y[3]
		}
		upper, lower := (*[4]T)(c[i*ldc:]), (*[4]T)(c[(i+1)*ldc:])
		upper[0] += alpha * s00
		upper[1] += alpha * s01
		upper[2] += alpha * s02
		upper[3] += alpha * s03
		lower[0] += alpha * s10
		lower[1] += alpha * s11
		lower[2] += alpha * s12
		lower[3] += alpha * s13
	}
}
