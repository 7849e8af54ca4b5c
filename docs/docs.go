// Package docs holds the pages that the program shows itself, as help.
package docs

import _ "embed"

// Pages in Markdown.
var (
	//go:embed specs.md
	Specs string
	//go:embed queries.md
	Queries string
	//go:embed your-data.md
	Formats string
)
