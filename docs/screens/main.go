// Screens takes pictures of what "sfdalab ui" shows, for the site of the documentation:
//
//	go run ./docs/screens DIR
//
// It runs two of the shipped specs with bin/sfdalab, opens their store in Chromium, and
// writes the pictures and a page with them, screens.md, to DIR. Without Chromium it writes
// nothing, and says so.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const program = "bin/sfdalab"

// specs are run, the last one being the newest in the store.
var specs = []string{"experiments/specs/zoo.yaml", "experiments/specs/evidence.yaml"}

// A screen is a picture of a page, with what is told of it.
type screen struct {
	file, heading, text string
	width, height       int64
	dark                bool

	// The page is that of an address below the server's, or, where link is not empty, the one
	// that this link on it leads to.
	path, link string
	script     string // that is run before the picture is taken
}

var screens = []screen{
	{file: "list.png", heading: "The list", width: 1200, height: 620, path: "/",
		text: "What `sfdalab ui` begins with: experiments, the latest first, with the best metric of each run, its mean with an interval, and its gain over the best baseline that sees no target data."},
	{file: "run.png", heading: "A run", width: 1200, height: 900, path: "/", link: ".list tbody a",
		text: "The page of a run is its report: the question, the verdict, the figure that shows it, and the table behind both. It is there while the run goes on, too."},
	{file: "scores.png", heading: "Scores and accuracies", width: 1200, height: 560, path: "/", link: ".list tbody a", script: `(() => {
			const part = document.querySelector("#report .chart").closest("details");
			part.open = true;
			part.scrollIntoView();
		})()`,
		text: "Details fold. In a scatter plot each point tells its model and values when it is pointed at, or stepped to with the Tab key."},
	{file: "narrow.png", heading: "In the dark, and on a telephone", width: 400, height: 860, dark: true, path: "/", link: ".list tbody a",
		text: "Colours follow the settings of the system. In a narrow window tables scroll sideways, but for the names at their left and the means at their right."},
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("name the folder to write to")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		fmt.Fprintln(os.Stderr, "no screens are made: chromium is not installed")
		return nil
	}
	temp, err := os.MkdirTemp("", "screens-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	store := filepath.Join(temp, "lab.db")
	for _, spec := range specs {
		if out, err := exec.CommandContext(ctx, program, "run", spec, "--store", store).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", spec, err, out)
		}
	}
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	defer stop()
	site, err := serve(ctx, store)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return err
	}
	return takeAll(ctx, chromium, site, args[0])
}

// serve starts the server of a store, which ends with the context, and returns its address.
func serve(ctx context.Context, store string) (site string, err error) {
	server := exec.CommandContext(ctx, program, "ui", "--store", store, "--address", "127.0.0.1:0")
	out, err := server.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := server.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s ui says no address: %w", program, err)
	}
	return strings.TrimSuffix(strings.TrimSpace(line), "/"), nil
}

// takeAll writes all pictures, and the page that shows them, to a folder.
func takeAll(ctx context.Context, chromium, site, dir string) error {
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU)...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	page := "# What it looks like\n\nPictures of `sfdalab ui`, with the runs of two specs that come with it, [zoo](../experiments/specs/zoo.md) and [evidence](../experiments/specs/evidence.md).\n"
	for _, s := range screens {
		picture, err := s.take(ctx, site)
		if err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
		if err := os.WriteFile(filepath.Join(dir, s.file), picture, 0o644); err != nil {
			return err
		}
		page += fmt.Sprintf("\n## %s\n%s\n\n![%s](%s)\n", s.heading, s.text, s.heading, s.file)
	}
	return os.WriteFile(filepath.Join(dir, "screens.md"), []byte(page), 0o644)
}

// take opens the page of a screen, waits until all of it is there, and takes the picture.
func (s screen) take(ctx context.Context, site string) ([]byte, error) {
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.EmulateViewport(s.width, s.height),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			return err
		}),
		chromedp.Navigate(site + s.path),
	}
	if s.link != "" {
		steps = append(steps, chromedp.Click(chromedp.CSS(s.link)), chromedp.WaitVisible(chromedp.CSS("#report")))
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		return nil, err
	}
	whole := `new Promise(resolve => {
		const look = () => document.querySelector("[data-pending]") ? setTimeout(look, 100) : resolve(true);
		look();
	})`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](whole, chromedp.EvalAwaitPromise)); err != nil {
		return nil, err
	}
	if s.script != "" {
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](s.script+", true")); err != nil {
			return nil, err
		}
	}
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}
