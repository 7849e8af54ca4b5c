package imageio_test

import (
	"fmt"

	"sfdalab/extract/imageio"
)

// What is no image is said to be none.
func ExampleDecode() {
	_, err := imageio.Decode([]byte("no image"))
	fmt.Println(err)
	// Output: not an image in a known format (JPEG, PNG, WebP, GIF, TIFF, BMP, PPM)
}
