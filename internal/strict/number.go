package strict

import (
	"math"
	"strconv"
	"strings"
)

// Number reads a decimal number of a table, NaN or an infinity. What else a literal of Go may
// be is refused: 5_3 is a slip or a name, and so is 0x1p3.
func Number(text string) (float64, error) {
	if strings.IndexByte(text, '_') >= 0 || strings.IndexByte(text, 'p') >= 0 || strings.IndexByte(text, 'P') >= 0 {
		return math.NaN(), strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64)
}
