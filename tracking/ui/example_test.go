package ui_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"sfdalab/tracking"
	"sfdalab/tracking/ui"
)

// The store is shown until the context ends.
func ExampleServe() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := tracking.Create(filepath.Join(dir, "lab.db"))
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	err = ui.Serve(ctx, ui.Config{Store: store, Address: "127.0.0.1:0"}, func(url string) {
		fmt.Println(strings.HasPrefix(url, "http://127.0.0.1:"))
		stop()
	})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}
