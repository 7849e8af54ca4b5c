package jpeg_test

import (
	"bytes"
	"fmt"
	"image"
	gojpeg "image/jpeg"
	"log"

	"sfdalab/extract/imageio/jpeg"
)

func ExampleDecode() {
	var file bytes.Buffer
	if err := gojpeg.Encode(&file, image.NewGray(image.Rect(0, 0, 4, 3)), nil); err != nil {
		log.Fatal(err)
	}
	img, err := jpeg.Decode(file.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(img.Width, img.Height, img.Channels, len(img.Pix))
	// Output: 4 3 1 12
}
