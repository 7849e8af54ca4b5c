//go:build unix

package show

import (
	"encoding/gob"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// slowKernel takes the part of GoNB, and takes its time. It returns what it got to display. A
// process has one GoNB, whose pipes stay open.
var slowKernel = sync.OnceValues(func() (<-chan string, error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // once the pipes are open
	to, from := filepath.Join(dir, "to"), filepath.Join(dir, "from")
	for path, variable := range map[string]string{to: protocol.GONB_PIPE_ENV, from: protocol.GONB_PIPE_BACK_ENV} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			return nil, err
		}
		if err := os.Setenv(variable, path); err != nil {
			return nil, err
		}
	}
	gonbui.IsNotebook = true
	got := make(chan string, 100)
	go func() {
		in, err := os.Open(to)
		if err != nil {
			panic(err)
		}
		out, err := os.OpenFile(from, os.O_WRONLY, 0)
		if err != nil {
			panic(err)
		}
		messages, answers := gob.NewDecoder(in), gob.NewEncoder(out)
		for {
			var data protocol.DisplayData
			if messages.Decode(&data) != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
			if text, ok := data.Data[protocol.MIMETextHTML].(string); ok {
				got <- text
			} else if sync, ok := data.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
				_ = answers.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: sync.Value})
			}
		}
	}()
	return got, gonbui.Open()
})

// HTML returns when GoNB has what is displayed, however slow it is: a cell may end then.
func TestDisplayWaits(t *testing.T) {
	got, err := slowKernel()
	if err != nil {
		t.Fatal(err)
	}
	HTML("<b>τ</b>")
	select {
	case text := <-got:
		if text != "<b>τ</b>" {
			t.Errorf("GoNB got %q", text)
		}
	default:
		t.Error("HTML returns before GoNB has what is displayed")
	}
}
