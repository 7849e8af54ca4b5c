package extract

import (
	"testing"
)

// TestWideBlock reads a whole block of features as wide as those of ResNet-50.
func TestWideBlock(t *testing.T) {
	b := blocks{folder: t.TempDir(), identity: "id", samples: blockSize}
	want := block{Features: make([]float32, blockSize*2048), Logits: make([]float32, blockSize*1000), Rows: blockSize}
	want.Features[len(want.Features)-1] = 1
	if err := b.write(want); err != nil {
		t.Fatal(err)
	}
	got, ok := b.read(0)
	if !ok || len(got.Features) != len(want.Features) || got.Features[len(got.Features)-1] != 1 || len(b.missing()) > 0 {
		t.Errorf("%d features, %v", len(got.Features), ok)
	}
}
