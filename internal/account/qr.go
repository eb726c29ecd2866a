package account

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// QR is a QR code as an SVG path: a square of Size by Size units, dark where the path is filled. The quiet zone of four units
// around it (ISO/IEC 18004) is left to whoever draws it.
type QR struct {
	Size int
	Path string
}

func drawQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		return x < size && color.GrayModel.Convert(code.At(x, y)) == color.Gray{}
	}
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for dark(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return QR{Size: size, Path: path.String()}, nil
}
